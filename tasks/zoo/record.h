#pragma once

#include <string>
#include <vector>

#include "tasks/zoo/trial.h"

namespace lectern {

/// \addtogroup zoo
/// @{

/// Trials that were run, healthy ones among them, and where.
struct ZooRecord {
  std::string machine{}, command{}, version{};
  std::vector<Trial> trials{};
};

/// As JSON, every number with all its digits.
std::string to_json(const ZooRecord& record);
/// \throws Failure (data) for a file that to_json did not write
ZooRecord read_zoo_record(const std::string& path);

/// The trials of one bug, or, with Bug::none, the healthy ones of that kind of encoder.
std::vector<const Trial*> trials_of(const ZooRecord& record, Bug bug, bool reversible);

/// What the curves of a bug tell.
struct ZooCurve {
  std::string name;
  std::vector<double> Trial::*values;
};
extern const std::array<ZooCurve, 3> curves;  // training, valid, bleu

/// In how many points of a curve, the first left out, ill trials are apart from healthy ones: their
/// means differ by more than either kind's seeds do among themselves (largest minus smallest).
struct Apart {
  int points = 0, of = 0;
  /// A quarter of the points: less may be a few batches.
  bool visible() const { return 4 * points >= of && points > 0; }
};
Apart apart(const std::vector<const Trial*>& ill, const std::vector<const Trial*>& healthy,
            std::vector<double> Trial::*curve);

/// The mean of what an instrument showed.
double sign_of(const std::vector<const Trial*>& trials, Sign sign);
/// A figure of an instrument as people read it: "13 %", "0.27".
std::string sign_text(Sign sign, double value);
/// @}

}  // namespace lectern
