#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <semaphore>
#include <thread>

#include "tasks/text/lines.h"
#include "tasks/text/unicode.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Strings = std::vector<std::string>;

namespace {

void write_gz(const std::string& path, const std::string& content) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
}

struct Read {
  Strings lines;
  TextReport report;
};

Read read(const std::string& content, const ReadOptions& options = {}) {
  const TemporaryFolder folder;
  Read result;
  result.lines = read_lines(folder.write("text", content), options, &result.report);
  return result;
}

std::string replaced(std::string text, std::int64_t expected_replaced) {
  CHECK(mend_utf8(text) == expected_replaced);
  return text;
}

const std::string mark = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

TEST_CASE("a line ends at a line feed", "[lines]") {
  CHECK(read("").lines.empty());
  CHECK(read("\n").lines == Strings{""});
  CHECK(read("a\nb\n").lines == Strings{"a", "b"});
  CHECK(read("a\n\nb").lines == Strings{"a", "", "b"});  // the last one may lack its end
}

TEST_CASE("a line ends at nothing but a line feed", "[lines]") {
  const std::string separator = "\xE2\x80\xA8", next_line = "\xC2\x85";  // U+2028, U+0085
  const std::string odd = "a" + separator + "b" + next_line + "c\vd\fe\rf";
  CHECK(read(odd + "\ng\n").lines == Strings{odd, "g"});
}

TEST_CASE("the byte order mark and Windows line ends go", "[lines]") {
  CHECK(read("\xEF\xBB\xBF"
             "a\r\nb\r\n")
            .lines == Strings{"a", "b"});
  CHECK(read("a\n\xEF\xBB\xBF"
             "b\n")
            .lines == Strings{"a",
                              "\xEF\xBB\xBF"
                              "b"});
  CHECK(read("\r\n").lines == Strings{""});
}

TEST_CASE("NUL bytes are characters", "[lines]") {
  const std::string line("a\0b", 3);
  CHECK(read(line + "\nc\n").lines == Strings{line, "c"});
}

TEST_CASE("well-formed UTF-8 is left alone", "[lines]") {
  for (const std::string good :
       {"", "a", "ä", "€", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF",
        "\xC2\x80", "\xE0\xA0\x80", "\xF0\x90\x80\x80"})
    CHECK(replaced(good, 0) == good);
}

TEST_CASE("every kind of broken UTF-8 is mended", "[lines]") {
  CHECK(replaced("\xC0\x80", 2) == mark + mark);                        // overlong
  CHECK(replaced("\xE0\x80\x80", 3) == mark + mark + mark);             // overlong
  CHECK(replaced("\xF0\x8F\xBF\xBF", 4) == mark + mark + mark + mark);  // overlong
  CHECK(replaced("\xED\xA0\x80", 3) == mark + mark + mark);             // surrogate
  CHECK(replaced("\xF4\x90\x80\x80", 4) == mark + mark + mark + mark);  // above U+10FFFF
  CHECK(replaced("a\x80z", 1) == "a" + mark + "z");                     // out of nothing
  CHECK(replaced("a\xE2\x82", 2) == "a" + mark + mark);                 // cut off
  CHECK(replaced("\xC3z", 1) == mark + "z");
  CHECK(replaced("\xFF\xFE", 2) == mark + mark);
}

TEST_CASE("mended lines are counted, and the first one named", "[lines]") {
  const Read result = read("good\n\xFF\ngood\n\x80\n\x80\n\x80\n");
  CHECK(result.lines == Strings{"good", mark, "good", mark, mark, mark});
  CHECK(result.report.count(invalid_utf8) == 4);
  CHECK(mentions(result.report.summary(),
                 "text: 4 lines with invalid UTF-8, made U+FFFD (first: line 2)"));
  CHECK(mentions(read("\xFF\n").report.summary(), ": 1 line with invalid UTF-8"));
  CHECK(read("good\n").report.summary().empty());
}

TEST_CASE("a report counts each finding, and keeps the first", "[lines]") {
  TextReport report("book");
  report.add(3, empty_side);
  report.add(4, long_sentence, "181 tokens, cut to 63");
  report.add(5, long_sentence, "99 tokens, cut to 63");
  CHECK(report.summary() ==
        "book: 1 line with an empty side, left out (first: line 3); 2 lines with more tokens than "
        "the model reads, cut (first: line 4: 181 tokens, cut to 63)");
  TextReport strict("book", /*strict=*/true);
  CHECK(mentions(
      failure_of(ExitCode::data, [&] { strict.add(4, long_sentence, "181 tokens, cut to 63"); }),
      "book:4: more tokens than the model reads: 181 tokens, cut to 63; correct"));
}

TEST_CASE("verbatim reading keeps every byte, and counts the wrong ones", "[lines]") {
  const std::string bytes = "\xEF\xBB\xBFx";
  const Read result = read(bytes + "\n\xFF\n", {.verbatim = true});
  CHECK(result.lines == Strings{bytes, "\xFF"});
  CHECK(result.report.count(invalid_utf8) == 1);
}

TEST_CASE("strict reading refuses invalid UTF-8 with file and line", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("text", "a\nb\n\xED\xA0\x80\n");
  const std::string message =
      failure_of(ExitCode::data, [&] { read_lines(path, {.strict = true}); });
  CHECK(mentions(message, path + ":3: invalid UTF-8"));
}

TEST_CASE("a long line is read whole; one that is no text is refused", "[lines]") {
  const TemporaryFolder folder;
  const std::string megabyte(1 << 20, 'x');
  CHECK(read(megabyte + "\nshort\n").lines == Strings{megabyte, "short"});
  const std::string path = folder.file("zeros.gz");
  write_gz(path, "a line\n" + std::string((64 << 20) + 1, '\0'));
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(path); }),
                 "zeros.gz:2: a line of more than 64 MiB"));
}

TEST_CASE("a reader knows whether a line has arrived", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::binary_semaphore turn(0);
  bool written = true;
  std::thread writer([&] {  // Catch's checks are for one thread
    const int pipe = ::open(path.c_str(), O_WRONLY);
    for (const char* words : {"one\ntwo\nth", "ree\n"}) {
      written = written && ::write(pipe, words, std::strlen(words)) > 0;
      turn.acquire();
    }
    ::close(pipe);
  });
  LineReader reader(path);
  std::string line;
  CHECK((reader.next(line) && line == "one"));
  CHECK(reader.ready());
  CHECK((reader.next(line) && line == "two"));
  CHECK_FALSE(reader.ready());  // half a line waits for the other
  turn.release();
  CHECK((reader.next(line) && line == "three"));
  CHECK_FALSE(reader.ready());
  turn.release();
  CHECK_FALSE(reader.next(line));
  CHECK(reader.ready());
  CHECK(reader.lines() == 3);
  writer.join();
  CHECK(written);
}

TEST_CASE("packed texts read like plain ones", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("text.gz");
  write_gz(path, "eins\nzwei\n");
  CHECK(read_lines(path) == Strings{"eins", "zwei"});
}

TEST_CASE("packed texts may follow each other, and zeros them, but nothing else", "[lines]") {
  const TemporaryFolder folder;
  write_gz(folder.file("one.gz"), "eins\nzw");
  write_gz(folder.file("two.gz"), "ei\n");
  const std::string both = read_file(folder.file("one.gz")) + read_file(folder.file("two.gz"));
  const std::string path = folder.file("text.gz");
  folder.write("text.gz", both);
  CHECK(read_lines(path) == Strings{"eins", "zwei"});
  folder.write("text.gz", both + std::string(100000, '\0'));
  CHECK(read_lines(path) == Strings{"eins", "zwei"});
  for (const std::string garbage : {"x", "garbage", "\x1F", "\x1F\x8B", "\n"}) {
    folder.write("text.gz", both + garbage);
    CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(path); }), "fetch the file again"));
  }
}

TEST_CASE("a packed text of any size needs the memory of a line", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("lines.gz");
  const gzFile file = gzopen(path.c_str(), "wb9");
  const std::string ends(1 << 20, '\n');
  for (int i = 0; i < 40; ++i) gzwrite(file, ends.data(), static_cast<unsigned>(ends.size()));
  gzclose(file);
  LineReader reader(path);
  std::int64_t lines = 0;
  for (std::string line; reader.next(line);) ++lines;
  CHECK(lines == 40 << 20);
}

TEST_CASE("a packed text that was cut off anywhere is refused", "[lines]") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 2000; ++i) content += std::to_string(i * 7919 % 10007) + "\n";
  write_gz(folder.file("whole.gz"), content);
  const std::string whole = read_file(folder.file("whole.gz"));
  int refused = 0;
  for (std::size_t part = 0; part < 32; ++part) {
    const std::string path = folder.write("cut.gz", whole.substr(0, whole.size() * part / 32));
    const std::string message = failure_of(ExitCode::data, [&] { read_lines(path); });
    refused += mentions(message, path) && mentions(message, "fetch");
  }
  for (const std::size_t missing : {1, 4, 8, 9})  // checksum and length stand at the end
    refused += mentions(
        failure_of(
            ExitCode::data,
            [&] { read_lines(folder.write("cut.gz", whole.substr(0, whole.size() - missing))); }),
        "damaged or cut off");
  CHECK(refused == 36);
}

TEST_CASE("a damaged packed text is refused", "[lines]") {
  const TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 2000; ++i) content += std::to_string(i * 7919 % 10007) + "\n";
  write_gz(folder.file("whole.gz"), content);
  std::string damaged = read_file(folder.file("whole.gz"));
  damaged[damaged.size() / 2] ^= 0x10;
  const std::string path = folder.write("damaged.gz", damaged);
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(path); }), "damaged or cut off"));
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(folder.write("not.gz", "text\n")); }),
                 "is not gzip data"));
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(folder.write("empty.gz", "")); }),
                 "is not gzip data"));
}

TEST_CASE("what is no readable file is refused by its name", "[lines]") {
  const TemporaryFolder folder;
  CHECK(failure_of(ExitCode::data, [&] { read_lines(folder.path()); }) ==
        folder.path() + ": is a folder; give a text file");
  CHECK(failure_of(ExitCode::data, [&] { read_lines(folder.file("absent")); }) ==
        folder.file("absent") + ": No such file or directory");
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_lines(std::string(5000, 'x')); }),
                 "File name too long"));
}
