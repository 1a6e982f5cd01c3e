#include <iomanip>
#include <iostream>
#include <sstream>

#include "tasks/commands/commands.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/toy_recipe.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/chrf.h"
#include "tasks/report/report_page.h"
#include "tasks/training/metrics_file.h"
#include "tasks/training/output_file.h"
#include "tasks/training/run_folder.h"
#include "tasks/translation/attention_maps.h"
#include "tasks/translation/toy_corpus.h"
#include "tensor/measure.h"
#include "tensor/parallel.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

struct Scored {
  std::vector<Sample> samples;
  std::vector<std::string> hypotheses, references;
};

Scored translate_test(const Translator& translator, const std::vector<SentencePair>& pairs) {
  Scored scored;
  std::vector<std::string> sources;
  for (const SentencePair& pair : pairs) {
    sources.push_back(pair.source);
    scored.references.push_back(pair.target);
  }
  const auto translations = translator.translate(sources);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    scored.hypotheses.push_back(translations[i][0].text);
    scored.samples.push_back({sources[i], scored.references[i], scored.hypotheses[i]});
  }
  return scored;
}

void print_samples(const std::vector<Sample>& samples, std::size_t count) {
  for (std::size_t i = 0; i < std::min(count, samples.size()); ++i)
    std::cout << "  " << samples[i].source << "\n  → " << samples[i].hypothesis
              << (samples[i].hypothesis == samples[i].reference
                      ? "\n\n"
                      : "\n    (expected: " + samples[i].reference + ")\n\n");
}

std::string one_digit(double value) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::fixed << std::setprecision(1) << value;
  return out.str();
}

/// Why the loss of training may stand above that of validation.
std::string loss_note(const Config& config) {
  const double smoothing = config.train.label_smoothing, dropout = config.model.dropout;
  if (smoothing == 0 && dropout == 0) return "";
  std::string harder;
  if (smoothing > 0) harder = text("label smoothing of ", smoothing);
  if (dropout > 0) harder += text(harder.empty() ? "" : " and ", "dropout of ", dropout);
  return "The training loss is taken with " + harder +
         ", the validation loss without: so the latter can be the smaller one.";
}

Report describe(const TrainedModel& trained, const Scored& scored, double seconds,
                const std::string& run_folder) {
  const MetricsFile metrics = read_metrics(run_folder + "/metrics.jsonl");
  Report report;
  report.title = "German to English, learned in a minute";
  report.summary =
      "A small Transformer has read sentence pairs of a toy grammar and now translates "
      "sentences that it has never seen.";
  report.scores = {{"BLEU", one_digit(bleu(scored.hypotheses, {scored.references}).score)},
                   {"chrF", one_digit(chrf(scored.hypotheses, {scored.references}).score)},
                   {"training", one_digit(seconds) + " s"}};
  report.facts = {{"parameters", std::to_string(parameter_count(*trained.model))},
                  {"vocabulary", std::to_string(trained.vocabularies.source->size())},
                  {"d_model", std::to_string(trained.config.model.d_model)},
                  {"layers", text(trained.config.model.num_encoder_layers, " + ",
                                  trained.config.model.num_decoder_layers)},
                  {"threads", std::to_string(thread_count())},
                  {"test sentences", std::to_string(scored.samples.size())}};
  report.train_loss = {metrics.train_steps, metrics.train_loss};
  report.valid_loss = {metrics.valid_steps, metrics.valid_loss};
  report.loss_note = loss_note(trained.config);
  report.bleu = {metrics.valid_steps, metrics.valid_score};
  report.learning_rate = {metrics.train_steps, metrics.learning_rate};
  report.samples.assign(scored.samples.begin(),
                        scored.samples.begin() + std::min<std::size_t>(12, scored.samples.size()));
  report.command = typed_command();
  report.version = lectern_version;
  return report;
}

int run(const Arguments& arguments) {
  const std::string folder = arguments.text("run-dir");
  const Config config =
      parse_config(toy_recipe, "tasks/translation/toy.toml", arguments.overrides());

  std::cout << "Training a small Transformer on sentences of a toy grammar …" << std::endl;
  // The demo begins anew each time, in a folder of its own.
  const Stopwatch stopwatch;
  const int signal = train_model(
      {.config = config, .run_folder = folder, .begin_anew = !arguments.given("run-dir")});
  if (signal != 0) return 128 + signal;
  const double seconds = stopwatch.elapsed();

  TrainedModel trained = load_model(folder);
  const Translator translator(*trained.model, trained.vocabularies, config.decode);
  const ToyCorpus corpus = make_toy_corpus();
  const Scored scored = translate_test(translator, corpus.test);
  std::cout << "\nSentences that were not in the training text:\n\n";
  print_samples(scored.samples, 6);
  std::cout << bleu_text(bleu(scored.hypotheses, {scored.references})) << '\n'
            << chrf_text(chrf(scored.hypotheses, {scored.references})) << '\n'
            << "trained in " << one_digit(seconds) << " s on " << thread_count()
            << (thread_count() == 1 ? " thread\n" : " threads\n");

  Report report = describe(trained, scored, seconds, folder);
  report.attention = watch_translation(translator, *trained.model, corpus.show_case.source).maps;
  const std::string page = report_page(report), path = folder + "/report.html";
  write_output(path, page);
  std::cout << "\nOpen " << path << " in a browser to see which word looked at which.\n"
            << "Try it: echo " << shell_word(corpus.show_case.source) << " | "
            << shell_word(started_as()) << " translate " << shell_word(folder) << '\n';
  return 0;
}

}  // namespace

Command demo_command() {
  Command command{.name = "demo",
                  .summary = "Train on the built-in corpus, translate, and show what happened.",
                  .example = "lectern demo",
                  .flags = {{.name = "run-dir",
                             .aliases = {"save-dir", "out-dir", "output-dir", "model-dir"},
                             .metavar = "DIR",
                             .help = "where everything goes",
                             .default_value = "runs/demo"}},
                  .run = run};
  return model_command(std::move(command), config_flags({"model", "train", "decode", "log"},
                                                        {"data", "tokenizer", "attention"}));
}

}  // namespace lectern
