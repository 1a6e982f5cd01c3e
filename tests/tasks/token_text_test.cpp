#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "tasks/language_model/data.h"
#include "tasks/language_model/language_model_kind.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/task/trained_run.h"
#include "tensor/platform.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"
#include "tests/tensor/helpers.h"

// How a text becomes one long sequence of tokens: words, subwords and bytes, whole or in pieces.

using namespace lectern;

namespace {

using Ids = std::vector<std::int32_t>;

constexpr TokenizerKind every_kind[] = {TokenizerKind::byte, TokenizerKind::bpe,
                                        TokenizerKind::unigram, TokenizerKind::word,
                                        TokenizerKind::whitespace};

/// Lines as WikiText has them.
const std::string wiki =
    " \n = Title = \n \n The <unk> of 1 @,@ 000 men , who @-@ \n said \" no \" . \n = = End = = \n";

std::string poem(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i)
    text += "line " + std::to_string(i % 7) + " of a long poem , with " + std::to_string(i % 11) +
            " rhymes .\n";
  return text;
}

std::string write_packed(const TemporaryFolder& place, const std::string& name,
                         const std::string& bytes) {
  const std::string path = place.file(name);
  gzFile packed = gzopen(path.c_str(), "wb");
  gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(packed);
  return path;
}

Config config_for(TokenizerKind kind, const std::string& train) {
  return parse_config(
      text("[task]\nname = \"language_model\"\nlength = 8\nvalid_share = 0\n",
           "[tokenizer]\nkind = \"", name_of(kind), "\"\nvocab_size = ",
           is_of_words(kind)                ? 1000
           : kind == TokenizerKind::unigram ? 34
                                            : 60,
           "\n[data]\ntrain = \"", train, "\"\n[model]\nd_model = 16\nnhead = 2\nnum_layers = 1\n",
           "dim_feedforward = 16\nmax_length = 32\ndropout = 0\n", "[train]\nbatch_size = 3\n"),
      "test");
}

std::shared_ptr<const Tokenizer> vocabulary(const Config& config) {
  Journal journal({.quiet = true});
  return learn_vocabulary(config, {.path = config.data.train}, false, journal);
}

TokenText open_train(const Config& config, const std::shared_ptr<const Tokenizer>& tokenizer,
                     std::int64_t piece = 1 << 20) {
  return open_text(config, Split::train, 0.0, tokenizer, {.piece = piece});
}

}  // namespace

TEST_CASE("words are what stands between white space, and every line has an end", "[token_text]") {
  const TemporaryFolder place;
  const Config config = config_for(TokenizerKind::whitespace, place.write("wiki", wiki));
  const auto tokenizer = vocabulary(config);
  TokenText read = open_train(config, tokenizer);
  std::string words;
  for (const std::int32_t token : read.read(0, read.size())) words += tokenizer->piece(token) + " ";
  CHECK(words ==
        "</s> = Title = </s> </s> The <unk> of 1 @,@ 000 men , who @-@ </s> said \" no \" . </s> "
        "= = End = = </s> ");
  CHECK(read.size() == 29);
  CHECK(read.counts().words == 29);
  CHECK(read.counts().unknown == 1);  // the text itself says <unk>
  CHECK(read.counts().bytes == std::ssize(wiki));
  CHECK(read.counts().lines == 6);
  CHECK(std::ranges::count(words, '<') == 7);  // <unk> is one token, not a word beside it
}

TEST_CASE("words outside the vocabulary are unknown, and counted", "[token_text]") {
  const TemporaryFolder place;
  Config config = config_for(TokenizerKind::whitespace, place.write("train", "a a b b c\na b\n"));
  config.tokenizer.min_frequency = 2;
  const auto tokenizer = vocabulary(config);
  CHECK(tokenizer->size() == Tokenizer::special_tokens + 2);
  config.data.test = place.write("test", "a c d\n\nb");
  TokenText test = open_text(config, Split::test, 0.0, tokenizer, {});
  const std::int32_t unknown = Tokenizer::unknown, end = Tokenizer::end;
  CHECK(test.read(0, 100) == Ids{4, unknown, unknown, end, end, 5, end});
  CHECK(test.counts().unknown == 2);
  CHECK(test.size() == 7);
}

TEST_CASE("every kind of token counts the same words and bytes", "[token_text]") {
  const TemporaryFolder place;
  const std::string text = poem(40);
  for (const TokenizerKind kind : every_kind) {
    INFO(name_of(kind));
    const Config config = config_for(kind, place.write("poem", text));
    const TokenText read = open_train(config, vocabulary(config));
    CHECK(read.counts().words == 40 * 12);
    CHECK(read.counts().bytes == std::ssize(text));
    CHECK(read.counts().lines == 40);
    CHECK(read.counts().checksum ==
          TokenText(text).counts().checksum);  // of the text, whatever its tokens are
  }
}

TEST_CASE("a text in pieces is the whole text", "[token_text]") {
  const TemporaryFolder place;
  const std::string text = poem(50);
  for (const TokenizerKind kind : every_kind) {
    for (const bool packed : {false, true}) {
      INFO(name_of(kind) << (packed ? ", packed" : ""));
      const Config config = config_for(
          kind, packed ? write_packed(place, "poem.gz", text) : place.write("poem", text));
      const auto tokenizer = vocabulary(config);
      TokenText whole = open_train(config, tokenizer);
      TokenText pieces = open_train(config, tokenizer, 64);
      REQUIRE(whole.pieces() == 1);
      REQUIRE(pieces.pieces() > 4);
      CHECK(pieces.size() == whole.size());
      const Ids expected = whole.read(0, whole.size());
      CHECK(pieces.read(0, pieces.size()) == expected);
      Ids joined;
      for (const std::int64_t number : {2, 0, 1, 0}) {  // in any order
        const auto piece = pieces.piece(number);
        CHECK(std::ssize(piece) == pieces.piece_size(number));
        CHECK(std::ranges::equal(
            piece, std::span(expected).subspan(number * pieces.piece_size(0), piece.size())));
      }
      CHECK(pieces.read(60, 10) == Ids(expected.begin() + 60, expected.begin() + 70));
      CHECK(pieces.read(pieces.size() - 2, 10) == Ids(expected.end() - 2, expected.end()));
    }
  }
}

TEST_CASE("of a text in pieces two pieces are in memory, and a line", "[token_text]") {
  const TemporaryFolder place;
  std::string bytes;
  for (int i = 0; i < 48; ++i) bytes += poem(20000);  // 40 MB, 12 million words
  const std::string path = write_packed(place, "long.gz", bytes);
  const std::int64_t size = std::ssize(bytes);
  bytes = std::string();
  const Config config = config_for(TokenizerKind::whitespace, path);
  const auto tokenizer = vocabulary(config);
  constexpr std::int64_t piece = 1 << 16;
  const std::int64_t before = most_bytes_used();
  TokenText read = open_train(config, tokenizer, piece);
  CHECK(read.counts().bytes == size);
  for (std::int64_t i = 0; i < read.pieces(); i += 40) read.piece(i);
  CHECK(read.tokens_in_memory() <= 2 * piece + 12);
  CHECK(most_bytes_used() - before < std::int64_t{8} << 20);
}

TEST_CASE("an epoch goes through all pieces, a function of seed and epoch", "[token_text]") {
  const TemporaryFolder place;
  const Config config = config_for(TokenizerKind::whitespace, place.write("poem", poem(50)));
  const auto tokenizer = vocabulary(config);
  const auto task_of = [&](std::int64_t piece) {
    return LanguageModelTask(config, {.train = open_train(config, tokenizer, piece)}, tokenizer);
  };
  LanguageModelTask task = task_of(64), again = task_of(64);
  const std::int64_t batches = task.batches_in_epoch(0);
  CHECK(batches == 10 * 2);  // 600 tokens in 10 pieces of 60, which are 6 windows, 3 a batch
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < batches; ++i) tokens += task.batch(0, i).target_tokens;
  CHECK(tokens == 10 * 6 * 8);
  // Resumed in the middle, or asked backwards: the same batches.
  for (std::int64_t i = batches - 1; i >= 0; i -= 4)
    CHECK(same_bits(again.batch(1, i).ids, task.batch(1, i).ids));
  CHECK_FALSE(same_bits(task.batch(0, 0).ids, task.batch(1, 0).ids));
}

TEST_CASE("the score of a text does not depend on its pieces", "[token_text]") {
  const TemporaryFolder place;
  for (const std::int64_t stride : {0, 3}) {
    Config config = config_for(TokenizerKind::bpe, place.write("poem", poem(20)));
    config.task.as<LanguageModelSettings>().stride = stride;
    const auto tokenizer = vocabulary(config);
    Initializer init(3);
    LanguageModel model(language_model_options(config, tokenizer.get()), init);
    evaluate(model);
    TokenText whole = open_train(config, tokenizer), pieces = open_train(config, tokenizer, 64);
    const TokenScore expected = score_text(model, whole, config);
    const TokenScore found = score_text(model, pieces, config);
    CHECK(found.count == whole.size() - 1);
    CHECK(found.sum() == expected.sum());
    CHECK(found.right == expected.right);
  }
}

TEST_CASE("what is held out of lines is in no other part", "[token_text]") {
  const TemporaryFolder place;
  Config config = config_for(TokenizerKind::whitespace, place.write("ten", poem(10)));
  const TextPart train = part_of(config, Split::train, 0.25);
  const TextPart valid = part_of(config, Split::valid, 0.25);
  CHECK(train.end == 7);
  CHECK(valid.first == 7);
  const auto tokenizer = vocabulary(config);
  TokenText first = open_text(config, Split::train, 0.25, tokenizer, {});
  TokenText last = open_text(config, Split::valid, 0.25, tokenizer, {});
  CHECK(first.counts().lines == 7);
  CHECK(last.counts().lines == 3);
  TokenText all = open_train(config, tokenizer);
  Ids joined = first.read(0, 1000);
  const Ids rest = last.read(0, 1000);
  joined.insert(joined.end(), rest.begin(), rest.end());
  CHECK(joined == all.read(0, 1000));
  // The vocabulary does not know the held-out lines.
  Config words = config_for(TokenizerKind::whitespace, place.write("w", "a b\na b\na b\nz z\n"));
  Journal journal({.quiet = true});
  const TextPart part = part_of(words, Split::train, 0.25);
  CHECK(learn_vocabulary(words, part, false, journal)->size() == Tokenizer::special_tokens + 2);
}

// LECTERN_WIKITEXT2=…: a folder with the published train.txt.gz, valid.txt.gz and test.txt.gz.
TEST_CASE("WikiText-2 has its published numbers of words", "[token_text]") {
  const char* folder = std::getenv("LECTERN_WIKITEXT2");
  if (!folder) {
    WARN("SKIPPED: LECTERN_WIKITEXT2 does not name the folder of the published files");
    return;
  }
  Config config = config_for(TokenizerKind::whitespace, text(folder, "/train.txt.gz"));
  config.tokenizer.vocab_size = 40'000;
  config.data.valid = text(folder, "/valid.txt.gz");
  config.data.test = text(folder, "/test.txt.gz");
  const auto tokenizer = vocabulary(config);
  CHECK(tokenizer->size() == 33'278 + 2);  // <pad> and <s> beside them
  const auto size = [&](Split split) {
    return open_text(config, split, 0.0, tokenizer, {}).size();
  };
  CHECK(size(Split::train) == 2'088'628);
  CHECK(size(Split::valid) == 217'646);
  CHECK(size(Split::test) == 245'569);
}

TEST_CASE("a checkpoint keeps the vocabulary, and an older one means bytes", "[token_text]") {
  const TemporaryFolder place;
  for (const TokenizerKind kind : every_kind) {
    INFO(name_of(kind));
    const Config config = config_for(kind, place.write("poem", poem(50)));
    const auto tokenizer = vocabulary(config);
    LanguageModelTask task(config, {.train = open_train(config, tokenizer)}, tokenizer);
    Checkpoint checkpoint;
    task.describe(checkpoint);
    for (const NamedParameter& parameter : parameters(task.model()))
      checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
    const Config stored = trained_config(checkpoint);
    CHECK(stored.tokenizer.kind == kind);
    const TrainedLanguageModel trained = load_language_model(checkpoint, stored);
    CHECK((trained.tokenizer == nullptr) == (kind == TokenizerKind::byte));
    if (tokenizer) CHECK(trained.tokenizer->serialize() == tokenizer->serialize());
    if (kind != TokenizerKind::byte) continue;
    Config older = config;
    older.tokenizer.kind = TokenizerKind::bpe;  // a default that nobody read
    checkpoint.metadata["config"] = to_toml(older);
    checkpoint.metadata.erase("tokenizer.kind");
    CHECK(trained_config(checkpoint).tokenizer.kind == TokenizerKind::byte);
  }
}
