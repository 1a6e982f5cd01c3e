#include "tasks/compare/formulas.h"

#include "attention/patterns.h"
#include "models/adaptive_softmax.h"
#include "models/encoder_decoder.h"
#include "models/recurrent_language_model.h"
#include "models/sequence_classifier.h"
#include "models/sequence_encoder.h"

namespace lectern {
namespace {

/// The numbers of all matrices below `part`, but for what its patterns of attention bring along.
std::int64_t matrix_numbers(Module& part) {
  std::int64_t sum = 0;
  for (const NamedParameter& parameter : parameters(part))
    if (parameter.variable.shape().rank() == 2 &&
        parameter.name.find(".pattern.") == std::string::npos)
      sum += parameter.variable.value().size();
  return sum;
}

}  // namespace

std::int64_t forward_operations_by_formula(Task& task, const Task::Inputs& inputs) {
  Module& model = task.model();
  const Tensor& ids = inputs.tensors.at(0);  // [batch, length]
  const std::int64_t batch = ids.dim(0), length = ids.dim(1), tokens = batch * length;
  if (!parts_of<AdaptiveSoftmax>(model).empty()) return 0;
  if (const auto* recurrent = dynamic_cast<RecurrentLanguageModel*>(&model)) {
    const RecurrentLanguageModel::Options& options = recurrent->options();
    return 2 * tokens *
           (matrix_numbers(*parts_of<Recurrent>(model)[0].part) + options.d_model * options.vocab);
  }
  const auto stacks = parts_of<SequenceEncoder>(model);
  if (stacks.size() != 1 || dynamic_cast<EncoderDecoder*>(&model) != nullptr) return 0;
  const SequenceEncoderOptions& options = stacks[0].part->options();
  for (const PatternOptions& pattern : options.attention)
    if (!find_pattern(pattern.name)->operations) return 0;

  std::int64_t of_layers = 0;
  for (const auto& layer : parts_of<EncoderLayer>(*stacks[0].part))
    of_layers += 2 * matrix_numbers(*layer.part) * tokens;
  const SequenceSize size{.length = length,
                          .d_model = options.layer.d_model,
                          .heads = options.layer.nhead,
                          .causal = options.causal};
  for (int i = 0; i < options.num_layers; ++i)
    of_layers += batch * pattern_operations(options.attention[i % options.attention.size()], size);

  // A classifier reads one token's vector, a language model those of all.
  if (auto* classifier = dynamic_cast<SequenceClassifier*>(&model))
    return of_layers + 2 * matrix_numbers(*parts_of<Linear>(*classifier).back().part) * batch;
  return of_layers + 2 * options.layer.d_model * options.vocab * tokens;
}

}  // namespace lectern
