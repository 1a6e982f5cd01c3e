// one_definition HOUSE: no two files of the floors define a type of the same name in the same namespace.
// C++ takes them for one type (the one definition rule), no compiler of a single file can know, and
// what a container does with the one is done to the other.
#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/run_program.h"

namespace {

namespace fs = std::filesystem;

/// The text without comments and without what stands between quotes.
std::string code_of(const std::string& text) {
  std::string code;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0) {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.compare(i, 2, "/*") == 0) {
      i = std::min(text.find("*/", i), text.size() - 2) + 1;
    } else if (text.compare(i, 3, "R\"(") == 0) {
      i = std::min(text.find(")\"", i), text.size() - 2) + 1;
    } else if (text[i] == '"' || (text[i] == '\'' && !std::isalnum(i > 0 ? text[i - 1] : ' '))) {
      const char quote = text[i];
      while (++i < text.size() && text[i] != quote) i += text[i] == '\\';
    }
    if (i < text.size()) code += std::isspace(text[i]) ? ' ' : text[i];
  }
  return code;
}

/// Full names of the types that a file defines and that other files could mean: not those inside of
/// functions and types, and not those of a namespace without a name.
std::set<std::string> types_of(const std::string& code) {
  static const std::regex space(R"(namespace *([\w:]*) *$)");
  static const std::regex type(
      R"((?:^|[ >])(?:struct|class|union|enum) +(?:class +)?(?:\[\[[^\]]*\]\] *)?)"
      R"((?:alignas\([^)]*\) *)?(\w+) *(?:final)? *(?::[^:].*)?$)");
  std::set<std::string> types;
  std::vector<std::string> spaces;  // open braces: a namespace's name, or empty for anything else
  std::string head;
  for (const char letter : code) {
    if (letter == '{') {
      std::smatch found;
      std::string opened;
      if (std::regex_search(head, found, space)) {
        opened = found[1].length() > 0 ? found[1].str() : "(no name)";
      } else if (std::regex_search(head, found, type)) {
        std::string name;
        bool can_be_meant = true;
        for (const std::string& one : spaces) {
          can_be_meant = can_be_meant && !one.empty() && one != "(no name)";
          name += one + "::";
        }
        if (can_be_meant) types.insert(name + found[1].str());
      }
      spaces.push_back(opened);
    } else if (letter == '}' && !spaces.empty()) {
      spaces.pop_back();
    }
    if (letter == '{' || letter == '}' || letter == ';')
      head.clear();
    else
      head += letter;
  }
  return types;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const fs::path house = argv[1];
  std::map<std::string, std::vector<std::string>> files_of;
  for (const char* floor :
       {"tensor", "autograd", "nn", "attention", "reversible", "models", "tasks"}) {
    if (!fs::exists(house / floor)) continue;
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(house / floor)) {
      const std::string ending = file.path().extension().string();
      if (ending != ".h" && ending != ".cpp" && ending != ".cu") continue;
      for (const std::string& type : types_of(code_of(content_of(file.path().string()))))
        files_of[type].push_back(fs::relative(file.path(), house).string());
    }
  }
  int twice = 0;
  for (const auto& [type, files] : files_of) {
    if (files.size() == 1) continue;
    ++twice;
    std::cout << type << " is defined in";
    for (const std::string& file : files) std::cout << ' ' << file;
    std::cout << "; give one of them another name\n";
  }
  std::cout << files_of.size() << " types, " << twice << " defined twice\n";
  return twice == 0 && !files_of.empty() ? 0 : 1;
}
