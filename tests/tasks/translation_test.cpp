#include <algorithm>

#include "tasks/translation/attention_maps.h"
#include "tasks/translation/data.h"
#include "tasks/translation/model_options.h"
#include "tasks/translation/translator.h"
#include "tensor/parallel.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Strings = std::vector<std::string>;

namespace {

const Strings german = {"ein Hund rennt", "eine Katze schläft", "der Mann liest ein Buch"};

Config small() {
  Config config;
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_encoder_layers = config.model.num_decoder_layers = 1;
  config.model.dim_feedforward = 32;
  config.model.max_length = 16;
  config.decode.max_length = 8;
  return config;
}

/// A model that has learnt nothing: it translates all the same.
struct Untrained {
  explicit Untrained(const Config& config)
      : tokenizer(train_tokenizer(
            german,
            {.kind = TokenizerKind::word, .vocab_size = 100, .lowercase = config.data.lowercase})),
        init(1),
        model(make_translation_model(config, {tokenizer, tokenizer}, init)),
        translator(*model, {tokenizer, tokenizer}, config.decode) {
    evaluate(*model);
  }
  std::shared_ptr<Tokenizer> tokenizer;
  Initializer init;
  std::unique_ptr<EncoderDecoder> model;
  Translator translator;
};

/// The same model with recurrent layers.
Config small_recurrent() {
  Config config = small();
  config.model.architecture = Architecture::recurrent;
  return config;
}

}  // namespace

TEST_CASE("as many translations come out as sentences go in", "[translator]") {
  const Untrained untrained(small());
  CHECK(untrained.translator.translate(Strings{}).empty());
  const auto all = untrained.translator.translate(Strings{"", german[0], "  ", german[2], ""});
  REQUIRE(all.size() == 5);
  for (const std::size_t empty : {0, 2, 4}) CHECK(all[empty][0].text.empty());
  for (const auto& best : all) CHECK(best.size() == 1);
}

TEST_CASE("a translation does not depend on its neighbours", "[translator]") {
  for (const Config& config : {small(), small_recurrent()}) {
    const Untrained untrained(config);
    const auto together = untrained.translator.translate(german);
    for (std::size_t i = 0; i < german.size(); ++i)
      CHECK(untrained.translator.translate(german[i]) == together[i][0].text);
  }
}

TEST_CASE("a recurrent translator is watched: its one attention, from words to words",
          "[translator]") {
  const Untrained untrained(small_recurrent());
  const WatchedTranslation watched =
      watch_translation(untrained.translator, *untrained.model, german[0]);
  CHECK(watched.translation == untrained.translator.translate(german[0]));
  REQUIRE(watched.maps.size() == 1);
  const AttentionMap& map = watched.maps[0];
  CHECK(map.kind == "cross");
  CHECK(map.layer == 0);
  CHECK(map.columns.back() == "</s>");
  REQUIRE(map.weights.size() == map.rows.size() * map.columns.size());
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    double sum = 0;
    for (std::size_t i = 0; i < map.columns.size(); ++i)
      sum += map.weights[row * map.columns.size() + i];
    CHECK(sum == Approx(1));
  }
}

TEST_CASE("neither batches nor threads decide about a translation, drawn ones included",
          "[translator]") {
  Config config = small();
  Strings many;
  for (int i = 0; i < 700; ++i) many.push_back(german[i % 3] + (i % 7 == 0 ? " Buch" : ""));
  for (const double temperature : {0.0, 1.0}) {
    config.decode.temperature = temperature;
    std::vector<Strings> results;
    for (const int threads : {1, 2})
      for (const std::int64_t tokens : {30, 4096}) {
        config.decode.batch_tokens = tokens;
        const Untrained untrained(config);
        const int before = thread_count();
        set_thread_count(threads);
        Strings texts;
        for (const auto& best : untrained.translator.translate(many)) texts.push_back(best[0].text);
        set_thread_count(before);
        results.push_back(texts);
      }
    for (const Strings& texts : results) CHECK(texts == results[0]);
  }
}

TEST_CASE("what is drawn for a sentence depends on its line, not on where a block begins",
          "[translator]") {
  Config config = small();
  config.decode.temperature = 1.0;
  const Untrained untrained(config);
  const Strings same(4, german[2]);
  const auto whole = untrained.translator.translate(same);
  CHECK(whole[0][0].text != whole[2][0].text);
  const auto rest = untrained.translator.translate({same[2], same[3]}, {.line = 3});
  CHECK(rest[0][0].text == whole[2][0].text);
  CHECK(rest[1][0].text == whole[3][0].text);
}

TEST_CASE("n-best gives n translations, best first", "[translator]") {
  Config config = small();
  config.decode.n_best = config.decode.beam_size = 3;
  const Untrained untrained(config);
  const auto all = untrained.translator.translate(Strings{german[0], ""});
  CHECK(all[0].size() == 3);
  CHECK(all[0][0].score >= all[0][1].score);
  CHECK(all[1].size() == 3);
}

TEST_CASE("a sentence longer than the model reads is cut", "[translator]") {
  const Untrained untrained(small());
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += "Hund ";
  TextReport report("book");
  CHECK(untrained.translator.encode(endless, {&report, 3}).size() == 15);
  CHECK(report.summary() ==
        "book: 1 line with more tokens than the model reads, cut (first: line 3: 1000 tokens, cut "
        "to 15)");
  TextReport strict("book", /*strict=*/true);
  CHECK(
      mentions(failure_of(ExitCode::data,
                          [&] {
                            untrained.translator.translate(Strings{"Hund", endless}, {&strict, 4});
                          }),
               "book:5: more tokens"));
  CHECK_NOTHROW(untrained.translator.translate(endless));
}

TEST_CASE("capitals are read as small letters where the model knows only those", "[translator]") {
  Config config = small();
  config.data.lowercase = true;
  const Untrained untrained(config);
  const auto tokens = untrained.translator.encode("der mann");
  CHECK(untrained.translator.encode("DER MANN") == tokens);
  CHECK(std::ranges::count(tokens, Tokenizer::unknown) == 0);
}

TEST_CASE("vocabularies travel in a checkpoint", "[vocabularies]") {
  const std::shared_ptr<Tokenizer> source = train_tokenizer(german, {.kind = TokenizerKind::word});
  const std::shared_ptr<Tokenizer> target =
      train_tokenizer({"a dog runs"}, {.kind = TokenizerKind::word});
  Checkpoint one, two;
  write_vocabularies({source, source}, one);
  write_vocabularies({source, target}, two);
  const Vocabularies shared = read_vocabularies(one, false),
                     separate = read_vocabularies(two, false);
  CHECK(shared.source == shared.target);
  CHECK(separate.source->serialize() == source->serialize());
  CHECK(separate.target->serialize() == target->serialize());
}

TEST_CASE("a tokenizer that was damaged in a checkpoint is not even tried", "[vocabularies]") {
  const TemporaryFolder folder;
  const std::shared_ptr<Tokenizer> tokenizer =
      train_tokenizer(german, {.kind = TokenizerKind::bpe, .vocab_size = 40});
  Checkpoint checkpoint;
  write_vocabularies({tokenizer, tokenizer}, checkpoint);
  save_checkpoint(folder.file("a"), checkpoint);
  const std::string whole = read_file(folder.file("a"));
  const std::string bytes = tokenizer->serialize();
  const std::size_t begin = whole.find(bytes);
  REQUIRE(begin != std::string::npos);
  for (std::size_t at = 0; at < bytes.size(); at += bytes.size() / 50) {
    std::string damaged = whole;
    damaged[begin + at] ^= 0x20;
    const std::string path = folder.write("damaged", damaged);
    CHECK(mentions(failure_of(ExitCode::checkpoint, [&] { load_checkpoint(path); }),
                   "the checksum of \"tokenizer.source\" does not match"));
  }
}

TEST_CASE("the built-in corpus has names instead of files", "[data]") {
  Journal journal({.quiet = true});
  Config config;
  CHECK(load_pairs(config, "toy-train", {}, journal).size() == 12000);
  CHECK(load_pairs(config, "toy-test", {}, journal).size() == 500);
  for (const std::string name : {"toy", "toys/train", "toy-trian"})
    CHECK(mentions(failure_of(ExitCode::data, [&] { load_pairs(config, name, {}, journal); }),
                   name + ".de"));
  CHECK(
      mentions(failure_of(ExitCode::usage, [&] { load_translation_data(config, false, journal); }),
               "data.train is not set"));
}

TEST_CASE("what was mended in a corpus is told", "[data]") {
  const TemporaryFolder folder;
  folder.write("a.de", "EINS\n\xFF\n\ndrei\n");
  folder.write("a.en", "one\ntwo\nthree\n\n");
  Journal journal({.folder = folder.path(), .tensorboard = false, .quiet = true});
  Config config;
  config.data.lowercase = true;
  const auto pairs = load_pairs(config, folder.file("a"), {}, journal);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].source == "EINS");  // the tokenizer lower-cases
  const std::string log = read_file(folder.file("log.txt"));
  CHECK(mentions(log, "a.de: 1 line with invalid UTF-8, made U+FFFD (first: line 2)"));
  CHECK(mentions(log, "a.en: 2 lines with an empty side, left out (first: line 3)"));
  CHECK(
      mentions(failure_of(ExitCode::data,
                          [&] { load_pairs(config, folder.file("a"), {.strict = true}, journal); }),
               "a.de:2: invalid UTF-8"));
}
