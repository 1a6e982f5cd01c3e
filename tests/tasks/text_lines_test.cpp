#include <zlib.h>

#include "tasks/text/lines.h"
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

std::string mended(std::string text, std::int64_t expected_replaced) {
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
    CHECK(mended(good, 0) == good);
}

TEST_CASE("every kind of broken UTF-8 is mended", "[lines]") {
  CHECK(mended("\xC0\x80", 2) == mark + mark);                        // overlong
  CHECK(mended("\xE0\x80\x80", 3) == mark + mark + mark);             // overlong
  CHECK(mended("\xF0\x8F\xBF\xBF", 4) == mark + mark + mark + mark);  // overlong
  CHECK(mended("\xED\xA0\x80", 3) == mark + mark + mark);             // surrogate
  CHECK(mended("\xF4\x90\x80\x80", 4) == mark + mark + mark + mark);  // above U+10FFFF
  CHECK(mended("a\x80z", 1) == "a" + mark + "z");                     // out of nothing
  CHECK(mended("a\xE2\x82", 2) == "a" + mark + mark);                 // cut off
  CHECK(mended("\xC3z", 1) == mark + "z");
  CHECK(mended("\xFF\xFE", 2) == mark + mark);
}

TEST_CASE("mended lines are counted, and the first ones named", "[lines]") {
  const Read result = read("good\n\xFF\ngood\n\x80\n\x80\n\x80\n");
  CHECK(result.lines == Strings{"good", mark, "good", mark, mark, mark});
  CHECK(result.report.lines == 6);
  CHECK(result.report.invalid_utf8 == 4);
  CHECK(result.report.first_invalid == std::vector<std::int64_t>{2, 4, 5});
  CHECK(result.report.summary() == "4 lines with invalid UTF-8 (line 2, 4, 5, …)");
  CHECK(read("\xFF\n").report.summary() == "1 line with invalid UTF-8 (line 1)");
  CHECK(read("good\n").report.summary().empty());
}

TEST_CASE("strict reading refuses invalid UTF-8 with file and line", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.write("text", "a\nb\n\xED\xA0\x80\n");
  const std::string message =
      failure_of(ExitCode::data, [&] { read_lines(path, {.strict = true}); });
  CHECK(mentions(message, path + ":3: invalid UTF-8"));
}

TEST_CASE("long lines are cut at a whole character and counted", "[lines]") {
  const Read megabyte = read(std::string(1 << 20, 'x') + "\nshort\n");
  CHECK(megabyte.lines.size() == 2);
  CHECK(megabyte.lines[0].size() == 1 << 16);
  CHECK(megabyte.lines[1] == "short");
  CHECK(megabyte.report.cut == 1);
  CHECK(megabyte.report.summary() == "1 line cut because too long");

  const Read umlauts = read("xäöü\n", {.max_line_bytes = 4});  // cut inside the ö
  CHECK(umlauts.lines == Strings{"xä"});
  CHECK(umlauts.report.invalid_utf8 == 0);
  CHECK(read("abcd\n", {.max_line_bytes = 4}).report.cut == 0);
}

TEST_CASE("packed texts read like plain ones", "[lines]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("text.gz");
  write_gz(path, "eins\nzwei\n");
  CHECK(read_lines(path) == Strings{"eins", "zwei"});
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
