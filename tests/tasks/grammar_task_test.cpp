#include "tasks/grammar/grammar_task.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "tasks/grammar/correction_page.h"
#include "tasks/grammar/corrector.h"
#include "tasks/task/training_options.h"
#include "tasks/training/trainer.h"
#include "tasks/translation/translation_task.h"
#include "tensor/parallel.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

const std::string sentences =
    "The cat sees a dog in the garden .\n"
    "She has a big house .\n"
    "They go to the school on Monday .\n"
    "He took the book from a table .\n"
    "The children are in the park .\n"
    "We like the music of this city .\n"
    "A teacher asks the students .\n"
    "It is a long day .\n";

/// A model that learns little, but in no time.
Config tiny(const std::string& train) {
  Config config;
  config.task = {"grammar_correction", GrammarSettings{.rates = {.article = 0.5}}};
  config.tokenizer = {.kind = TokenizerKind::bpe, .vocab_size = 150};
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_encoder_layers = config.model.num_decoder_layers = 1;
  config.model.dim_feedforward = 32;
  config.model.max_length = 64;
  config.data.train = train;
  config.data.valid = train;
  config.data.max_length = 60;
  config.train.learning_rate = 1e-2;
  config.train.warmup_steps = 5;
  config.train.max_steps = 9;
  config.train.batch_tokens = 90;
  config.train.valid_every = 0;
  config.train.save_every = 4;
  config.train.valid_metric = "gleu";
  config.log.tensorboard = false;
  config.decode.beam_size = 2;
  return config;
}

GrammarText opened(const Config& config, const GrammarText::Limits& limits = {60, 63}) {
  LineIndex index(config.data.train);
  return {LineIndex(config.data.train), learn_grammar_vocabulary(config, index),
          training_reading(config), limits};
}

std::unique_ptr<GrammarTask> task_of(const Config& config, Journal& journal) {
  LineIndex index(config.data.train);
  const std::shared_ptr<Tokenizer> both = learn_grammar_vocabulary(config, index);
  return std::make_unique<GrammarTask>(
      config, Vocabularies{both, both},
      GrammarText(std::move(index), both, training_reading(config), {60, 63}),
      load_grammar_lines(config, Split::valid, false), nullptr, journal);
}

/// Weights after a training in a folder, bit for bit.
std::vector<float> trained_weights(const Config& config, const std::string& folder_path) {
  Journal journal({.quiet = true});
  const auto task = task_of(config, journal);
  const auto optimizer = make_optimizer(config, parameters(task->model()));
  RunFolder folder(folder_path, RunFolder::Found::resume);
  Trainer trainer(*task, *optimizer, trainer_options(config, *task), &folder, journal);
  if (const auto steps = folder.checkpoint_steps(); !steps.empty())
    trainer.resume(load_checkpoint(folder.checkpoint_path(steps.back())));
  CHECK(trainer.run() == 0);
  std::vector<float> weights;
  for (const NamedParameter& parameter : parameters(task->model())) {
    const std::vector<float> values = parameter.variable.value().to_vector<float>();
    weights.insert(weights.end(), values.begin(), values.end());
  }
  return weights;
}

}  // namespace

TEST_CASE("the lines of a file are read in any order", "[grammar]") {
  const TemporaryFolder folder;
  const LineIndex index(folder.write("text",
                                     "\xEF\xBB\xBF"
                                     "one\r\n\ntwo  three\nlast"));
  REQUIRE(index.size() == 4);
  CHECK(index.line(3) == "last");
  CHECK(index.line(0) == "one");
  CHECK(index.line(1).empty());
  CHECK(index.line(2) == "two  three");
  CHECK(LineIndex(folder.write("empty", "")).size() == 0);
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += text("line ", i, "\n");
  const LineIndex long_index(folder.write("many", many));
  CHECK(long_index.size() == 50'000);
  CHECK(long_index.line(49'999) == "line 49999");
  CHECK(long_index.line(7) == "line 7");
  CHECK(long_index.checksum() != index.checksum());
}

TEST_CASE("pairs are functions of seed, epoch and line, and so are batches", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("clean", sentences));
  const GrammarText text = opened(config);
  REQUIRE(text.size() == 8);
  bool differs = false;
  for (std::int64_t i = 0; i < text.size(); ++i) {
    CHECK(text.pair(i, 3).source == text.pair(i, 3).source);
    CHECK(text.pair(i, 3).target == text.pair(i, 4).target);
    differs = differs || text.pair(i, 3).source != text.pair(i, 4).source;
    CHECK(text.pair(i, 0).target.size() == text.lengths()[static_cast<std::size_t>(i)].target);
  }
  CHECK(differs);
  const ErrorCounts errors = text.errors(100);
  CHECK(std::accumulate(errors.begin(), errors.end(), std::int64_t{0}) > 0);

  Journal journal({.quiet = true});
  const auto one = task_of(config, journal), another = task_of(config, journal);
  const std::int64_t batches = one->batches_in_epoch(1);
  CHECK(batches > 1);
  another->batch(0, 0);
  for (const std::int64_t index : {batches - 1, std::int64_t{0}}) {
    const Batch a = one->batch(1, index), b = another->batch(1, index);
    CHECK(a.source.to_vector<std::int32_t>() == b.source.to_vector<std::int32_t>());
  }
}

TEST_CASE("pairs that are given are read as they are", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("pairs", "He go .\tHe goes .\nHe go .\tHe went .\n"));
  config.task.as<GrammarSettings>().train_form = TextForm::pairs;
  const LineIndex index(config.data.train);
  const MadePair made = made_pair(index, 1, 5, training_reading(config));
  CHECK(made.pair.source == "He go .");
  CHECK(made.pair.target == "He went .");
  CHECK(made.pair.line == 2);
}

TEST_CASE("ten ways to be no training text are told with file, line and reason", "[grammar]") {
  const TemporaryFolder folder;
  const auto refused = [&](const Config& config, const GrammarText::Limits& limits = {60, 63}) {
    return failure_of(ExitCode::data, [&] { opened(config, limits); });
  };
  const GrammarText::Limits strict{60, 63, true};
  const std::string clean = folder.write("clean", sentences);
  const auto of_text = [&](const std::string& content) {
    return tiny(folder.write("bad", content));
  };
  const auto of_pairs = [&](const std::string& content) {
    Config config = tiny(folder.write("bad.tsv", content));
    config.task.as<GrammarSettings>().train_form = TextForm::pairs;
    return config;
  };
  CHECK(mentions(refused(tiny(folder.file("none"))), "none: No such file"));
  CHECK(mentions(refused(tiny(folder.path())), "is a folder"));
  CHECK(mentions(refused(tiny("-")), "write the text to a file first"));
  CHECK(mentions(refused(tiny(folder.write("bad.gz", "no gzip"))), "is not gzip data"));
  CHECK(mentions(refused(of_text(sentences + std::string(2 << 20, 'a'))),
                 "bad:9: a line of more than 1 MiB"));
  CHECK(mentions(refused(of_pairs("a\tb\nHe go .\n")), "bad.tsv:2: 0 TABs, but a pair is"));
  CHECK(mentions(refused(of_pairs("a\tb\tc\n")), "bad.tsv:1: 2 TABs"));
  CHECK(mentions(refused(of_text(sentences + "\xFF is here\n"), strict), "bad:9: invalid UTF-8"));
  CHECK(mentions(refused(of_text(sentences + "wrong\tright\n"), strict),
                 "bad:9: a TAB in a clean sentence; set task.train_form = \"pairs\""));
  CHECK(mentions(refused(of_text(sentences + "\n"), strict), "bad:9: no word"));
  CHECK(mentions(refused(of_pairs("\tHe goes .\nHe go .\tHe goes .\n"), strict),
                 "bad.tsv:1: an empty side"));
  CHECK(mentions(refused(tiny(clean), {8, 63, true}), "clean:1: more tokens than fit"));
  CHECK(mentions(refused(tiny(clean), {1, 63}), "none of 8 lines has from 1 to 1 tokens"));

  // What is not refused is counted, with the first line of it.
  const GrammarText mended = opened(of_text("\xFF is here\n" + sentences + "\n \nwrong\tright\n"));
  CHECK(mended.size() == 10);
  CHECK(mentions(mended.report().summary(), "2 lines with no word, left out (first: line 10)"));
  CHECK(mentions(mended.report().summary(), "a TAB in a clean sentence, read as a blank"));
}

TEST_CASE("references are as many as there are, each as long as the source", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("clean", sentences));
  config.task.as<GrammarSettings>().test_form = TextForm::references;
  config.data.src = "src";
  config.data.tgt = "ref";
  config.data.test = folder.file("dev");
  const auto load = [&] { return load_grammar_lines(config, Split::test, false); };
  folder.write("dev.src", "a b \nc\n");
  CHECK(mentions(failure_of(ExitCode::data, load), "dev.ref0: no such file"));
  folder.write("dev.ref0", "a b c\nc\n");
  folder.write("dev.ref1", "A b\nC\n");
  const GrammarLines lines = load();
  CHECK(lines.sources == std::vector<std::string>{"a b ", "c"});
  REQUIRE(lines.references.size() == 2);
  CHECK(lines.references[1] == std::vector<std::string>{"A b", "C"});
  folder.write("dev.ref2", "A b\n");
  CHECK(mentions(failure_of(ExitCode::data, load), "dev.ref2"));
  config.data.test = "";
  CHECK(mentions(failure_of(ExitCode::usage, load), "data.test is not set"));
}

TEST_CASE("held-out errors are the same ones whatever the seed of the training", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("clean", sentences));
  const GrammarLines one = load_grammar_lines(config, Split::valid, false);
  config.train.seed = 7;
  CHECK(load_grammar_lines(config, Split::valid, false).sources == one.sources);
  CHECK(one.sources != one.references[0]);
}

TEST_CASE("a resumed training gives the same bits, with any number of threads", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("clean", sentences));
  const std::vector<float> whole = trained_weights(config, folder.file("whole"));
  set_thread_count(1);
  config.train.max_steps = 4;
  trained_weights(config, folder.file("halves"));
  config.train.max_steps = 9;
  CHECK(trained_weights(config, folder.file("halves")) == whole);
  set_thread_count(2);
}

TEST_CASE("a line is corrected alike alone and among others", "[grammar]") {
  const TemporaryFolder folder;
  Config config = tiny(folder.write("clean", sentences));
  config.task.as<GrammarSettings>().min_gain = -1000;  // whatever an untrained model writes
  Journal journal({.quiet = true});
  const auto task = task_of(config, journal);
  const auto& model = static_cast<const EncoderDecoder&>(task->model());
  LineIndex index(config.data.train);
  const std::shared_ptr<Tokenizer> both = learn_grammar_vocabulary(config, index);
  const Corrector eager(model, {both, both}, config);
  const std::vector<std::string> lines = {"She have a house .", "", "They go .", "It are a day .",
                                          "Which 字 ?"};
  TextReport report("lines");
  const std::vector<Correction> together = eager.correct(lines, {&report});
  REQUIRE(together.size() == lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(eager.correct({lines[i]})[0].text == together[i].text);
  CHECK(together[1].text.empty());
  CHECK(together[4].text == lines[4]);
  CHECK(mentions(report.summary(),
                 "characters that the vocabulary lacks, left as it was (first: "
                 "line 5)"));
  // Nothing gains a thousand nats.
  config.task.as<GrammarSettings>().min_gain = 1000;
  const Corrector careful(model, {both, both}, config);
  for (const Correction& correction : careful.correct(lines)) CHECK(correction.edits.empty());
}

TEST_CASE("log-probabilities are those of the loss, sentence by sentence", "[grammar]") {
  const TemporaryFolder folder;
  const Config config = tiny(folder.write("clean", sentences));
  Journal journal({.quiet = true});
  const auto task = task_of(config, journal);
  const auto& model = static_cast<const EncoderDecoder&>(task->model());
  std::vector<TokenPair> pairs;
  for (std::int64_t i = 0; i < 8; ++i) pairs.push_back(task->train_text().pair(i, 0));
  const std::vector<double> scores = log_probabilities(model, pairs, 200);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const LossSum alone = corpus_loss(model, {pairs[i]}, 200);
    CHECK(std::abs(scores[i] + alone.sum()) < 1e-4 * alone.sum());
  }
}

TEST_CASE("the page marks every edit and counts its kind", "[grammar]") {
  const CorrectionPage page{.title = "A <test>",
                            .facts = {{"GLEU", "50"}},
                            .corrections = {{.text = "He goes .",
                                             .words = {"He", "go", "."},
                                             .edits = {{1, 2, {"goes"}}}},
                                            {.text = "a < b", .words = {"a", "<", "b"}}},
                            .references = {{"He goes .", "a & b"}}};
  const std::string html = correction_page(page);
  CHECK(mentions(html, "He <del>go</del> <ins>goes</ins> ."));
  CHECK(mentions(html, "a &lt; b"));
  CHECK(mentions(html, "a &amp; b"));
  CHECK(mentions(html, "A &lt;test&gt;"));
  CHECK(counts_text(kinds_of(page.corrections)) == "agreement 1");
  CHECK(counts_text({}) == "none");
}
