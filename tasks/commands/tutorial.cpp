#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string_view>

#include "tasks/commands/chapters.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/exercise_folder.h"
#include "tasks/commands/run_tool.h"
#include "tasks/failure.h"
#include "tensor/platform.h"

namespace lectern {
namespace {

namespace fs = std::filesystem;

std::string two_digits(int number) { return text(number < 10 ? "0" : "", number); }

const Chapter& chapter_numbered(std::int64_t number) {
  const auto* found = std::ranges::find(chapters, number, &Chapter::number);
  if (found == std::end(chapters))
    throw Failure(ExitCode::usage, text("there is no chapter ", number, "; `",
                                        shell_word(started_as()), " tutorial` lists them"));
  return *found;
}

void list_chapters() {
  for (const Chapter& chapter : chapters)
    std::cout << (chapter.number < 10 ? " " : "") << chapter.number << "  " << chapter.title << ", "
              << chapter.seconds << " s\n    " << chapter.question << "\n\n";
  std::cout << "Try: " << shell_word(started_as()) << " tutorial " << chapters[0].number << "\n";
}

/// `scale, mask` as two words.
std::vector<std::string> listed(std::string_view list) {
  std::vector<std::string> words;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    if (end > 0) words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return words;
}

void expect_part(const Chapter& chapter, const std::string& part) {
  const std::vector<std::string> parts = listed(chapter.without);
  if (std::ranges::find(parts, part) != parts.end()) return;
  throw Failure(ExitCode::usage, parts.empty()
                                     ? text("chapter ", chapter.number, " leaves nothing out")
                                     : text("chapter ", chapter.number, " cannot leave out '", part,
                                            "'; it can: ", chapter.without));
}

/// The program itself knows what its settings may be.
void expect_settings(const Chapter& chapter) {
  if (chapter.settings.empty())
    throw Failure(ExitCode::usage, text("chapter ", chapter.number,
                                        " has nothing that could be changed with --with"));
}

/// The folder that holds this program: `bin`.
fs::path own_folder() { return fs::canonical(own_program()).parent_path(); }

/// A chapter's program: beside this one where it was built, or where it was installed. In a build
/// folder it is built first, which takes nothing where nothing has changed.
fs::path program_of(const Chapter& chapter) {
  const std::string name = "tutorial_" + two_digits(chapter.number);
  const fs::path installed = own_folder().parent_path() / "libexec/lectern" / name;
  if (fs::exists(installed)) return installed;
  const fs::path build = own_folder().parent_path();
  if (!fs::exists(build / "CMakeCache.txt"))
    throw Failure(ExitCode::usage, text(installed.string(),
                                        ": the chapters are not installed; build "
                                        "and install Lectern with them"));
  const ToolResult built = run_tool({"cmake", "--build", build.string(), "--target", name});
  if (built.status != 0)
    throw Failure(ExitCode::io, text(name, " cannot be built:\n", built.output));
  return own_folder() / name;
}

/// Becomes the chapter's program, in a folder where its pictures go. \param wishes  its arguments
int run_chapter(const Chapter& chapter, const std::vector<std::string>& wishes) {
  const std::string program = program_of(chapter).string();
  const fs::path place = fs::path("runs") / "tutorial" / two_digits(chapter.number);
  fs::create_directories(place);
  std::cerr << "chapter " << chapter.number << ", " << chapter.title
            << "; its pictures: " << place.string() << "\n";
  fs::current_path(place);
  std::vector<const char*> words{program.c_str()};
  for (const std::string& wish : wishes) words.push_back(wish.c_str());
  words.push_back(nullptr);
  ::execv(program.c_str(), const_cast<char* const*>(words.data()));
  throw Failure(ExitCode::io, text(program, ": cannot be started: ", std::strerror(errno)));
}

/// The chapter's page in the browser; where there is none, its address.
int open_page(const Chapter& chapter) {
  const fs::path root = own_folder().parent_path();
  const std::string name = std::string(chapter.folder) + ".html";
  for (const fs::path& folder :
       {root / "share/doc/lectern/html", root / "html", root.parent_path() / "docs/html"}) {
    const fs::path page = folder / "chapters" / name;
    if (!fs::exists(page)) continue;
    std::cout << page.string() << "\n";
    if (std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY"))
      run_tool({"xdg-open", page.string()});
    return 0;
  }
  const bool built = fs::exists(root / "CMakeCache.txt");
  throw Failure(
      ExitCode::usage,
      text("the page of chapter ", chapter.number,
           built ? " has not been made; try, in Lectern's own folder, "
                 : " was not installed with this program; in a folder with Lectern's source, try ",
           "./script/bootstrap --with docs && cmake --preset docs && cmake --build --preset docs",
           built ? "" : text(", and open build/docs/html/chapters/", name)));
}

int run(const Arguments& arguments) {
  const int wanted = arguments.on("page") + arguments.on("settings") + arguments.given("exercise") +
                     arguments.given("without") + arguments.given("with");
  if (!arguments.given("NUMBER")) {
    if (wanted > 0)
      throw Failure(ExitCode::usage, text("which chapter? Try: ", shell_word(started_as()),
                                          " tutorial ", chapters[0].number, " --page"));
    list_chapters();
    return 0;
  }
  const Chapter& chapter = chapter_numbered(arguments.integer("NUMBER", 0, 99));
  if (wanted > 1)
    throw Failure(ExitCode::usage,
                  "--page, --without, --with, --settings and --exercise are different things; "
                  "try one of them");
  if (arguments.on("page")) return open_page(chapter);
  if (arguments.given("exercise")) {
    write_exercises({.tutorials = own_folder().parent_path(),
                     .chapter = std::string(chapter.folder),
                     .folder = arguments.text("exercise")});
    return 0;
  }
  std::vector<std::string> wishes;
  if (arguments.given("without")) {
    expect_part(chapter, arguments.text("without"));
    wishes = {"--without", arguments.text("without")};
  }
  if (arguments.given("with") || arguments.on("settings")) expect_settings(chapter);
  for (const std::string& setting : arguments.all("with"))
    wishes.insert(wishes.end(), {"--with", setting});
  if (arguments.on("settings")) wishes = {"--settings"};
  return run_chapter(chapter, wishes);
}

}  // namespace

Command tutorial_command() {
  return {.name = "tutorial",
          .aliases = {"chapter", "book"},
          .summary = "The book: list its chapters, run one, open its page, begin its exercises.",
          .example = "lectern tutorial 1",
          .positionals = {{.name = "NUMBER",
                           .help = "the chapter; without it, all are listed",
                           .count = Positional::Count::optional}},
          .flags = {{.name = "without",
                     .metavar = "PART",
                     .help = "run it with a part left out, to see what it is for"},
                    {.name = "with",
                     .metavar = "NAME=VALUE",
                     .help = "run it with a number or a sentence of your own",
                     .repeats = true},
                    {.name = "settings", .help = "list what --with may change in the chapter"},
                    {.name = "page", .help = "open the chapter's page, or print where it is"},
                    {.name = "exercise",
                     .aliases = {"exercises"},
                     .metavar = "DIR",
                     .help = "write the exercises into a new folder, with a program `check`"}},
          .run = run};
}

}  // namespace lectern
