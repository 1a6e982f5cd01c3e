#include "tasks/grammar/grammar_kind.h"

#include <chrono>

#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/grammar/correction_page.h"
#include "tasks/grammar/corrector.h"
#include "tasks/grammar/grammar_task.h"
#include "tasks/metrics/gleu.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/encoder_decoder_task.h"

namespace lectern {
namespace {

const GrammarSettings& settings_of(const Config& config) {
  return config.task.as<GrammarSettings>();
}

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::max(1e-9, std::chrono::duration<double>(Clock::now() - start).count());
}

/// What the text is, what is made wrong in it, and how fast.
void describe_data(const GrammarText& train, std::int64_t vocabulary, double opening,
                   Journal& journal) {
  if (const std::string summary = train.report().summary(); !summary.empty())
    journal.note("warning: " + summary);
  const double lines = static_cast<double>(train.index().size());
  journal.note(text("data: ", train.size(), " sentences, ", train.tokens(), " tokens, vocabulary ",
                    vocabulary, "; opened at ", fixed(lines / opening, 0), " sentences a second"));
  constexpr std::int64_t sample = 10'000;
  const std::int64_t count = std::min(sample, train.size());
  journal.note(text("errors in ", count, " sentences: ", counts_text(train.errors(count))));
  std::vector<std::int64_t> which(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) which[static_cast<std::size_t>(i)] = i;
  const auto start = Clock::now();
  train.pairs(which, 0);
  const double speed = static_cast<double>(count) / seconds_since(start);
  journal.note(text("making pairs: ", fixed(speed, 0), " sentences a second; 4,000,000 would take ",
                    time_of_four_million(speed)));
}

std::unique_ptr<Task> start(const TaskContext& context) {
  const Config& config = context.config;
  if (config.data.train.empty())
    throw Failure(ExitCode::usage,
                  "data.train is not set; give a file of sentences, for example --set "
                  "data.train=data/toy/train.en");
  LineIndex index(config.data.train);
  Vocabularies vocabularies;
  if (context.resumed) {
    vocabularies = read_vocabularies(*context.resumed, config.data.lowercase);
  } else {
    vocabularies.source = learn_grammar_vocabulary(config, index);
    vocabularies.target = vocabularies.source;
    if (index.bytes() > vocabulary_bytes)
      context.journal.note(text("vocabulary: learned from the first ", vocabulary_bytes >> 20,
                                " MiB of the text, which has ", index.bytes() >> 20));
  }
  std::shared_ptr<const Speller> speller = stored_speller(context.resumed, config);
  if (settings_of(config).speller && !speller) {
    speller = std::make_shared<Speller>(learn_speller(index, training_reading(config)));
    const bool cut = index.bytes() > vocabulary_bytes;
    context.journal.note(text("speller: knows ", speller->size(), " words",
                              cut ? text(" of the first ", vocabulary_bytes >> 20,
                                         " MiB of the text, which has ", index.bytes() >> 20)
                                  : std::string()));
  }
  const std::int64_t longest = longest_sentence(config.model.max_length);
  const auto begun = Clock::now();
  GrammarText train(std::move(index), vocabularies.source, training_reading(config),
                    {.learned = std::min(config.data.max_length, longest),
                     .read = longest,
                     .strict = context.strict});
  describe_data(train, vocabularies.source->size(), seconds_since(begun), context.journal);
  GrammarLines valid;
  if (!config.data.valid.empty()) valid = load_grammar_lines(config, Split::valid, context.strict);
  return std::make_unique<GrammarTask>(config, vocabularies, std::move(train), std::move(valid),
                                       std::move(speller), context.journal);
}

/// GLEU by the published scorer draws one of several references 500 times. What models are compared by
/// counts with the mean of the references instead, so that it adds up over sentences (count_gleu).
Evaluation evaluation_of(const GrammarLines& lines, const std::vector<Correction>& corrections,
                         double seconds) {
  std::vector<std::string> corrected;
  std::int64_t changed = 0, edits = 0, refused = 0;
  for (const Correction& correction : corrections) {
    corrected.push_back(correction.text);
    changed += correction.edits.empty() ? 0 : 1;
    edits += std::ssize(correction.edits);
    refused += correction.refused;
  }
  const double now = gleu(lines.sources, corrected, lines.references),
               before = gleu(lines.sources, lines.sources, lines.references),
               share =
                   100.0 * static_cast<double>(changed) / static_cast<double>(corrections.size());
  CountedText counted = count_gleu(lines.sources, corrected, lines.references);
  const double together = counted.score(total(counted));
  Evaluation result;
  result.text = text("GLEU = ", fixed(now, 2), " (source alone ", fixed(before, 2), ", ",
                     now >= before ? "+" : "-", fixed(std::abs(now - before), 2), ", ",
                     corrections.size(), " sentences, ", lines.references.size(),
                     lines.references.size() == 1 ? " reference)" : " references)",
                     "\nGLEU, references together = ", fixed(together, 2), "\nchanged = ", changed,
                     " sentences, ", fixed(share, 1), " %, by ", edits, " edits; ", refused,
                     " more gained too little\nedits: ", counts_text(kinds_of(corrections)),
                     "\nspeed = ", fixed(static_cast<double>(corrections.size()) / seconds, 1),
                     " sentences a second\n");
  result.figures = {{.name = "GLEU, references together", .value = together},
                    {.name = "GLEU", .value = now},
                    {.name = "GLEU of the source", .value = before},
                    {.name = "changed", .value = share, .unit = "%", .digits = 1}};
  result.examples = std::move(counted.sentences);
  return result;
}

std::string lines_of(const std::vector<Correction>& corrections) {
  std::string result;
  for (const Correction& correction : corrections) result += correction.text + '\n';
  return result;
}

Evaluation measure(const EvaluationRequest& request) {
  const auto trained = load_corrector(request.checkpoint, request.config);
  GrammarLines lines = load_grammar_lines(request.config, request.split, request.strict);
  TextReport report(lines.name, request.strict);
  const auto start = Clock::now();
  std::vector<Correction> corrections = trained->corrector.correct(lines.sources, {&report});
  Evaluation result = evaluation_of(lines, corrections, seconds_since(start));
  warn(report);
  if (has_ending(request.output, ".html")) {
    CorrectionPage page{.title = lines.name + ", corrected",
                        .corrections = std::move(corrections),
                        .references = std::move(lines.references)};
    for (const Figure& figure : result.figures)
      page.facts.push_back({figure.name, fixed(figure.value, figure.digits) +
                                             (figure.unit.empty() ? "" : " " + figure.unit)});
    write_output(request.output, correction_page(page));
  } else if (!request.output.empty()) {
    write_output(request.output, lines_of(corrections));
  }
  return result;
}

/// What looks at itself by a pattern is the wrong sentence.
TrainedExample example(const ExampleRequest& request) {
  std::string line = request.text;
  if (line.empty())
    line = load_grammar_lines(request.config, Split::test, request.strict).sources.at(0);
  const WordRule rule = settings_of(request.config).words;
  return encoder_example(trained_model(request.checkpoint, request.config, "grammar_correction"),
                         with_blanks(texts_of(cut_words(line, rule))), line, request.strict);
}

std::vector<Field> keys() {
  using S = GrammarSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.choice("train_form", &S::train_form, "data.train: correct sentences, or wrong TAB right");
  rows.choice("valid_form", &S::valid_form, "data.valid: the same, or P.src with P.ref0, P.ref1 …")
      .resumable();
  rows.choice("test_form", &S::test_form, "data.test: the same").resumable();
  rows.choice("words", &S::words, "cut lines at spaces alone, or marks and clitics off, too");
  rows.boolean("speller", &S::speller, "correcting: a noisy channel mends misspelt words first")
      .resumable();
  rows.number("min_gain", &S::min_gain, {-1000, 1000},
              "correcting: an edit's least gain in log-probability [nats]")
      .resumable();
  rows.integer("rounds", &S::rounds, {1, 100}, "correcting: times that a sentence is gone over")
      .resumable();
  FieldRows rates(
      keys, "task",
      [](auto& config) -> auto& { return config.task.template as<GrammarSettings>().rates; });
  using R = CorruptionRates;
  constexpr ValueRange share{0, 1};
  rates.number("unchanged", &R::unchanged, share, "corruption: sentences left right [share]");
  rates.number("article", &R::article, share, "corruption: of a, an, the [share]");
  rates.number("preposition", &R::preposition, share, "corruption: of in, on, for … [share]");
  rates.number("agreement", &R::agreement, share, "corruption: of is, has, goes … [share]");
  rates.number("tense", &R::tense, share, "corruption: of verbs [share]");
  rates.number("number", &R::number, share, "corruption: of nouns, one or many [share]");
  rates.number("spelling", &R::spelling, share, "corruption: of words' letters [share]");
  rates.number("confusion", &R::confusion, share, "corruption: of their/there, good/well [share]");
  rates.number("missing", &R::missing, share, "corruption: of short words of grammar [share]");
  rates.number("order", &R::order, share, "corruption: of neighbours' order [share]");
  rates.number("punctuation", &R::punctuation, share, "corruption: of commas, stops, 's [share]");
  rates.number("capitals", &R::capitals, share, "corruption: of capital letters [share]");
  return keys;
}

void check_settings(const Settings& settings) {
  const Config& config = settings.config();
  const GrammarSettings& task = settings_of(config);
  if (task.train_form == TextForm::references)
    settings.disagree("task.train_form", "task.name", "cannot be learned from; of pairs a file of",
                      "\"pairs\"");
  check_encoder_decoder(settings);
  if (config.tokenizer.kind == TokenizerKind::byte)
    settings.disagree("tokenizer.kind", "task.name", "is no vocabulary for", "\"bpe\"");
}

}  // namespace

TaskKind grammar_kind() {
  return {.table = {.name = "grammar_correction",
                    .summary = "to correct English sentences",
                    .settings = GrammarSettings{},
                    .keys = keys(),
                    .metrics = {"gleu", "loss"},
                    .unused = {"model.num_layers", "tokenizer.shared", "decode.n_best"},
                    .check = check_settings},
          .command = "correct",
          .start = start,
          .score = [](const Config&, const Counts& sum) { return gleu_score(sum); },
          .evaluate = measure,
          .example = example,
          .writes_output = true};
}

}  // namespace lectern
