#include "tasks/language_model/masked_task.h"

#include <algorithm>

#include "tasks/language_model/data.h"
#include "tasks/language_model/windows.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

const MaskedLanguageModelSettings& settings_of(const Config& config) {
  return config.task.as<MaskedLanguageModelSettings>();
}

/// No epoch of training has this number.
constexpr std::uint32_t of_scoring = 0xfffffffeu;

/// What is hidden in a window. Sites below are the plan's, one for a piece.
RandomKey key_of(const Config& config, std::uint32_t epoch, std::int64_t window) {
  return {.seed = static_cast<std::uint64_t>(config.train.seed),
          .step = epoch,
          .site = 0x80000000u + static_cast<std::uint32_t>(window)};
}

MaskedLanguageModel make_model(const Config& config, const Tokenizer* tokenizer) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return MaskedLanguageModel(masked_model_options(config, tokenizer), init);
}

std::int64_t batch_size_of(const Config& config) {
  return examples_per_batch(config, settings_of(config).length);
}

}  // namespace

MaskedLanguageModel::Options masked_model_options(const Config& config,
                                                  const Tokenizer* tokenizer) {
  return {.encoder = sequence_encoder_options(config, masked_vocab(tokenizer), /*causal=*/false)};
}

MaskedLanguageModelTask::MaskedLanguageModelTask(const Config& config, TrainingTexts texts,
                                                 std::shared_ptr<const Tokenizer> tokenizer)
    : config_(config),
      texts_(std::move(texts)),
      tokenizer_(std::move(tokenizer)),
      masking_(MaskingOptions::of(tokenizer_.get(), settings_of(config).masked_share)),
      model_(make_model(config, tokenizer_.get())),
      plan_({.length = settings_of(config).length,
             .batch_size = batch_size_of(config),
             .seed = static_cast<std::uint64_t>(config.train.seed)}) {
  expect_windows(texts_.train, settings_of(config).length, unit_of(tokenizer_.get()));
}

std::int64_t MaskedLanguageModelTask::batches_in_epoch(std::int64_t) {
  return plan_.batches_in_epoch(texts_.train);
}

MaskedBatch MaskedLanguageModelTask::batch(std::int64_t epoch, std::int64_t index) {
  const WindowPlan::Batch planned = plan_.batch(texts_.train, epoch, index);
  std::vector<RandomKey> keys;
  for (std::int64_t i = 0; i < std::ssize(planned.starts); ++i)
    keys.push_back(key_of(config_, static_cast<std::uint32_t>(epoch), planned.first_window + i));
  return mask_windows(texts_.train.piece(planned.piece), planned.starts,
                      settings_of(config_).length, keys, masking_);
}

Variable MaskedLanguageModelTask::loss(const MaskedBatch& batch) {
  return model_.loss({batch.ids, {}}, batch.places, batch.targets,
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

std::string MaskedLanguageModelTask::data_checksum() const {
  return text(texts_.train.counts().checksum);
}

Task::Validation MaskedLanguageModelTask::validate(ProcessGroup& ranks) {
  TokenScore score = masked_score(model_, texts_.valid, masking_, config_, Share(ranks));
  score.add_ranks(ranks);
  return {.loss = score.loss(), .score = 100.0 * score.accuracy(), .score_name = "accuracy"};
}

void MaskedLanguageModelTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  store_vocabulary(tokenizer_.get(), checkpoint);
}

TokenScore masked_score(const MaskedLanguageModel& model, TokenText& text,
                        const MaskingOptions& masking, const Config& config, Share share) {
  const NoGradient no_gradient;
  const std::int64_t batch_size = batch_size_of(config);
  std::int64_t length = std::min(settings_of(config).length, text.size());
  TokenScore score;
  std::int64_t windows = 0, next = 0;  // read before this batch; where it begins
  for (std::int64_t number = 0; next < text.size(); ++number) {
    // The rest of the text is a window of its own, a shorter one.
    length = std::min(length, text.size() - next);
    const std::int64_t count = std::min(batch_size, (text.size() - next) / length);
    const std::int64_t begin = next, first = windows;
    next += count * length;
    windows += count;
    if (!share.has(number)) continue;
    const std::vector<std::int32_t> tokens = text.read(begin, count * length);
    std::vector<std::int64_t> starts;
    std::vector<RandomKey> keys;
    for (std::int64_t i = 0; i < count; ++i) {
      starts.push_back(i * length);
      keys.push_back(key_of(config, of_scoring, first + i));
    }
    const MaskedBatch batch = mask_windows(tokens, starts, length, keys, masking);
    const Tensor logits = model.at({batch.ids, {}}, batch.places).value();  // [place, vocab]
    score.add(logits.reshape({count, -1, logits.dim(1)}), batch.targets.reshape({count, -1}));
  }
  return score;
}

PseudoScore pseudo_score(const MaskedLanguageModel& model, TokenText& text,
                         const MaskingOptions& masking, const Config& config) {
  const NoGradient no_gradient;
  const MaskedLanguageModelSettings& settings = settings_of(config);
  const std::int64_t length = settings.length, copies = batch_size_of(config);
  const std::int64_t windows = (text.size() + length - 1) / length;
  const std::int64_t wanted =
      settings.scored_windows == 0 ? windows : std::min(settings.scored_windows, windows);
  PseudoScore score{.tokens = {}, .windows = wanted, .of_windows = windows};
  for (std::int64_t i = 0; i < wanted; ++i) {
    const std::vector<std::int32_t> window = text.read(i * windows / wanted * length, length);
    const std::vector<std::int32_t> places = maskable(window, masking);
    for (std::int64_t done = 0; done < std::ssize(places); done += copies) {
      const auto first = places.begin() + done;
      const MaskedBatch batch = mask_in_turn(
          window, {first, first + std::min(copies, std::ssize(places) - done)}, masking);
      score.tokens.add(model.at({batch.ids, {}}, batch.places).value(), batch.targets);
    }
  }
  return score;
}

}  // namespace lectern
