#include "tasks/language_model/bytes.h"

#include <utility>

#include "tasks/failure.h"
#include "tasks/task/made_data.h"
#include "tasks/task/token_score.h"
#include "tasks/text/byte_source.h"

namespace lectern {
namespace {

std::int32_t byte_at(const std::string& text, std::int64_t i) {
  return static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
}

const std::string& path_of(const DataConfig& data, Split split) {
  return split == Split::test ? data.test : split == Split::valid ? data.valid : data.train;
}

}  // namespace

std::string read_text(const Config& config, Split split) {
  const double valid_share = config.task.as<LanguageModelSettings>().valid_share;
  const bool held_out = config.data.valid.empty() && valid_share > 0.0;
  const bool part_of_train = held_out && split == Split::valid;
  const Split file = part_of_train ? Split::train : split;
  const std::string& path = path_of(config.data, file);
  if (path.empty())
    throw Failure(ExitCode::usage, text("data.", name_of(file),
                                        " is not set; name a text file, plain or .gz, for "
                                        "example --set data.",
                                        name_of(file), "=book.txt",
                                        split == Split::test ? ", or choose --split valid" : ""));
  std::string bytes = read_bytes(path);
  if (held_out && split != Split::test) {
    const auto learned =
        static_cast<std::size_t>(static_cast<double>(bytes.size()) * (1.0 - valid_share));
    bytes = part_of_train ? bytes.substr(learned) : bytes.substr(0, learned);
  }
  if (bytes.size() < 2)
    throw Failure(ExitCode::data, text(path, ": ", bytes.size(), " bytes for the part \"",
                                       name_of(split), "\" are too few; try a longer text"));
  return bytes;
}

WindowBatch make_windows(const std::string& text, const std::vector<std::int64_t>& starts,
                         std::int64_t length) {
  const auto size = static_cast<std::int64_t>(text.size());
  std::vector<std::int32_t> ids, targets;
  WindowBatch batch;
  for (const std::int64_t start : starts) {
    for (std::int64_t i = start; i < start + length; ++i) {
      const bool real = i + 1 < size;
      ids.push_back(i < size ? byte_at(text, i) : 0);
      targets.push_back(real ? byte_at(text, i + 1) : ignored_target);
      batch.target_tokens += real;
    }
  }
  const Shape shape = {static_cast<std::int64_t>(starts.size()), length};
  batch.ids = tensor_of<std::int32_t>(shape, ids);
  batch.targets = tensor_of<std::int32_t>(shape, targets);
  return batch;
}

std::vector<std::int64_t> plan_windows(std::int64_t text_size, std::int64_t length,
                                       std::uint64_t seed, std::int64_t epoch) {
  check(text_size >= 2 * length,
        [&] { return text("windows of ", length, " bytes need twice as many, not ", text_size); });
  Draws draws({.seed = seed, .step = static_cast<std::uint32_t>(epoch), .site = 0});
  const std::int64_t offset = draws.below(length);
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < (text_size - length) / length; ++i)
    starts.push_back(offset + i * length);
  for (std::size_t i = starts.size(); i > 1; --i)
    std::swap(starts[i - 1],
              starts[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(i)))]);
  return starts;
}

std::vector<std::int64_t> windows_in_order(std::int64_t text_size, std::int64_t length) {
  std::vector<std::int64_t> starts;
  for (std::int64_t start = 0; start + 1 < text_size; start += length) starts.push_back(start);
  return starts;
}

}  // namespace lectern
