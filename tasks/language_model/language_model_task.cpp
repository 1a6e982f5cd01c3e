#include "tasks/language_model/language_model_task.h"

#include <numbers>
#include <optional>

#include "models/recurrent_language_model.h"
#include "tasks/failure.h"
#include "tasks/language_model/continuous_cache.h"
#include "tasks/language_model/data.h"
#include "tasks/task/model_options.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

std::unique_ptr<CausalLanguageModel> make_model(const Config& config, const Tokenizer* tokenizer) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return make_language_model(config, tokenizer, init);
}

std::int64_t vocab_of(const Tokenizer* tokenizer) {
  return tokenizer ? tokenizer->size() : byte_vocab;
}

HeadOptions head_options(const Config& config) {
  return {.tie_embeddings = config.model.tie_embeddings != TiedEmbeddings::none,
          .adaptive_softmax_cutoff = config.model.adaptive_softmax_cutoff};
}

RecurrentLanguageModel::Options recurrent_options(const Config& config,
                                                  const Tokenizer* tokenizer) {
  const ModelConfig& model = config.model;
  return {.vocab = vocab_of(tokenizer),
          .d_model = model.d_model,
          .num_layers = static_cast<int>(model.num_layers),
          .dropout = model.dropout,
          .cell = model.cell,
          .max_length = model.max_length,
          .embedding = embedding_options(config),
          .head = head_options(config)};
}

std::int64_t window_length(const Config& config) {
  return config.task.as<LanguageModelSettings>().length;
}

}  // namespace

LanguageModel::Options language_model_options(const Config& config, const Tokenizer* tokenizer) {
  return {.encoder = sequence_encoder_options(config, vocab_of(tokenizer), /*causal=*/true),
          .head = head_options(config)};
}

std::unique_ptr<CausalLanguageModel> make_language_model(const Config& config,
                                                         const Tokenizer* tokenizer,
                                                         Initializer& init) {
  const std::vector<std::int64_t>& cutoffs = config.model.adaptive_softmax_cutoff;
  if (const std::int64_t vocab = vocab_of(tokenizer); !cutoffs.empty() && cutoffs.back() >= vocab)
    throw Failure(
        ExitCode::usage,
        text("model.adaptive_softmax_cutoff: no word is left for the cluster from ", cutoffs.back(),
             " on, in a vocabulary of ", vocab, "; try smaller numbers, or none"));
  switch (config.model.architecture) {
    case Architecture::transformer:
      return std::make_unique<LanguageModel>(language_model_options(config, tokenizer), init);
    case Architecture::recurrent:
      return std::make_unique<RecurrentLanguageModel>(recurrent_options(config, tokenizer), init);
  }
  return nullptr;
}

LanguageModelTask::LanguageModelTask(const Config& config, TrainingTexts texts,
                                     std::shared_ptr<const Tokenizer> tokenizer)
    : config_(config),
      texts_(std::move(texts)),
      tokenizer_(std::move(tokenizer)),
      model_(make_model(config, tokenizer_.get())),
      plan_({.length = window_length(config),
             .batch_size = examples_per_batch(config, window_length(config)),
             .seed = static_cast<std::uint64_t>(config.train.seed)}) {
  expect_windows(texts_.train, window_length(config), unit_of(tokenizer_.get()));
}

std::int64_t LanguageModelTask::batches_in_epoch(std::int64_t) {
  return plan_.batches_in_epoch(texts_.train);
}

WindowBatch LanguageModelTask::batch(std::int64_t epoch, std::int64_t index) {
  const WindowPlan::Batch planned = plan_.batch(texts_.train, epoch, index);
  return make_windows(texts_.train.piece(planned.piece), planned.starts, window_length(config_));
}

Variable LanguageModelTask::loss(const WindowBatch& batch) {
  return model_->loss({batch.ids, {}}, batch.targets,
                      {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

std::string LanguageModelTask::data_checksum() const {
  return text(texts_.train.counts().checksum);
}

Task::Validation LanguageModelTask::validate(ProcessGroup& ranks) {
  // A cache remembers the whole text, so that each rank reads all of it.
  const bool alone = config_.task.as<LanguageModelSettings>().cache > 0;
  TokenScore score = score_text(*model_, texts_.valid, config_, alone ? Share() : Share(ranks));
  if (!alone) score.add_ranks(ranks);
  if (!tokenizer_)
    return {.loss = score.loss(),
            .score = score.loss() / std::numbers::ln2,
            .score_name = "bits/byte",
            .score_digits = 3};
  return {.loss = score.loss(),
          .score = perplexity_of(score.loss()),
          .score_name = "perplexity",
          .score_digits = 2};
}

void LanguageModelTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  store_vocabulary(tokenizer_.get(), checkpoint);
}

TokenScore score_text(const CausalLanguageModel& model, TokenText& text, const Config& config,
                      Share share) {
  const NoGradient no_gradient;
  const auto& settings = config.task.as<LanguageModelSettings>();
  const std::int64_t stride = settings.stride == 0 ? settings.length : settings.stride;
  const std::int64_t batch_size = examples_per_batch(config, settings.length);
  const std::vector<TextWindow> windows = windows_in_order(text.size(), settings.length, stride);
  std::optional<ContinuousCache> cache;
  if (settings.cache > 0)
    cache.emplace(ContinuousCache::Options{
        .size = settings.cache, .theta = settings.cache_theta, .lambda = settings.cache_lambda});
  TokenScore score;
  for (std::int64_t done = 0; done < std::ssize(windows); done += batch_size) {
    if (!share.has(done / batch_size)) continue;
    const auto first = windows.begin() + done;
    std::vector<TextWindow> some(first, first + std::min(batch_size, std::ssize(windows) - done));
    const std::int64_t begin = some.front().start;
    const std::vector<std::int32_t> tokens =
        text.read(begin, some.back().start + settings.length + 1 - begin);
    for (TextWindow& window : some) window.start -= begin;
    const WindowBatch batch = make_windows(tokens, some, settings.length);
    const Variable states = model.states({batch.ids, {}});
    Tensor logits = model.logits(states).value();
    if (cache) {
      logits = logits.to(cpu);
      Tensor rows = logits.reshape({batch.targets.size(), logits.dim(-1)});
      cache->read(states.value().to(cpu).reshape({batch.targets.size(), states.dim(2)}),
                  batch.targets.reshape({batch.targets.size()}), rows);
    }
    score.add(logits, batch.targets);
  }
  return score;
}

}  // namespace lectern
