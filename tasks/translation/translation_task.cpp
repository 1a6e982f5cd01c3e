#include "tasks/translation/translation_task.h"

#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/crc32c.h"
#include "tasks/training/finite.h"
#include "tasks/training/progress.h"
#include "tasks/translation/model_options.h"
#include "tasks/translation/translation_loss.h"
#include "tasks/translation/translator.h"

namespace lectern {
namespace {

void expect_pairs(const TokenCorpus& corpus, std::size_t texts, std::int64_t max_length) {
  if (!corpus.pairs.empty()) return;
  throw Failure(ExitCode::data,
                texts == 0 ? std::string("data.train has no sentence pair; check the files")
                           : text("all ", texts, " pairs of data.train have more than ", max_length,
                                  " tokens, or none; raise data.max_length, and ",
                                  "model.max_length, which counts </s> too"));
}

}  // namespace

TranslationTask::TranslationTask(const Config& config, TranslationData data,
                                 std::optional<Vocabularies> vocabularies)
    : config_(config), data_(std::move(data)) {
  vocabularies_ = vocabularies ? *vocabularies : learn_vocabularies(config, data_.train);
  const Tokenizer &source = *vocabularies_.source, &target = *vocabularies_.target;
  const std::int64_t longest = longest_sentence(config.model.max_length);
  const std::int64_t longest_learned = std::min(config.data.max_length, longest);
  train_ = encode_corpus(data_.train, source, target, longest_learned,
                         TextReport(config.data.train, data_.strict));
  expect_pairs(train_, data_.train.size(), longest_learned);
  valid_ = encode_corpus(data_.valid, source, target, longest,
                         TextReport(config.data.valid, data_.strict));
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  model_ = make_translation_model(config, vocabularies_, init);
}

const std::vector<std::vector<std::int64_t>>& TranslationTask::plan(std::int64_t epoch) {
  if (epoch != planned_epoch_) {
    plan_ = plan_epoch(
        train_.pairs,
        {.batch_tokens = config_.train.batch_tokens, .batch_size = config_.train.batch_size},
        static_cast<std::uint64_t>(config_.train.seed), static_cast<std::uint32_t>(epoch));
    planned_epoch_ = epoch;
  }
  return plan_;
}

std::int64_t TranslationTask::batches_in_epoch(std::int64_t epoch) {
  return static_cast<std::int64_t>(plan(epoch).size());
}

Batch TranslationTask::batch(std::int64_t epoch, std::int64_t index) {
  return make_batch(train_.pairs, plan(epoch)[index]);
}

Variable TranslationTask::loss(const Batch& batch) {
  return translation_loss(*model_, batch, config_.train.label_smoothing);
}

Task::Validation TranslationTask::validate(ProcessGroup& ranks) {
  Validation result;
  result.score_name = "BLEU";
  result.loss = sum_of_ranks(ranks, corpus_loss(*model_, valid_.pairs, config_.train.batch_tokens,
                                                Share(ranks)))
                    .mean();

  // Greedy search takes less than half the time of beam search.
  DecodeConfig greedy = config_.decode;
  greedy.beam_size = greedy.n_best = 1;
  greedy.temperature = 0.0;
  const Translator translator(*model_, vocabularies_, greedy);
  const Share share(ranks);
  std::vector<std::string> sources, references, own;
  for (const SentencePair& pair : data_.valid) {
    if (share.has(std::ssize(sources))) own.push_back(pair.source);
    sources.push_back(pair.source);
    references.push_back(pair.target);
  }
  std::vector<std::string> translated;
  for (const auto& best : translator.translate(own)) translated.push_back(best[0].text);
  const std::vector<std::string> hypotheses = texts_of_ranks(ranks, translated);
  result.score = bleu(hypotheses, {references}, {.lowercase = config_.data.lowercase}).score;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, sources.size()); ++i)
    result.samples += text("source     ", sources[i], "\nreference  ", references[i],
                           "\nhypothesis ", hypotheses[i], "\n\n");
  return result;
}

std::string TranslationTask::data_checksum() const {
  std::uint32_t checksum = 0;
  for (const SentencePair& pair : data_.train)
    for (const std::string& side : {pair.source + '\n', pair.target + '\n'})
      checksum = crc32c(side.data(), side.size(), checksum);
  return text(checksum);
}

void TranslationTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  write_vocabularies(vocabularies_, checkpoint);
}

LossSum corpus_loss(const EncoderDecoder& model, const std::vector<TokenPair>& pairs,
                    std::int64_t batch_tokens, Share share) {
  const NoGradient no_gradient;
  LossSum total;
  std::int64_t number = 0;
  for (const auto& which : plan_epoch(pairs, {.batch_tokens = batch_tokens}, 0, 0)) {
    if (!share.has(number++)) continue;
    const Batch batch = make_batch(pairs, which);
    const Variable mean = translation_loss(model, batch, /*label_smoothing=*/0.0);
    total.add(finite_loss(scalar(mean.value())) * static_cast<double>(batch.target_tokens),
              batch.target_tokens);
  }
  return total;
}

}  // namespace lectern
