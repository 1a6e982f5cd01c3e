#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "tasks/language_model/data.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"

// Texts that are broken in many ways end with the file, the line where there is one, and the reason;
// what can be mended is counted and told.

using namespace lectern;

namespace {

const std::string good = "a line of words\nand another line of words\n";

class Broken {
 public:
  std::string write(const std::string& name, const std::string& bytes) {
    return place_.write(name, bytes);
  }
  std::string pack(const std::string& name, const std::string& bytes) {
    const std::string path = place_.file(name);
    gzFile packed = gzopen(path.c_str(), "wb");
    gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(packed);
    return path;
  }
  std::string file(const std::string& name) const { return place_.file(name); }

 private:
  TemporaryFolder place_;
};

/// What a training begins with: the vocabulary is learned, then the text is read.
TokenText read(TokenizerKind kind, const std::string& path, bool strict = false) {
  Config config = parse_config(
      text("[task]\nname = \"language_model\"\nlength = 4\nvalid_share = 0\n[tokenizer]\nkind = \"",
           name_of(kind), "\"\nvocab_size = ", is_of_words(kind) ? 100 : 30, "\n"),
      "test");
  config.data.train = path;
  Journal journal({.quiet = true});
  auto tokenizer = learn_vocabulary(config, part_of(config, Split::train, 0.0), strict, journal);
  return open_text(config, Split::train, 0.0, std::move(tokenizer), {.strict = strict});
}

std::string refusal_of(TokenizerKind kind, const std::string& path, bool strict = false) {
  return failure_of(ExitCode::data, [&] { read(kind, path, strict); });
}

std::string told(TokenizerKind kind, const std::string& path) {
  return read(kind, path).report().summary();
}

constexpr TokenizerKind all[] = {TokenizerKind::byte, TokenizerKind::bpe, TokenizerKind::word,
                                 TokenizerKind::whitespace};
constexpr TokenizerKind of_lines[] = {TokenizerKind::bpe, TokenizerKind::word,
                                      TokenizerKind::whitespace};

}  // namespace

TEST_CASE("1: a file that is not there", "[broken]") {
  Broken broken;
  for (const TokenizerKind kind : all)
    CHECK(refusal_of(kind, broken.file("absent.txt")) ==
          broken.file("absent.txt") + ": No such file or directory");
}

TEST_CASE("2: a folder", "[broken]") {
  Broken broken;
  std::filesystem::create_directory(broken.file("folder"));
  for (const TokenizerKind kind : all)
    CHECK(refusal_of(kind, broken.file("folder")) ==
          broken.file("folder") + ": is a folder; give a text file");
}

TEST_CASE("3: an empty file", "[broken]") {
  Broken broken;
  const std::string path = broken.write("empty.txt", "");
  CHECK(refusal_of(TokenizerKind::byte, path) ==
        path + ": 0 bytes for the part \"train\" are too few; try a longer text");
  for (const TokenizerKind kind : of_lines) CHECK(mentions(refusal_of(kind, path), path + ": "));
}

TEST_CASE("4: blank lines alone", "[broken]") {
  Broken broken;
  const std::string path = broken.write("blank.txt", "\n \n\n   \n");
  for (const TokenizerKind kind : of_lines) CHECK(mentions(refusal_of(kind, path), path + ": "));
  CHECK(read(TokenizerKind::byte, path).size() == 8);
}

TEST_CASE("5: a packed file that was cut off", "[broken]") {
  Broken broken;
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += "line " + std::to_string(i * i) + " of words\n";
  const std::string path = broken.pack("cut.gz", lines);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  for (const TokenizerKind kind : all)
    CHECK(mentions(refusal_of(kind, path), path + ": damaged or cut off"));
}

TEST_CASE("6: a packed file with a flipped bit", "[broken]") {
  Broken broken;
  const std::string path = broken.pack("flipped.gz", good + good + good);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(30);
  const char byte = static_cast<char>(file.get());
  file.seekp(30);
  file.put(static_cast<char>(byte ^ 16));
  file.close();
  for (const TokenizerKind kind : all)
    CHECK(mentions(refusal_of(kind, path), path + ": damaged or cut off"));
}

TEST_CASE("7: a text that is called .gz", "[broken]") {
  Broken broken;
  const std::string path = broken.write("text.gz", good);
  for (const TokenizerKind kind : all)
    CHECK(mentions(refusal_of(kind, path), path + ": is not gzip data"));
}

TEST_CASE("8: invalid UTF-8 is mended and counted, or refused with its line", "[broken]") {
  Broken broken;
  const std::string path = broken.write("latin.txt", good + "na\xEFve \xFF words\n" + good);
  for (const TokenizerKind kind : of_lines) {
    CHECK(told(kind, path) == path + ": 1 line with invalid UTF-8, made U+FFFD (first: line 3)");
    CHECK(mentions(refusal_of(kind, path, /*strict=*/true), path + ":3: invalid UTF-8"));
  }
  CHECK(told(TokenizerKind::byte, path).empty());  // bytes are bytes
}

TEST_CASE("9: NUL bytes are kept and counted, or refused with their line", "[broken]") {
  Broken broken;
  const std::string path =
      broken.write("nul.txt", good + std::string("wor\0ds\n\0\0\n", 10) + good);
  for (const TokenizerKind kind : of_lines) {
    CHECK(told(kind, path) == path + ": 2 lines with a NUL byte, kept (first: line 3)");
    CHECK(mentions(refusal_of(kind, path, /*strict=*/true), path + ":3: a NUL byte"));
  }
  CHECK(read(TokenizerKind::byte, path).size() == 2 * std::ssize(good) + 10);
}

TEST_CASE("10: a line of a hundred megabytes", "[broken]") {
  Broken broken;
  std::string line = good + std::string(100 << 20, 'x');
  const std::string path = broken.pack("long.gz", line);
  for (const TokenizerKind kind : {TokenizerKind::word, TokenizerKind::whitespace})
    CHECK(refusal_of(kind, path) == path + ":3: a line of more than 64 MiB; is this a text?");
  CHECK(read(TokenizerKind::byte, path).size() == std::ssize(line));
}

TEST_CASE("11: a word of a million letters is cut and counted", "[broken]") {
  Broken broken;
  const std::string path =
      broken.write("word.txt", good + std::string(1'000'000, 'x') + " words\n" + good);
  for (const TokenizerKind kind : {TokenizerKind::word, TokenizerKind::whitespace})
    CHECK(told(kind, path) ==
          path + ": 1 line with a word of more than 10000 characters, cut (first: line 3)");
}

TEST_CASE("12: a text that changes while it is read", "[broken]") {
  Broken broken;
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += good;
  const std::string path = broken.write("changing.txt", lines);
  TokenText opened({.path = path}, nullptr, {.piece = 64});
  broken.write("changing.txt", good);
  CHECK(mentions(failure_of(ExitCode::data, [&] { opened.piece(opened.pieces() - 1); }),
                 path + ": has become shorter while it was read"));
}

TEST_CASE("13: bytes where a vocabulary has to be learned", "[broken]") {
  CHECK(mentions(
      failure_of(ExitCode::usage, [] { train_tokenizer({good}, {.kind = TokenizerKind::byte}); }),
      "only a language model reads bytes; try tokenizer.kind=bpe"));
}
