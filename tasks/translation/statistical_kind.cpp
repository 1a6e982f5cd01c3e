#include "tasks/translation/statistical_kind.h"

#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/metrics/metric.h"
#include "tasks/translation/scores.h"
#include "tasks/translation/statistical_training.h"
#include "tasks/translation/statistical_translator.h"

namespace lectern {
namespace {

using S = StatisticalSettings;

std::vector<Field> keys() {
  constexpr ValueRange rounds{0, 1000};
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.choice("method", &S::method, "rules, or a noisy channel aligned by Model 1 or an HMM");
  rows.integer("model_1_rounds", &S::model_1_rounds, {1, 1000},
               "rounds of expectation-maximisation of Model 1");
  rows.integer("hmm_rounds", &S::hmm_rounds, rounds, "the same of the HMM aligner, after Model 1");
  rows.integer("longest_rendering", &S::longest_rendering, {1, 10},
               "words that may stand for one source word");
  rows.integer("renderings", &S::renderings, {1, 20},
               "renderings of a source word that the search tries")
      .resumable();
  rows.integer("distortion_limit", &S::distortion_limit, {0, 63},
               "distortion limit: places a word may be early [words]")
      .resumable();
  rows.integer("tuning_sentences", &S::tuning_sentences, {0, 1'000'000'000},
               "validation sentences to choose weights on; 0: keep them");

  FieldRows weights(
      keys, "task", [](auto& config) -> auto& { return config.task.template as<S>().weights; });
  using W = ChannelWeights;
  constexpr ValueRange weight{0, 100};
  weights.number("channel_weight", &W::channel, weight, "weight of log p(source | target)")
      .resumable();
  weights.number("direct_weight", &W::direct, weight, "weight of log p(target | source)")
      .resumable();
  weights.number("language_weight", &W::language, weight, "weight of the language model")
      .resumable();
  weights.number("distortion_weight", &W::distortion, weight, "weight of a word jumped over")
      .resumable();
  weights.number("word_weight", &W::words, {-100, 100}, "weight of a word that is written")
      .resumable();
  return keys;
}

/// What belongs to networks. (A list by hand: to ask for all keys would read the list of patterns
/// before a program has added its own.)
std::vector<std::string> unused() {
  std::vector<std::string> keys = {"attention", "tokenizer.character_coverage", "log.log_every"};
  const auto add = [&](const std::string& table, std::initializer_list<const char*> names) {
    for (const char* name : names) keys.push_back(table + "." + name);
  };
  add("model", {"d_model", "nhead", "num_key_value_heads", "num_encoder_layers",
                "num_decoder_layers", "num_layers", "dim_feedforward"});
  add("model", {"dropout", "attention_dropout", "activation", "norm_first", "layer_norm_eps",
                "attention_scale", "scale_embedding", "embedding_init", "positions"});
  add("model", {"tie_embeddings", "attention", "reversible", "feed_forward_chunk"});
  add("train", {"learning_rate",   "schedule",       "warmup_steps",
                "max_steps",       "max_epochs",     "batch_tokens",
                "batch_size",      "grad_accum",     "clip_norm",
                "label_smoothing", "optimizer",      "betas",
                "epsilon",         "weight_decay",   "seed",
                "valid_every",     "save_every",     "keep_last",
                "keep_best",       "early_stopping", "precision",
                "cuda_graphs",     "detect_anomaly", "average_checkpoints",
                "zero_stage",      "reduce_dtype",   "overlap_grad_reduce"});
  add("decode", {"length_penalty", "max_length", "max_length_ratio", "max_length_offset", "n_best",
                 "batch_tokens", "temperature", "top_k", "top_p", "seed"});
  return keys;
}

void check_settings(const Settings& settings) {
  if (settings.config().tokenizer.kind != TokenizerKind::word)
    settings.disagree("tokenizer.kind", "task.name", "is not whole words, which are counted by",
                      "\"word\"");
}

/// Scores, and how well the language model expects the references.
Evaluation measure(const EvaluationRequest& request) {
  const auto translator = load_statistical(request.checkpoint, request.config);
  auto [pairs, evaluation] = measure_translations(request, *translator);
  const auto* learned = dynamic_cast<const StatisticalTranslator*>(translator.get());
  if (learned == nullptr) return evaluation;  // rules
  const StatisticalModel& model = learned->model();
  std::vector<std::vector<Word>> references;
  for (const SentencePair& pair : pairs)
    references.push_back(model.vocabularies.target->encode(pair.target));
  const double expected = perplexity(model.language, references);
  evaluation.text +=
      text("language model perplexity = ", fixed(expected, 3), " (per word of the references)\n");
  evaluation.figures.push_back(
      {.name = "language model perplexity", .value = expected, .unit = "per word", .digits = 3});
  return evaluation;
}

}  // namespace

TaskKind statistical_kind() {
  return {.table = {.name = "statistical",
                    .summary = "to translate without a network",
                    .settings = S{},
                    .keys = keys(),
                    .metrics = {"bleu"},
                    .unused = unused(),
                    .check = check_settings},
          .command = "translate",
          .score = bleu_score,
          .evaluate = measure,
          .train = train_statistical,
          .translator = load_statistical,
          .writes_output = true};
}

}  // namespace lectern
