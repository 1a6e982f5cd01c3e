// check_pages QUOTED PROGRAM HOUSE FOLDER...: holds what pages say to what stands behind it.
//
// On every page below the folders, chapters too:
// - {quoted}`PAPER.KEY` and ```{quoted} PAPER.KEY``` name figures of the file QUOTED, where every
//   figure of somebody else's paper stands once, with its place in the paper; each is used;
// - {printed}`FIGURE <CHAPTER: TITLE>` is printed by the program of that chapter below `== TITLE ==`,
//   and not in a line whose numbers may be any; `CHAPTER without PART` is what it prints then;
// - {recorded}`FIGURE <FILE: HEADING>` stands in bench/results/FILE below that heading;
// - {section}`TITLE <CHAPTER>` is a title that the chapter's program prints;
// - a command `lectern …` has a name and flags that the program knows, and after `tutorial` a chapter
//   and a part that there are, after `zoo` a bug;
// - a link to a chapter says that chapter's number, if any.
//
// On a page that is no chapter (those check_chapter.cpp holds) there is no number but in these roles,
// in commands and in quoted blocks. Left alone is what numbers a thing: chapter 9, section 3.2.1, a
// column of a table with that word above it, the items of a list, a year, a name (LSH-8, Multi30k).
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "tests/run_program.h"

namespace {

namespace fs = std::filesystem;

struct House {
  std::string folder, program;
  toml::table quoted;
  std::set<std::string> used{};  // keys of `quoted`
  int problems = 0, held = 0;
};

struct Page {
  std::string name;  // as problems call it
  std::string text;  // what was looked at is overwritten with spaces: every place keeps its line

  std::size_t line_of(std::size_t at) const {
    return static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1);
  }
};

void problem(House& house, const Page& page, std::size_t at, const std::string& what) {
  std::cout << page.name << ":" << page.line_of(at) << ": " << what << "\n";
  ++house.problems;
}

void overwrite(std::string& text, std::size_t at, std::size_t length) {
  for (std::size_t i = at; i < at + length; ++i)
    if (text[i] != '\n') text[i] = ' ';
}

/// Looks at every match in the page, and overwrites it, or only one group of it.
template <typename Look>
void take_out(Page& page, const std::regex& what, int group, Look look) {
  const std::string before = page.text;
  for (std::sregex_iterator i(before.begin(), before.end(), what), end; i != end; ++i) {
    look(*i);
    overwrite(page.text, static_cast<std::size_t>(i->position(group)),
              static_cast<std::size_t>(i->length(group)));
  }
}

/// One space for each gap, and 1,024 as 1024.
std::string plain(const std::string& text) {
  static const std::regex gap("\\s+"), separator("([0-9]),(?=[0-9]{3}(?![0-9]))");
  return std::regex_replace(std::regex_replace(text, gap, " "), separator, "$1");
}

/// Whether the figure stands in the text, and not within a longer number or word.
bool says(const std::string& text, const std::string& figure) {
  const std::string all = " " + plain(text) + "  ", part = plain(figure);
  const auto within = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t at = all.find(part, 1); at != all.npos; at = all.find(part, at + 1)) {
    const char before = all[at - 1], after = all[at + part.size()];
    const bool goes_on =
        within(after) || after == '%' || (after == '.' && within(all[at + part.size() + 1]));
    if (!within(before) && before != '.' && !goes_on) return true;
  }
  return false;
}

/// The folder of a chapter, by its number; nothing where there is none.
std::string chapter_folder(const House& house, const std::string& number) {
  const std::string two_digits = (number.size() == 1 ? "0" : "") + number + "_";
  for (const auto& entry : fs::directory_iterator(house.folder + "/tutorials"))
    if (entry.path().filename().string().starts_with(two_digits)) return entry.path().string();
  return "";
}

/// What stands below a heading, the line `opens`, before the next that begins with `next`.
std::string below(const std::string& text, const std::string& opens, const std::string& next) {
  const std::size_t at = text.find(opens + "\n");
  if (at == text.npos) return "";
  const std::size_t begin = at + opens.size();
  return text.substr(begin, text.find("\n" + next, begin) - begin);
}

/// What a chapter prints as every machine does: no line whose numbers may be any.
std::string printed_by(const std::string& file) {
  std::istringstream lines(content_of(file));
  std::string text;
  for (std::string line; std::getline(lines, line);)
    if (line.find("⟨any⟩") == line.npos) text += line.substr(0, line.find("⟨")) + "\n";
  return text;
}

/// `FIGURE <SOURCE: HEADING>`, as {printed}, {section} and {recorded} have it.
struct Held {
  std::string figure, source, heading;
};

Held parts_of(const std::string& content) {
  static const std::regex parts("([^<]+?)\\s*<([^:>]*)(?::\\s*([^>]*))?>");
  std::smatch found;
  if (!std::regex_match(content, found, parts)) return {};
  return {found[1], found[2], found[3]};
}

/// \return what is wrong; nothing where the figure is printed
std::string wrong_with_printed(const House& house, const Held& held, bool title) {
  static const std::regex chapter("([0-9]+)(?: without (\\w+))?");
  std::smatch found;
  if (!std::regex_match(held.source, found, chapter))
    return "write {printed}`FIGURE <9: TITLE>` or {printed}`FIGURE <9 without PART: TITLE>`";
  const std::string folder = chapter_folder(house, found[1]);
  if (folder.empty()) return "there is no chapter " + found[1].str();
  const std::string name = found[2].matched ? "expected_without_" + found[2].str() : "expected";
  const std::string file = folder + "/" + name + ".txt";
  if (!fs::exists(file)) return "there is no " + fs::relative(file, house.folder).string();
  std::string text = printed_by(file);
  if (title)
    return ("\n" + text).find("\n== " + held.figure + " ==\n") != text.npos
               ? ""
               : "chapter " + held.source + " prints no title == " + held.figure + " ==";
  if (!held.heading.empty()) text = below(text, "== " + held.heading + " ==", "== ");
  if (says(text, held.figure)) return "";
  return "chapter " + held.source + " does not print '" + held.figure + "'" +
         (held.heading.empty() ? "" : " below == " + held.heading + " ==");
}

std::string wrong_with_recorded(const House& house, const Held& held) {
  const std::string file = house.folder + "/bench/results/" + held.source;
  if (held.source.empty() || !fs::exists(file)) return "there is no bench/results/" + held.source;
  std::string text = content_of(file);
  if (!held.heading.empty()) text = below(text, "# " + held.heading, "#");
  if (text.empty()) return held.source + " has nothing below a heading " + held.heading;
  if (says(text, held.figure)) return "";
  return held.source + " does not say '" + held.figure + "'" +
         (held.heading.empty() ? "" : " below " + held.heading);
}

std::string wrong_with_quoted(House& house, const std::string& key, const char* kind) {
  if (!house.quoted.at_path(key + "." + kind))
    return "quoted.toml has no '" + key + "' with " + kind +
           "; write it there once, with its place in the paper";
  house.used.insert(key);
  return "";
}

void check_roles(House& house, Page& page) {
  static const std::regex role("\\{(quoted|printed|section|recorded)\\}`([^`]*)`");
  take_out(page, role, 0, [&](const std::smatch& found) {
    const std::string name = found[1], content = plain(found[2]);
    const std::string wrong = name == "quoted" ? wrong_with_quoted(house, content, "text")
                              : name == "recorded"
                                  ? wrong_with_recorded(house, parts_of(content))
                                  : wrong_with_printed(house, parts_of(content), name == "section");
    ++house.held;
    if (!wrong.empty()) problem(house, page, static_cast<std::size_t>(found.position()), wrong);
  });
}

/// \return what is wrong with `lectern tutorial …`
std::string wrong_with_tutorial(const House& house, const std::vector<std::string>& words) {
  if (words.size() < 3 || words[2].starts_with("-")) return "";
  const std::string folder = chapter_folder(house, words[2]);
  if (folder.empty()) return "there is no chapter " + words[2];
  const auto flag = std::ranges::find(words, "--without");
  if (flag == words.end()) return "";
  const std::string part = flag + 1 == words.end() ? "" : *(flag + 1);
  const std::regex can("\nwithout:(?:[^\n]*,)? *" + part + "(?:,|\n)");
  return std::regex_search(content_of(folder + "/chapter.md"), can)
             ? ""
             : "chapter " + words[2] + " cannot leave out '" + part + "'";
}

/// \return what is wrong with `lectern zoo BUG …`: asked for a bug without a name, it lists them
std::string wrong_with_zoo(const House& house, const std::vector<std::string>& words) {
  if (words.size() < 3 || words[2].starts_with("-")) return "";
  static const std::string known = output_of("'" + house.program + "' zoo '?' 2>&1");
  return says(known, words[2]) ? "" : "there is no bug " + words[2];
}

/// Name and flags of a command `lectern …`, up to a comment or to another command.
void check_command(House& house, const Page& page, std::size_t at, const std::string& line) {
  static std::map<std::string, std::string> helps;
  std::istringstream all(line.substr(0, line.find_first_of("&#|;")));
  std::vector<std::string> words;
  for (std::string word; all >> word;) words.push_back(word);
  ++house.held;
  if (words.size() < 2) return;
  const std::string& name = words[1];
  if (!helps.contains(name))
    helps[name] = output_of("'" + house.program + "' '" + name + "' -h 2>&1");
  if (helps[name].ends_with("(it failed)"))
    return problem(house, page, at, "there is no command `lectern " + name + "`");
  for (const std::string& word : words)
    if (word.starts_with("--") && !says(helps[name], word.substr(0, word.find('='))))
      problem(house, page, at, "`lectern " + name + "` has no flag " + word);
  const std::string wrong = name == "tutorial" ? wrong_with_tutorial(house, words)
                            : name == "zoo"    ? wrong_with_zoo(house, words)
                                               : "";
  if (!wrong.empty()) problem(house, page, at, wrong);
}

/// One line of a page: the first or the last of a block, or one within it.
struct Fence {
  std::size_t ticks = 0;  // none: no fence
  std::string directive, language, argument;
};

Fence fence_of(const std::string& line) {
  static const std::regex fence("(`{3,})(?:\\{(\\w+)\\}|(\\w*)) *(.*)");
  std::smatch found;
  if (!std::regex_match(line, found, fence)) return {};
  return {static_cast<std::size_t>(found[1].length()), found[2], found[3], found[4]};
}

/// What the first line of a block promises.
void check_block(House& house, const Page& page, std::size_t at, const Fence& fence, bool chapter) {
  if (fence.directive == "quoted") {
    const std::string wrong = wrong_with_quoted(house, fence.argument, "rows");
    if (!wrong.empty()) problem(house, page, at, wrong);
  }
  if (!chapter && fence.directive.empty() && fence.language != "sh")
    problem(house, page, at, "a block typed by hand, which nothing holds");
}

/// Blocks, and commands in them and between ticks. Only prose within a block stays.
void check_blocks(House& house, Page& page, bool chapter) {
  static const std::set<std::string> with_prose{"picture", "predict", "note", "tip", "admonition"};
  std::vector<Fence> open;
  for (std::size_t at = 0; at < page.text.size();) {
    const std::size_t length = std::min(page.text.find('\n', at), page.text.size()) - at;
    const std::string line = page.text.substr(at, length);
    const Fence fence = fence_of(line);
    const bool empty = fence.directive.empty() && fence.language.empty();
    if (fence.ticks > 0 && empty && !open.empty() && open.back().ticks == fence.ticks) {
      open.pop_back();
    } else if (fence.ticks > 0) {
      open.push_back(fence);
      check_block(house, page, at, fence, chapter);
    } else if (!open.empty() && open.back().language == "sh" && line.starts_with("lectern ")) {
      check_command(house, page, at, line);
    }
    const bool prose =
        open.empty() || (with_prose.contains(open.back().directive) && line[0] != ':');
    if (fence.ticks > 0 || !prose) overwrite(page.text, at, length);
    at += length + 1;
  }
  static const std::regex command("`(lectern [^`\n]*)`");
  take_out(page, command, 0, [&](const std::smatch& each) {
    check_command(house, page, static_cast<std::size_t>(each.position()), each[1]);
  });
}

void check_links(House& house, Page& page) {
  static const std::regex link("\\[([^\\]]*)\\](\\([^)]*\\))");
  static const std::regex number("(?:^|[Cc]hapters? )([0-9]+)$"), place("/([0-9]+)_");
  take_out(page, link, 2, [&](const std::smatch& found) {
    const std::string words = found[1], address = found[2];
    std::smatch said, leads;
    if (std::regex_search(words, said, number) && std::regex_search(address, leads, place) &&
        std::stoi(said[1]) != std::stoi(leads[1]))
      problem(house, page, static_cast<std::size_t>(found.position()),
              "'" + words + "' leads to chapter " + std::to_string(std::stoi(leads[1])));
  });
}

/// What stands above a place of a table, in its first line; nothing outside of a table.
std::string column_of(const std::string& text, std::size_t at) {
  std::size_t line = text.rfind('\n', at) + 1;
  if (text[line] != '|') return "";
  const auto column = std::count(text.begin() + static_cast<std::ptrdiff_t>(line),
                                 text.begin() + static_cast<std::ptrdiff_t>(at), '|');
  while (line > 1 && text[text.rfind('\n', line - 2) + 1] == '|')
    line = text.rfind('\n', line - 2) + 1;
  std::istringstream cells(text.substr(line, text.find('\n', line) - line));
  std::string cell;
  for (std::ptrdiff_t i = 0; i <= column; ++i) std::getline(cells, cell, '|');
  return plain(cell);
}

/// Whether a number is that of a thing: `before` ends in front of it, `after` follows it.
bool numbers_a_thing(const std::string& before, const std::string& after,
                     const std::string& column) {
  static const std::set<std::string> columns{" section ", " chapter ", " chapters ",
                                             " week ",    " minute ",  " time "};
  static const std::regex thing(
      "(?:[Cc]hapters?|[Ss]ections?|[Ff]igures?|[Tt]ables?|[Pp]arts?|[Ff]ormulas?|[Ww]eeks?|"
      "[Ee]xercises?(?: of)?|[Ll]ines?|[Rr]ounds?|[Aa]lgorithms?|Model)[ *]*"
      "(?:[0-9.]+(?:,| and| or| to)? )*$");
  static const std::regex line("\n *$"), name("[A-Za-z]-?$");
  const bool of_a_list = after.starts_with(". ") && std::regex_search(before, line);
  return of_a_list || columns.contains(column) || std::regex_search(before, name) ||
         std::regex_search(plain(before), thing);
}

/// No number that somebody typed.
void check_numbers(House& house, Page& page) {
  static const std::regex code("`[^`\n]*[A-Za-z_][^`\n]*`|\\$[^$]*[A-Za-z][^$]*\\$|<[^>]*>");
  static const std::regex number("[0-9]+(?:,[0-9]{3})*(?:\\.[0-9]+)*"),
      year("(?:19|20[0-2])[0-9]+");
  take_out(page, code, 0, [](const std::smatch&) {});
  for (char& c : page.text)
    if (c == '[' || c == ']') c = ' ';
  const std::string& text = page.text;
  for (std::sregex_iterator i(text.begin(), text.end(), number), end; i != end; ++i) {
    const std::string written = i->str();
    const auto at = static_cast<std::size_t>(i->position());
    const std::size_t from = at > 200 ? at - 200 : 0;
    if (written.size() == 4 && std::regex_match(written, year)) continue;
    if (numbers_a_thing(text.substr(from, at - from), i->suffix().str().substr(0, 2),
                        column_of(text, at)))
      continue;
    problem(house, page, at,
            "the number " + written +
                " is typed by hand; quote it with {quoted} of a paper, {printed} of a chapter or "
                "{recorded} of bench/results, as docs/book/lectern_book.py says");
  }
}

void check_page(House& house, const fs::path& file, const std::string& name) {
  Page page{name, content_of(file.string())};
  const bool chapter = file.filename() == "chapter.md";
  check_roles(house, page);
  check_blocks(house, page, chapter);
  check_links(house, page);
  if (!chapter) check_numbers(house, page);
}

/// \return what is wrong with a figure of quoted.toml, or with a table
std::string wrong_with_entry(const toml::table& entry) {
  const toml::array *columns = entry["columns"].as_array(), *rows = entry["rows"].as_array();
  const bool table = columns != nullptr && rows != nullptr;
  if (!entry["place"].is_string()) return "has no place in the paper";
  if (entry["text"].is_string() == table) return "has to have text, or columns and rows";
  for (std::size_t i = 0; table && i < rows->size(); ++i)
    if (const toml::array* row = (*rows)[i].as_array(); !row || row->size() != columns->size())
      return "has a row " + std::to_string(i + 1) + " that is not as long as columns";
  return "";
}

/// Every figure of quoted.toml is whole, and some page uses it.
void check_quoted(House& house) {
  const auto say = [&](const std::string& what) {
    std::cout << "quoted.toml: " << what << "\n";
    ++house.problems;
  };
  for (const auto& [paper, entries] : house.quoted) {
    const toml::table& figures = *entries.as_table();
    if (!figures["title"].is_string()) say(std::string(paper) + " has no title");
    for (const auto& [name, entry] : figures) {
      if (!entry.is_table()) continue;
      const std::string key = std::string(paper) + "." + std::string(name);
      const std::string wrong = wrong_with_entry(*entry.as_table());
      if (!wrong.empty()) say(key + " " + wrong);
      if (!house.used.contains(key)) say("no page uses " + key);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  House house{argv[3], argv[2], toml::parse_file(argv[1])};
  std::set<fs::path> pages;
  for (int i = 4; i < argc; ++i)
    for (const auto& entry : fs::recursive_directory_iterator(argv[i]))
      if (entry.path().extension() == ".md" && entry.path().filename() != "README.md")
        pages.insert(entry.path());
  for (const fs::path& file : pages)
    check_page(house, file, fs::relative(file, house.folder).string());
  check_quoted(house);
  std::cout << pages.size() << " pages, " << house.held << " figures, titles and commands, "
            << house.problems << " problems\n";
  return house.problems == 0 && house.held > 0 ? 0 : 1;
}
