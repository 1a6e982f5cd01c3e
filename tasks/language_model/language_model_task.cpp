#include "tasks/language_model/language_model_task.h"

#include <algorithm>
#include <numbers>

#include "tasks/failure.h"
#include "tasks/language_model/bytes.h"
#include "tasks/task/model_options.h"
#include "tasks/training/crc32c.h"

namespace lectern {
namespace {

LanguageModel make_model(const Config& config) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return LanguageModel(byte_model_options(config), init);
}

/// The batch of that number, out of windows that begin at `starts`.
std::vector<std::int64_t> slice(const std::vector<std::int64_t>& starts, std::int64_t batch,
                                std::int64_t batch_size) {
  const auto count = static_cast<std::int64_t>(starts.size());
  const auto first = starts.begin() + batch * batch_size;
  return {first, first + std::min(batch_size, count - batch * batch_size)};
}

std::int64_t batches_of(const std::vector<std::int64_t>& starts, std::int64_t batch_size) {
  return (static_cast<std::int64_t>(starts.size()) + batch_size - 1) / batch_size;
}

}  // namespace

LanguageModel::Options byte_model_options(const Config& config) {
  return {.encoder = sequence_encoder_options(config, byte_vocab, /*causal=*/true),
          .tie_embeddings = config.model.tie_embeddings != TiedEmbeddings::none};
}

LanguageModelTask::LanguageModelTask(const Config& config, Texts texts)
    : config_(config),
      texts_(std::move(texts)),
      length_(config.task.as<LanguageModelSettings>().length),
      batch_size_(examples_per_batch(config, length_)),
      model_(make_model(config)) {
  const auto size = static_cast<std::int64_t>(texts_.train.size());
  if (size < 2 * length_)
    throw Failure(ExitCode::data, text(config.data.train, ": ", size,
                                       " bytes to learn from are fewer than two windows of "
                                       "task.length = ",
                                       length_, "; try a longer text or task.length=",
                                       std::max<std::int64_t>(2, size / 4)));
}

const std::vector<std::int64_t>& LanguageModelTask::plan(std::int64_t epoch) {
  if (epoch != planned_epoch_) {
    plan_ = plan_windows(static_cast<std::int64_t>(texts_.train.size()), length_,
                         static_cast<std::uint64_t>(config_.train.seed), epoch);
    planned_epoch_ = epoch;
  }
  return plan_;
}

std::int64_t LanguageModelTask::batches_in_epoch(std::int64_t epoch) {
  return batches_of(plan(epoch), batch_size_);
}

WindowBatch LanguageModelTask::batch(std::int64_t epoch, std::int64_t index) {
  return make_windows(texts_.train, slice(plan(epoch), index, batch_size_), length_);
}

Variable LanguageModelTask::loss(const WindowBatch& batch) {
  return model_.loss({batch.ids, {}}, batch.targets,
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

std::string LanguageModelTask::data_checksum() const {
  return text(crc32c(texts_.train.data(), texts_.train.size()));
}

Task::Validation LanguageModelTask::validate() {
  const TokenScore score = score_text(model_, texts_.valid, config_);
  return {.loss = score.loss(),
          .score = score.loss() / std::numbers::ln2,
          .score_name = "bits/byte",
          .score_digits = 3};
}

TokenScore score_text(const LanguageModel& model, const std::string& text, const Config& config) {
  const NoGradient no_gradient;
  const std::int64_t length = config.task.as<LanguageModelSettings>().length;
  const std::int64_t batch_size = examples_per_batch(config, length);
  const std::vector<std::int64_t> starts =
      windows_in_order(static_cast<std::int64_t>(text.size()), length);
  TokenScore score;
  for (std::int64_t batch = 0; batch < batches_of(starts, batch_size); ++batch) {
    const WindowBatch windows = make_windows(text, slice(starts, batch, batch_size), length);
    score.add(model({windows.ids, {}}).value(), windows.targets);
  }
  return score;
}

}  // namespace lectern
