#include "tasks/translation/statistical_training.h"

#include <chrono>
#include <cmath>

#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/training/signals.h"
#include "tasks/translation/data.h"
#include "tasks/translation/statistical/choose_weights.h"
#include "tasks/translation/statistical_translator.h"

namespace lectern {
namespace {

/// Entries of the aligner's table that are kept: pictures need no others.
constexpr double least_kept = 1e-5;

/// Thrown to leave a training that a signal has ended.
struct Stopped {
  int signal;
};

/// One training, from pairs to a model.
class Training {
 public:
  explicit Training(const TrainingContext& context)
      : context_(context), settings_(context.config.task.as<StatisticalSettings>()) {
    const std::int64_t hmm = settings_.method == TranslationMethod::hmm ? settings_.hmm_rounds : 0;
    max_rounds_ = 2 * (settings_.model_1_rounds + hmm);
  }

  StatisticalModel learn(const TranslationData& data) {
    const Config& config = context_.config;
    StatisticalModel model{.vocabularies = learn_vocabularies(config, data.train),
                           .aligner = nullptr,
                           .renderings = {},
                           .language = {}};
    const TokenCorpus corpus =
        encode_corpus(data.train, *model.vocabularies.source, *model.vocabularies.target,
                      config.data.max_length, TextReport(config.data.train, context_.strict));
    if (corpus.pairs.empty())
      throw Failure(ExitCode::data,
                    text("data.train has no sentence pair of 1 to ", config.data.max_length,
                         " words on each side; check the files"));
    tell(corpus.report, context_.journal);
    context_.journal.note(text("data: ", corpus.pairs.size(), " pairs, vocabulary ",
                               model.vocabularies.source->size(), " and ",
                               model.vocabularies.target->size(), " words"));
    context_.journal.start_clock(0);

    const std::string &source = config.data.src, &target = config.data.tgt;
    const std::unique_ptr<Aligner> channel =
        learn_aligner(exchanged(corpus.pairs), source + " given " + target);
    model.aligner = learn_aligner(corpus.pairs, target + " given " + source);
    model.renderings =
        RenderingTable(corpus.pairs, *model.aligner, channel->table(),
                       {.longest = static_cast<std::size_t>(settings_.longest_rendering)});
    model.aligner = pruned(*model.aligner);
    std::vector<std::vector<Word>> sentences;
    for (const TokenPair& pair : corpus.pairs) sentences.push_back(pair.target);
    model.language = NgramModel(sentences, model.vocabularies.target->size());
    return model;
  }

  void obey_signals() const {
    if (const int signal = signals_.stop_requested(); signal != 0) throw Stopped{signal};
  }
  std::int64_t max_rounds() const { return max_rounds_; }

 private:
  std::unique_ptr<Aligner> learn_aligner(const std::vector<TokenPair>& pairs,
                                         const std::string& of) {
    const Cooccurrences corpus(pairs);
    auto model_1 = std::make_unique<IbmModel1>(corpus.uniform_table());
    for (std::int64_t i = 0; i < settings_.model_1_rounds; ++i)
      told(em_round(*model_1, corpus), "Model 1 of " + of);
    if (settings_.method != TranslationMethod::hmm) return model_1;
    auto hmm = std::make_unique<HmmAligner>(model_1->table());
    for (std::int64_t i = 0; i < settings_.hmm_rounds; ++i)
      told(em_round(*hmm, corpus), "HMM of " + of);
    return hmm;
  }

  static std::unique_ptr<Aligner> pruned(const Aligner& aligner) {
    LexicalTable table = aligner.table().pruned(least_kept);
    if (const auto* hmm = dynamic_cast<const HmmAligner*>(&aligner))
      return std::make_unique<HmmAligner>(std::move(table), hmm->jumps());
    return std::make_unique<IbmModel1>(std::move(table));
  }

  void told(const EmRound& round, const std::string& model) {
    context_.journal.round({.step = ++rounds_,
                            .max_steps = max_rounds_,
                            .model = model,
                            .loss = std::log(round.perplexity()),
                            .tokens = round.tokens});
    obey_signals();
  }

  const TrainingContext& context_;
  const StatisticalSettings& settings_;
  SignalWatch signals_;
  std::int64_t rounds_ = 0, max_rounds_ = 0;
};

/// Translations of pairs' sources beside the pairs' targets.
struct Translated {
  Lines sources, hypotheses, references;
};

Translated translate(const TextTranslator& translator, const std::vector<SentencePair>& pairs,
                     std::size_t first) {
  Translated result;
  for (std::size_t i = 0; i < std::min(first, pairs.size()); ++i) {
    result.sources.push_back(pairs[i].source);
    result.references.push_back(pairs[i].target);
  }
  for (const auto& best : translator.translate(result.sources))
    result.hypotheses.push_back(best[0].text);
  return result;
}

double bleu_of(const Translated& translated, const Config& config) {
  return bleu(translated.hypotheses, {translated.references}, {.lowercase = config.data.lowercase})
      .score;
}

/// The configuration with the weights that translate the validation set best.
Config with_chosen_weights(const Config& config, const StatisticalModel& model,
                           const std::vector<SentencePair>& valid, const Training& training,
                           Journal& journal) {
  Config chosen = config;
  auto& settings = chosen.task.as<StatisticalSettings>();
  const auto sentences = static_cast<std::size_t>(settings.tuning_sentences);
  if (sentences == 0 || valid.empty()) return chosen;
  double before = -1.0, most = -1.0;
  settings.weights = choose_weights(settings.weights, [&](const ChannelWeights& weights) {
    training.obey_signals();
    Config tried = config;
    tried.task.as<StatisticalSettings>().weights = weights;
    const double found =
        bleu_of(translate(StatisticalTranslator(model, tried), valid, sentences), config);
    if (before < 0.0) before = found;
    most = std::max(most, found);
    return found;
  });
  const ChannelWeights& w = settings.weights;
  journal.note(text("weights: channel ", w.channel, ", direct ", w.direct, ", language ",
                    w.language, ", distortion ", w.distortion, ", words ", w.words, " (BLEU ",
                    fixed(before, 1), " → ", fixed(most, 1), " on ",
                    std::min(sentences, valid.size()), " sentences)"));
  return chosen;
}

/// Tells how well the validation set is translated, and returns it.
double validate(const TextTranslator& translator, const std::vector<SentencePair>& valid,
                const TrainingContext& context, std::int64_t step, const NgramModel* language,
                const Tokenizer* target) {
  if (valid.empty()) return 0.0;
  const Translated found = translate(translator, valid, valid.size());
  const double score = bleu_of(found, context.config);
  if (language != nullptr) {
    std::vector<std::vector<Word>> references;
    for (const std::string& line : found.references) references.push_back(target->encode(line));
    context.journal.validation({.step = step,
                                .loss = std::log(perplexity(*language, references)),
                                .score = score,
                                .score_name = "BLEU",
                                .best_step = step,
                                .best_score = score});
  } else {
    context.journal.note(text("[valid] BLEU ", fixed(score, 1)));
  }
  std::string samples;
  for (std::size_t i = 0; i < std::min<std::size_t>(5, found.sources.size()); ++i)
    samples += text("source     ", found.sources[i], "\nreference  ", found.references[i],
                    "\nhypothesis ", found.hypotheses[i], "\n\n");
  context.folder.write_samples(step, samples);
  return score;
}

void save(const Checkpoint& checkpoint, RunFolder& folder, std::int64_t step, double score) {
  folder.claim(step);
  save_checkpoint(folder.checkpoint_path(step), checkpoint);
  folder.point("last", step);
  folder.point("best", step);
  folder.remember_best(step, score, 1);
}

void train_rules(const TrainingContext& context) {
  std::vector<SentencePair> valid;
  if (const std::string& prefix = context.config.data.valid; !prefix.empty())
    valid = load_pairs(context.config, prefix, {.strict = context.strict}, context.journal);
  Checkpoint checkpoint;
  describe_task(context.config, checkpoint);
  const double score = validate(RuleTranslator(), valid, context, 1, nullptr, nullptr);
  save(checkpoint, context.folder, 1, score);
}

void train_model(const TrainingContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const TranslationData data =
      load_translation_data(context.config, context.strict, context.journal);
  Training training(context);
  const StatisticalModel model = training.learn(data);
  const std::chrono::duration<double> learned = std::chrono::steady_clock::now() - start;
  const Config config =
      with_chosen_weights(context.config, model, data.valid, training, context.journal);
  Checkpoint checkpoint;
  describe_task(config, checkpoint);
  write_model(model, checkpoint);
  const std::int64_t step = std::max<std::int64_t>(1, training.max_rounds());
  const double score = validate(StatisticalTranslator(model, config), data.valid, context, step,
                                &model.language, model.vocabularies.target.get());
  save(checkpoint, context.folder, step, score);
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - start;
  context.journal.note(text("done: learned in ", fixed(learned.count(), 1), " s, with weights and ",
                            "validation ", fixed(all.count(), 1), " s"));
}

}  // namespace

int train_statistical(const TrainingContext& context) {
  try {
    const bool by_rules =
        context.config.task.as<StatisticalSettings>().method == TranslationMethod::rules;
    by_rules ? train_rules(context) : train_model(context);
  } catch (const Stopped& stopped) {
    context.journal.note("stopped by a signal; nothing was saved, as a run takes seconds");
    return stopped.signal;
  }
  return 0;
}

}  // namespace lectern
