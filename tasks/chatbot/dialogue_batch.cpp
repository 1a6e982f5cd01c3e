#include "tasks/chatbot/dialogue_batch.h"

#include <algorithm>

namespace lectern {
namespace {

std::int64_t width_of(const std::vector<std::vector<std::int32_t>>& parts,
                      const std::vector<std::int64_t>& which, std::int64_t longest) {
  std::int64_t width = 0;
  for (const std::int64_t i : which) width = std::max(width, std::ssize(parts.at(i)) - 1);
  if (default_device().kind == Device::Kind::cuda)
    width = std::max(width, std::min((width + 63) / 64 * 64, longest));
  return width;
}

}  // namespace

DialogueBatch make_dialogue_batch(const std::vector<std::vector<std::int32_t>>& parts,
                                  const std::vector<std::int64_t>& which,
                                  const DialogueVocabulary& vocabulary,
                                  const DialogueBatchOptions& options) {
  const std::int64_t width = width_of(parts, which, options.longest);
  const std::int64_t rows = std::ssize(which);
  std::vector<std::int32_t> ids(static_cast<std::size_t>(rows * width), Tokenizer::pad);
  std::vector<std::int32_t> targets(ids.size(), ignored_target), lengths;
  DialogueBatch batch;
  std::size_t row = 0;
  for (const std::int64_t i : which) {
    const std::vector<std::int32_t>& tokens = parts[i];
    bool counts = options.loss_on == LossOn::all;
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
      if (options.loss_on == LossOn::system && vocabulary.is_mark(tokens[at]))
        counts = tokens[at] == vocabulary.mark(Speaker::system);
      ids[row + at] = tokens[at];
      if (counts) targets[row + at] = tokens[at + 1];
      batch.target_tokens += counts;
    }
    lengths.push_back(static_cast<std::int32_t>(tokens.size()) - 1);
    row += static_cast<std::size_t>(width);
  }
  batch.tokens = {.ids = tensor_of<std::int32_t>({rows, width}, ids),
                  .lengths = tensor_of<std::int32_t>({rows}, lengths)};
  batch.targets = tensor_of<std::int32_t>({rows, width}, targets);
  return batch;
}

}  // namespace lectern
