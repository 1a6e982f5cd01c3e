// check_chapter FOLDER PROGRAM HOUSE: holds a chapter of the book to its program.
//
// - The program prints what expected.txt says, and with each part left out that chapter.md names in
//   its head (`without: scale, mask`), what expected_without_scale.txt says.
// - A chapter, which has a number, has two pictures, a question to predict and three exercises at least.
// - Every picture that the page shows is one that the program has just drawn, or another chapter's
//   (`:from:`), and every picture that it has drawn is shown.
// - Every line of code or of output on the page is quoted from a file; a block that is typed by hand
//   is refused, but for commands (```sh).
// - Every number in the prose stands in what the program prints, in its source or its exercises, or in
//   a file of bench/results that the page quotes, rounded as the prose rounds it. Left alone are
//   numbers below ten, years, and what is a number of a place: chapter 12, section 3.2.1, figure 4.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <vector>

#include "tests/output_match.h"
#include "tests/run_program.h"

namespace {

namespace fs = std::filesystem;

constexpr Tolerance last_digit{.last_digit = true};

struct Chapter {
  std::string folder, program, house, page;
  std::vector<std::string> problems{};

  void problem(const std::string& what) { problems.push_back(what); }
  std::string file(const std::string& name) const { return content_of(folder + "/" + name); }
};

std::string trimmed(const std::string& words) {
  const std::size_t begin = words.find_first_not_of(' ');
  return begin == words.npos ? "" : words.substr(begin, words.find_last_not_of(' ') - begin + 1);
}

/// The parts that the head of the page says can be left out.
std::vector<std::string> parts(const std::string& page) {
  std::smatch found;
  std::vector<std::string> names;
  if (!std::regex_search(page, found, std::regex("\nwithout: ([^\n]*)"))) return names;
  std::istringstream list(found[1]);
  for (std::string name; std::getline(list, name, ',');) names.push_back(trimmed(name));
  return names;
}

void compare_output(Chapter& chapter, const std::string& arguments, const std::string& expected) {
  const fs::path place = fs::current_path() / ("drawn" + arguments);
  fs::remove_all(place);
  fs::create_directories(place);
  const std::string output =
      output_of("cd '" + place.string() + "' && '" + chapter.program + "'" + arguments);
  if (!output.ends_with("(it failed)"))
    std::ofstream(place / "finished");  // cmake/book.cmake looks
  if (!fs::exists(chapter.folder + "/" + expected))
    return chapter.problem("there is no " + expected + "; the program" + arguments + " prints\n" +
                           output);
  const std::string difference = first_difference(output, chapter.file(expected), last_digit);
  if (!difference.empty()) chapter.problem(output + "\n" + expected + ": " + difference);
}

void check_outputs(Chapter& chapter) {
  compare_output(chapter, "", "expected.txt");
  for (const std::string& part : parts(chapter.page))
    compare_output(chapter, " --without " + part, "expected_without_" + part + ".txt");
}

void check_pictures(Chapter& chapter) {
  std::set<std::string> drawn, shown;
  for (const auto& entry : fs::recursive_directory_iterator(fs::current_path()))
    if (entry.path().extension() == ".svg") drawn.insert(entry.path().stem().string());
  const std::regex picture("\n`{3,}\\{picture\\} *([^ \n]+)\n(?!:from:)");
  for (std::sregex_iterator i(chapter.page.begin(), chapter.page.end(), picture), end; i != end;
       ++i)
    shown.insert((*i)[1]);
  for (const std::string& name : shown)
    if (!drawn.contains(name)) chapter.problem("the program draws no picture " + name + ".svg");
  for (const std::string& name : drawn)
    if (!shown.contains(name))
      chapter.problem("the page does not show the picture " + name + ".svg");
  if (std::regex_search(chapter.page, std::regex("!\\[|<img|<svg")))
    chapter.problem("a picture that is not the program's: use ```{picture} NAME");
}

/// The page's text without its head, its blocks of directives' arguments, links' addresses and
/// commands; `blocks` are told of what is typed into a block.
std::string prose_of(Chapter& chapter) {
  static const std::set<std::string> with_prose{"picture",    "predict", "exercise", "note", "tip",
                                                "admonition", "paper",   "solution", "math"};
  std::string prose;
  std::istringstream lines(chapter.page.substr(chapter.page.find("\n---\n", 4) + 5));
  std::vector<std::pair<std::size_t, bool>> open;  // ticks of each block, and whether it is prose
  const std::regex fence("^(`{3,})(.*)$");
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, fence)) {
      const bool options = !open.empty() && line.starts_with(":");
      if ((open.empty() || open.back().second) && !options) prose += line + "\n";
      continue;
    }
    const auto ticks = static_cast<std::size_t>(found[1].length());
    std::string name = trimmed(found[2]);
    if (!open.empty() && name.empty() && ticks == open.back().first) {
      open.pop_back();
      continue;
    }
    if (name.find('`') != name.npos)
      chapter.problem("a tick in the first line of a block, which makes it none: " + name);
    const std::size_t close = name.find('}');
    if (name.starts_with("{") && close != name.npos) {
      const std::string directive = name.substr(1, close - 1);
      open.emplace_back(ticks, with_prose.contains(directive));
      if (with_prose.contains(directive) && directive != "picture" && directive != "exercise")
        prose += name.substr(close + 1) + "\n";
    } else {
      if (name != "sh")
        chapter.problem("a block typed by hand, ```" + name +
                        ": quote it with ```{listing}, ```{output} or ```{library}");
      open.emplace_back(ticks, false);
    }
  }
  if (!open.empty()) chapter.problem("a block is not closed");
  static const std::regex role(
      "\\{(quoted|printed|section|recorded)\\}`[^`]*`");  // check_pages.cpp
  prose = std::regex_replace(prose, role, "");
  return std::regex_replace(prose, std::regex("\\]\\([^)]*\\)|<[^>]*>|https?://\\S+"), "] ");
}

/// Every number in a text, as it is written.
std::vector<std::string> numbers_in(const std::string& words) {
  std::vector<std::string> numbers;
  const std::regex number("[0-9]+(?:,[0-9]{3})*(?:\\.[0-9]+)?(?:e[-+]?[0-9]+)?");
  for (std::sregex_iterator i(words.begin(), words.end(), number), end; i != end; ++i)
    numbers.push_back(i->str());
  return numbers;
}

double value_of(std::string number) {
  std::erase(number, ',');
  return std::strtod(number.c_str(), nullptr);
}

/// What a sentence may quote: the program, its exercises, and what the program prints.
std::string quotable(const Chapter& chapter) {
  std::string sources;
  for (const auto& entry : fs::directory_iterator(chapter.folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("expected") || name.ends_with(".cpp"))
      sources += content_of(entry.path().string());
  }
  return sources;
}

/// The numbers that the prose may name.
std::vector<double> known_numbers(const Chapter& chapter) {
  std::string sources = quotable(chapter);
  const std::regex recorded("\\{recorded\\} *([^ \n]+)");
  for (std::sregex_iterator i(chapter.page.begin(), chapter.page.end(), recorded), end; i != end;
       ++i) {
    const std::string path = chapter.house + "/bench/results/" + (*i)[1].str();
    sources += content_of(path);
  }
  std::vector<double> values;
  for (const std::string& number : numbers_in(sources)) values.push_back(value_of(number));
  return values;
}

bool names_a_place(const std::string& before) {
  static const std::regex place(
      "(?:[Cc]hapters?|[Ss]ections?|[Ff]igures?|[Tt]ables?|[Pp]arts?|[Ee]quations?|[Pp]ages?|[Ee]"
      "xercises?|[Cc]\\+\\+|§|arXiv:|[Vv]olume|IEEE|f|i|bf|Philox)[ ~]?(?:[0-9.]+(?:,| and| or| "
      "to|–|-) ?)*$");
  return std::regex_search(before, place);
}

void check_numbers(Chapter& chapter, const std::string& prose) {
  const std::vector<double> known = known_numbers(chapter);
  const std::regex number("[0-9]+(?:,[0-9]{3})*(?:\\.[0-9]+)*(?:e[-+]?[0-9]+)?");
  for (std::sregex_iterator i(prose.begin(), prose.end(), number), end; i != end; ++i) {
    const std::string written = i->str();
    const auto at = static_cast<std::size_t>(i->position());
    const double value = value_of(written);
    const bool whole = written.find_first_of(".e") == written.npos;
    if (whole &&
        (value < 10 || (value >= 1800 && value < 2030 && written.find(',') == written.npos)))
      continue;
    const std::size_t line = prose.rfind('\n', at) + 1;
    if (names_a_place(prose.substr(line, at - line))) continue;
    std::string plain = written;
    std::erase(plain, ',');
    const double room = 0.501 * last_digit_of(plain);
    const bool found =
        std::ranges::any_of(known, [&](double each) { return std::abs(each - value) <= room; });
    if (!found)
      chapter.problem("the number " + written + " is not in what the program prints: …" +
                      prose.substr(at > 50 ? at - 50 : 0, 100) + "…");
  }
}

/// Code between ticks in a sentence, where it is so long that it looks quoted.
void check_quotes(Chapter& chapter, const std::string& prose) {
  const std::string sources = quotable(chapter);
  const std::regex code("`([^`\n]+)`");
  for (std::sregex_iterator i(prose.begin(), prose.end(), code), end; i != end; ++i) {
    const std::string quoted = (*i)[1];
    const bool command = quoted.starts_with("lectern ");
    if (std::ranges::count(quoted, ' ') < 3 || command || quoted.starts_with("[")) continue;
    if (sources.find(quoted) == sources.npos)
      chapter.problem("quoted, but in none of the chapter's files: " + quoted);
  }
}

void check_head(Chapter& chapter) {
  for (const char* key : {"number: ", "title: ", "question: ", "minutes: ", "seconds: "})
    if (chapter.page.find("\n" + std::string(key)) == chapter.page.npos)
      chapter.problem("the head of chapter.md has no " + std::string(key));
}

std::ptrdiff_t blocks_of(const Chapter& chapter, const std::string& directive) {
  const std::regex block("\n`{3,}\\{" + directive + "\\}");
  return std::distance(std::sregex_iterator(chapter.page.begin(), chapter.page.end(), block), {});
}

/// What a chapter has and another page may lack.
void check_parts(Chapter& chapter) {
  check_head(chapter);
  if (blocks_of(chapter, "picture") < 2) chapter.problem("a chapter has two pictures at least");
  if (blocks_of(chapter, "predict") < 1) chapter.problem("a chapter lets its reader predict");
  const std::ptrdiff_t exercises = blocks_of(chapter, "exercise");
  if (exercises < 3 || exercises > 6) chapter.problem("a chapter has three to six exercises");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  Chapter chapter{argv[1], argv[2], argv[3], content_of(std::string(argv[1]) + "/chapter.md")};
  if (chapter.page.find("\nnumber: ") != chapter.page.npos) check_parts(chapter);
  check_outputs(chapter);
  check_pictures(chapter);
  const std::string prose = prose_of(chapter);
  check_numbers(chapter, prose);
  check_quotes(chapter, prose);
  for (const std::string& problem : chapter.problems) std::cout << problem << "\n";
  std::cout << chapter.folder << ": " << chapter.problems.size() << " problems\n";
  return chapter.problems.empty() ? 0 : 1;
}
