#include <cmath>

#include "tasks/config/task_table.h"
#include "tasks/metrics/bleu.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/run_folder.h"
#include "tasks/translation/statistical/choose_weights.h"
#include "tasks/translation/statistical_training.h"
#include "tasks/translation/statistical_translator.h"
#include "tasks/translation/toy_corpus.h"
#include "tensor/parallel.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

Config toy_config(const std::string& task) {
  return parse_config(
      "[task]\nname = \"statistical\"\ntuning_sentences = 0\ndirect_weight = 1.0\n"
      "distortion_weight = 0.5\nword_weight = 1.5\n" +
          task +
          "[data]\ntrain = \"toy-train\"\nvalid = \"toy-valid\"\ntest = \"toy-test\"\n"
          "[tokenizer]\nkind = \"word\"\nvocab_size = 100000\nshared = false\n"
          "[decode]\nbeam_size = 20\n[log]\ntensorboard = false\n",
      "toy.toml");
}

/// The translator of a training on the toy corpus.
std::unique_ptr<TextTranslator> trained(const Config& config, const std::string& path) {
  RunFolder folder(path, RunFolder::Found::clear);
  Journal journal({.folder = path, .tensorboard = false, .quiet = true});
  CHECK(train_statistical({.config = config, .folder = folder, .journal = journal}) == 0);
  const Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(path));
  return load_statistical(checkpoint, trained_config(checkpoint));
}

double test_bleu(const TextTranslator& translator) {
  Lines sources, references, hypotheses;
  for (const SentencePair& pair : make_toy_corpus().test) {
    sources.push_back(pair.source);
    references.push_back(pair.target);
  }
  for (const auto& best : translator.translate(sources)) hypotheses.push_back(best[0].text);
  return bleu(hypotheses, {references}).score;
}

}  // namespace

TEST_CASE("counting beats rules, and an HMM beats Model 1", "[statistical]") {
  const TemporaryFolder folder;
  const double rules =
      test_bleu(*trained(toy_config("method = \"rules\"\n"), folder.file("rules")));
  const double model_1 =
      test_bleu(*trained(toy_config("method = \"ibm1\"\n"), folder.file("ibm1")));
  const auto hmm = trained(toy_config("method = \"hmm\"\n"), folder.file("hmm"));
  CAPTURE(rules, model_1);
  CHECK(rules > 60.0);
  CHECK(model_1 > rules);
  CHECK(test_bleu(*hmm) > model_1);
  CHECK(hmm->translate({"Heute hat sie dem großen Pferd geholfen."})[0][0].text ==
        "Today she helped the big horse.");
}

TEST_CASE("a run is the same for any number of threads", "[statistical]") {
  const TemporaryFolder folder;
  const int threads = thread_count();
  for (const int count : {1, 3}) {
    set_thread_count(count);
    trained(toy_config("method = \"ibm1\"\nmodel_1_rounds = 2\n"),
            folder.file(std::to_string(count)));
  }
  set_thread_count(threads);
  CHECK(read_file(resolve_checkpoint(folder.file("1"))) ==
        read_file(resolve_checkpoint(folder.file("3"))));
}

TEST_CASE("as many lines come out as go in, and unknown words pass through", "[statistical]") {
  const TemporaryFolder folder;
  const auto translator =
      trained(toy_config("method = \"ibm1\"\nmodel_1_rounds = 3\n"), folder.file("run"));
  const auto all =
      translator->translate({"", "Xyzzy", "  \xC2\xA0 ", "Die Frau liest das Buch.", "?!"});
  REQUIRE(all.size() == 5);
  for (const auto& best : all) CHECK(best.size() == 1);
  CHECK(all[0][0].text.empty());
  CHECK(all[1][0].text == "Xyzzy");
  CHECK(all[2][0].text.empty());
  CHECK(all[3][0].text == "The woman reads the book.");

  TextReport report("text");
  std::string endless;
  for (int i = 0; i < 600; ++i) endless += "Hund ";
  translator->translate({endless}, {&report});
  CHECK(report.count(long_sentence) == 1);
}

TEST_CASE("pictures of an alignment have rows that sum to one", "[statistical]") {
  const TemporaryFolder folder;
  for (const std::string method : {"ibm1", "hmm"}) {
    const auto translator =
        trained(toy_config("method = \"" + method + "\"\n"), folder.file(method));
    const WatchedTranslation seen = translator->watch("Heute schläft der Hund nicht.", {});
    REQUIRE(seen.maps.size() == 2);
    CHECK(seen.maps[0].columns.size() == seen.maps[1].columns.size() + 1);  // NULL
    for (const AttentionMap& map : seen.maps)
      for (std::size_t row = 0; row < map.rows.size(); ++row) {
        double sum = 0.0;
        for (std::size_t column = 0; column < map.columns.size(); ++column)
          sum += map.weights[row * map.columns.size() + column];
        CHECK(sum == Approx(1.0));
      }
    // `dog` comes from `Hund`.
    const AttentionMap& map = seen.maps[0];
    const auto dog = std::ranges::find(map.rows, "dog") - map.rows.begin();
    REQUIRE(dog < std::ssize(map.rows));
    const auto begin = map.weights.begin() + dog * std::ssize(map.columns);
    CHECK(map.columns[std::max_element(begin, begin + std::ssize(map.columns)) - begin] == "Hund");
    CHECK(mentions(failure_of(ExitCode::usage, [&] { translator->watch("  ", {}); }), "no word"));
  }
  CHECK(mentions(failure_of(ExitCode::usage, [] { RuleTranslator().watch("Ein Hund", {}); }),
                 "rules look at"));
}

TEST_CASE("numbers that are no model are refused by name", "[statistical]") {
  const TemporaryFolder folder;
  const Config config = toy_config("method = \"hmm\"\nmodel_1_rounds = 1\nhmm_rounds = 1\n");
  trained(config, folder.file("run"));
  const Checkpoint good = load_checkpoint(resolve_checkpoint(folder.file("run")));
  const auto complaint = [&](const std::string& name, const Tensor& other) {
    Checkpoint bad = good;
    for (auto& [key, tensor] : bad.tensors)
      if (key == name) tensor = other;
    return failure_of(ExitCode::checkpoint, [&] { read_model(bad, config); });
  };
  const auto says = [&](const std::string& name, const Tensor& other, const std::string& words) {
    INFO(name << ": " << complaint(name, other));
    CHECK(mentions(complaint(name, other), words));
  };
  const auto ints = [](std::initializer_list<std::int32_t> numbers) {
    return tensor_of<std::int32_t>({std::ssize(numbers)}, numbers);
  };
  const auto doubles = [](std::initializer_list<double> numbers) {
    return tensor_of<double>({std::ssize(numbers)}, numbers);
  };
  says("aligner.row_begins", ints({0, 5, 3}), "aligner.row_begins does not fit");
  says("aligner.words", ints({0, -5}), "aligner.row_begins does not fit");
  says("aligner.probabilities", doubles({0.5}), "rows that do not fit");
  says("aligner.jumps", doubles({1.0}), "1 widths");
  says("aligner.jumps", doubles({1.0, -1.0}), "not above 0");
  says("renderings.row_begins", ints({0}), "renderings.row_begins");
  says("renderings.words", ints({9}), "renderings.word_begins");
  says("renderings.direct", doubles({NAN}), "different lengths");
  says("language.counts", ints({1}), "language.counts");
  says("language.trigrams", ints({1, 2, 99'999'999}), "outside the vocabulary");
  says("language.trigrams", doubles({1}), "language.trigrams holds f64, and not i32");
}

TEST_CASE("what was learned cannot be set otherwise afterwards, weights can", "[statistical]") {
  const TemporaryFolder folder;
  trained(toy_config("method = \"rules\"\n"), folder.file("run"));
  const Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(folder.file("run")));
  Config config = trained_config(checkpoint);
  config.task.as<StatisticalSettings>().weights.language = 0.3;
  CHECK_NOTHROW(load_statistical(checkpoint, config));
  config.task.as<StatisticalSettings>().hmm_rounds = 9;
  CHECK(mentions(failure_of(ExitCode::usage, [&] { load_statistical(checkpoint, config); }),
                 "task.hmm_rounds = 9: "));
}

TEST_CASE("weights climb a hill", "[statistical]") {
  int tried = 0;
  const auto hill = [&](const ChannelWeights& w) {
    ++tried;
    return -std::abs(w.direct - 1.3) - std::abs(w.language - 0.7) - std::abs(w.distortion) -
           std::abs(w.words + 1.1);
  };
  const ChannelWeights found = choose_weights({.channel = 2.0, .distortion = 1.0}, hill);
  CHECK(found.channel == 2.0);
  CHECK(found.direct == Approx(1.3).margin(0.11));
  CHECK(found.language == Approx(0.7).margin(0.11));
  CHECK(found.distortion == Approx(0.0).margin(0.11));
  CHECK(found.words == Approx(-1.1).margin(0.11));
  CHECK(tried < 60);
}
