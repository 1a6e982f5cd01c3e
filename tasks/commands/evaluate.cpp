#include <cmath>
#include <fstream>
#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/translation/data.h"
#include "tasks/translation/translator.h"

namespace lectern {
namespace {

std::string prefix_of(const Config& config, const std::string& split) {
  if (split == "test") return config.data.test;
  if (split == "valid") return config.data.valid;
  if (split == "train") return config.data.train;
  throw Failure(ExitCode::usage, "--split " + split + ": choose train, valid or test");
}

void print_scores(const Lines& hypotheses, const Lines& references) {
  for (const bool lowercase : {false, true}) {
    const BleuOptions options{.lowercase = lowercase};
    const ScoreFormat format{.interval = bootstrap_interval(count_bleu(hypotheses, {references}, options))};
    std::cout << bleu_text(bleu(hypotheses, {references}, options), options, format) << '\n';
  }
  const ScoreFormat format{.interval = bootstrap_interval(count_chrf(hypotheses, {references}))};
  std::cout << chrf_text(chrf(hypotheses, {references}), {}, format) << '\n';
}

void write_lines(const std::string& path, const Lines& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
  file.flush();
  if (!file) throw Failure(ExitCode::io, path + ": cannot write");
}

int run(const Arguments& arguments) {
  use_device(arguments);
  const TrainedModel trained = load_model(arguments.text("RUN"));
  const Config config =
      parse_config(to_toml(trained.config), trained.checkpoint_path, arguments.overrides());
  set_up_machine(config);
  const std::string prefix = prefix_of(config, arguments.text("split"));
  if (prefix.empty())
    throw Failure(ExitCode::usage, text("data.", arguments.text("split"), " is not set; add --set "
                                        "data.", arguments.text("split"), "=PREFIX"));
  Journal journal({});
  const std::vector<SentencePair> pairs = load_pairs(config, prefix, /*strict=*/false, journal);
  if (pairs.empty()) throw Failure(ExitCode::data, prefix + ": no sentence pair to evaluate");

  Lines sources, references, hypotheses;
  for (const SentencePair& pair : pairs) {
    sources.push_back(pair.source);
    references.push_back(pair.target);
  }
  const Translator translator(*trained.model, trained.vocabularies, config.decode,
                              config.data.lowercase);
  for (const auto& best : translator.translate(sources)) hypotheses.push_back(best[0].text);
  if (arguments.given("output")) write_lines(arguments.text("output"), hypotheses);

  print_scores(hypotheses, references);
  const TokenCorpus corpus = encode_corpus(pairs, *trained.vocabularies.source,
                                           *trained.vocabularies.target,
                                           trained.model->options().max_length - 1);
  const CorpusLoss loss = corpus_loss(*trained.model, corpus.pairs, config.decode.batch_tokens);
  std::cout << "perplexity = " << std::fixed << std::setprecision(3) << std::exp(loss.mean())
            << " (per token of the model's own vocabulary, " << loss.tokens << " tokens)\n";
  return 0;
}

}  // namespace

Command evaluate_command() {
  Command command{
      .name = "evaluate",
      .aliases = {"test"},
      .summary = "Translate a test set and score it: BLEU, chrF, perplexity.",
      .example = "lectern evaluate runs/m30k --split test",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
      .flags = {{.name = "split",
                 .metavar = "train|valid|test",
                 .help = "which part of the data",
                 .default_value = "test"},
                {.name = "output",
                 .aliases = {"o", "out"},
                 .metavar = "FILE",
                 .help = "write the translations there"}},
      .run = run};
  for (Flag& flag : config_flags({"data", "decode", "train.threads", "train.device"}))
    command.flags.push_back(std::move(flag));
  return command;
}

}  // namespace lectern
