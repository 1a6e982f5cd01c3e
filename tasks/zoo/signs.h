#pragma once

#include <map>
#include <string>
#include <vector>

#include "tasks/text/batches.h"
#include "tasks/text/tokenizer.h"
#include "tasks/zoo/patient.h"

namespace lectern {

/// \addtogroup zoo
/// @{

/// The instruments that need nothing but the model: Sign::looks_ahead, entropy, word_size,
/// gradient_error. The patient is left in evaluation.
void look_at_patient(Patient& patient, const Batch& batch, RandomKey key,
                     std::map<Sign, double>& signs);

/// How far parameters move between its making and share(): ‖Δw‖ / ‖w‖ over all of them.
class Movement {
 public:
  explicit Movement(const std::vector<NamedParameter>& parameters);
  double share() const;

 private:
  std::vector<NamedParameter> parameters_;
  std::vector<Tensor> before_;
};

/// A line as the pieces of its words, with spaces between them: "▁sh e ▁help ed".
std::string in_pieces(const Tokenizer& tokenizer, const std::string& line);

/// The share of the targets that are not padding where `reads` has the same token in the same place.
double share_read(const Tensor& reads, const Tensor& says);
/// The share of padding among what a loss counts that passes over the id `ignore`.
double share_of_padding(const Tensor& says, std::int32_t ignore);
/// How far two tensors are apart at most.
double largest_difference(const Tensor& a, const Tensor& b);
/// @}

}  // namespace lectern
