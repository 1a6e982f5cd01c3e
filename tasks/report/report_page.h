#pragma once

#include <string>
#include <vector>

#include "tasks/report/attention_page.h"
#include "tasks/report/charts.h"

namespace lectern {

struct Fact {
  std::string name{};
  std::string value{};
};

/// Values over training steps; NaN where there is none.
struct Curve {
  std::vector<double> step{};
  std::vector<double> value{};
};

struct Sample {
  std::string source{};
  std::string reference{};
  std::string hypothesis{};
};

/// What a training run or the demo has to tell. A part that is empty is left out.
struct Report {
  std::string title{};
  std::string summary{};
  std::vector<Fact> scores{};  ///< a few, shown large: BLEU, chrF, time
  std::vector<Fact> facts{};   ///< the table: model, data, machine
  Curve train_loss{};
  Curve valid_loss{};
  std::string loss_note{};  ///< in what the two losses differ
  Curve bleu{};
  Curve learning_rate{};
  std::vector<Sample> samples{};
  std::vector<AttentionMap> attention{};  ///< of one sentence pair
  std::vector<BarGroup> benchmarks{};
  std::string command{};
  std::string version{};
};

/// The report as one self-contained HTML page. The same report gives the same page.
/// \throws Error as `line_chart` and `attention_page` do
std::string report_page(const Report& report);

}  // namespace lectern
