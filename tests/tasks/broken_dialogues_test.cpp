#include <zlib.h>

#include <filesystem>

#include "tests/tasks/chatbot_testing.h"

// Dialogues that are broken in many ways end with the file, the line where there is one, and the
// reason; what can be kept, mended, split or cut is counted and told, and refused with --strict.

using namespace lectern;

namespace {

const std::string good = "hello\ngood day\nbye\nbye\n\nhow are you\nwell\n";

class Place {
 public:
  std::string write(const std::string& name, const std::string& bytes) {
    return folder_.write(name, bytes);
  }
  std::string pack(const std::string& name, const std::string& bytes) {
    const std::string path = folder_.file(name);
    gzFile packed = gzopen(path.c_str(), "wb");
    gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(packed);
    return path;
  }
  std::string file(const std::string& name) const { return folder_.file(name); }

 private:
  TemporaryFolder folder_;
};

DialogueSet read(const std::string& path, bool strict = false, std::int64_t length = 8) {
  return encode_dialogues(read_dialogues(path, strict), words_of({good}), length);
}
std::string told(const std::string& path) { return read(path).report.summary(); }
std::string refusal(const std::string& path, bool strict = false) {
  return failure_of(ExitCode::data, [&] { read(path, strict); });
}

}  // namespace

TEST_CASE("dialogues are read, plain and packed, and nothing is told of good ones", "[chatbot]") {
  Place place;
  for (const std::string& path : {place.write("plain", good), place.pack("packed.gz", good)}) {
    const DialogueText read = read_dialogues(path, /*strict=*/true);
    REQUIRE(read.dialogues.size() == 2);
    CHECK(read.dialogues[0].size() == 4);
    CHECK(read.dialogues[1][1].text == "well");
    CHECK(read.dialogues[1][1].line == 7);
    CHECK(read.report.summary().empty());
  }
  const std::string spaced = "\n\nhello\ngood day\nbye\nbye\n\n \t\n\nhow are you\nwell\n\n";
  const DialogueText same = read_dialogues(place.write("spaced", spaced));
  CHECK(same.dialogues.size() == 2);
  CHECK(same.dialogues[1][0].line == 10);
  const DialogueText windows =
      read_dialogues(place.write("crlf", "hello\r\nbye\r\n\r\na\r\nb\r\n"));
  REQUIRE(windows.dialogues.size() == 2);
  CHECK(windows.dialogues[0][1].text == "bye");
}

TEST_CASE("files that hold no dialogue are refused", "[chatbot]") {
  Place place;
  std::filesystem::create_directory(place.file("folder"));
  const std::string packed = place.pack("whole.gz", std::string(1000, 'x') + good);
  std::filesystem::resize_file(packed, 30);
  CHECK(mentions(refusal(place.file("absent")), "absent: "));
  CHECK(mentions(refusal(place.file("folder")), "folder: "));
  CHECK(mentions(refusal(packed), "damaged or cut off"));
  CHECK(mentions(refusal(place.write("empty", "")), "empty:0: the file ends without a dialogue"));
  CHECK(mentions(refusal(place.write("blank", "\n \n\n")), "blank:3: the file ends without"));
  CHECK(mentions(refusal(place.write("data.json", "[]\n")),
                 "data.json: a JSON file; expected lines that user and system say in turn"));
}

TEST_CASE("what is wrong with a line is counted, and refused when strict", "[chatbot]") {
  Place place;
  const std::string bytes = place.write("bytes", "hello\ngood \xff day\n");
  CHECK(told(bytes) == bytes + ": 1 line with invalid UTF-8, made U+FFFD (first: line 2)");
  CHECK(mentions(refusal(bytes, true), "bytes:2: invalid UTF-8"));

  const std::string nul = place.write("nul", std::string("hello\nby\0e\n", 11));
  CHECK(told(nul) == nul + ": 1 line with a NUL byte, kept (first: line 2)");
  CHECK(mentions(refusal(nul, true), "nul:2: a NUL byte"));

  const std::string odd = place.write("odd", "hello\ngood day\nbye\n\nhello\n");
  CHECK(told(odd) ==
        odd + ": 2 lines with a user's last word that nobody answers, kept (first: line 3)");
  CHECK(mentions(refusal(odd, true), "odd:3: a user's last word that nobody answers"));
  CHECK(read(odd).turns == 4);

  const std::string word = place.write("word", "hello\n" + std::string(10'001, 'x') + "\n");
  CHECK(mentions(told(word), "1 line with a word of more than 10000 characters, cut"));
  CHECK(mentions(refusal(word, true), "word:2: "));

  const std::string mute = place.write("mute", "hello\n\x01\x02\n");
  CHECK(read(mute).turns == 2);  // control characters are kept by a tokenizer of words
}

TEST_CASE("what is too long is split between turns, or cut, and counted", "[chatbot]") {
  Place place;
  const std::string many =
      place.write("many", good + "\nhello\nhello\nhello\nhello\nhow are\nyou\n");
  CHECK(told(many) ==
        many +
            ": 2 lines with a dialogue of more tokens than task.length, split between "
            "turns (first: line 1: 9 tokens, at most 8)");
  CHECK(mentions(refusal(many, true), "many:1: a dialogue of more tokens than task.length"));

  const std::string one = place.write("one", "hello\nbye bye bye bye bye bye bye bye bye\n");
  CHECK(mentions(told(one),
                 "1 line with more tokens in one turn than task.length, cut (first: line "
                 "2: 10 tokens, cut to 8)"));
  CHECK(mentions(refusal(one, true), "one:2: more tokens in one turn than task.length"));
}
