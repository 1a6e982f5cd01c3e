#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "autograd/by_definition.h"
#include "tasks/translation/model_options.h"
#include "tasks/translation/translator.h"
#include "tensor/parallel.h"
#include "tests/catch.h"

// Follows a sentence through the files that README's table of stops names. Those are compiled into
// this program once more, and so that each of their functions says when it is entered.

using namespace lectern;

namespace {

std::vector<void*> entered;  // functions, in the order in which they were first entered
bool listens = false;

}  // namespace

// The compiler calls these two at the beginning and at the end of a function.
extern "C" void __cyg_profile_func_enter(void* function, void* /*caller*/) {
  if (!listens) return;
  listens = false;  // not to itself: Clang compiles the standard library's functions so, too
  if (std::ranges::find(entered, function) == entered.end()) entered.push_back(function);
  listens = true;
}
extern "C" void __cyg_profile_func_exit(void* /*function*/, void* /*caller*/) {}

namespace {

/// The files that a column of README's table links, the first one of each stop: column 2 says what
/// a stop means, column 3 what runs. "the same" is what stands in column 2.
std::vector<std::string> column(int which) {
  std::vector<std::string> files;
  std::ifstream readme(LECTERN_README);
  const std::regex row(R"(\| \d+ \|([^|]*)\|([^|]*)\|.*)"), link(R"(\]\(([^)]*)\))");
  for (std::string line; std::getline(readme, line);) {
    std::smatch cells, found;
    if (!std::regex_match(line, cells, row)) continue;
    const bool same = cells[2].str().find("the same") != std::string::npos;
    const std::string cell = cells[which == 3 && !same ? 2 : 1];
    REQUIRE(std::regex_search(cell, found, link));
    files.push_back(found[1]);
  }
  return files;
}

/// The source file of every function that was entered.
std::vector<std::string> files_of(const std::vector<void*>& functions) {
  Dl_info program;
  REQUIRE(dladdr(reinterpret_cast<void*>(&files_of), &program) != 0);
  std::ostringstream command;
  command << "addr2line -e /proc/" << ::getpid() << "/exe" << std::hex;
  for (void* function : functions)
    command << " 0x"
            << reinterpret_cast<std::uintptr_t>(function) -
                   reinterpret_cast<std::uintptr_t>(program.dli_fbase);
  FILE* answer = ::popen(command.str().c_str(), "r");
  REQUIRE(answer != nullptr);
  std::string text;
  for (int c; (c = std::fgetc(answer)) != EOF;) text += static_cast<char>(c);
  REQUIRE(::pclose(answer) == 0);
  std::vector<std::string> files;
  std::istringstream lines(text);  // /home/…/models/transformer.cpp:97
  for (std::string line; std::getline(lines, line);)
    files.push_back(line.substr(0, line.rfind(':')));
  return files;
}

/// Translates a sentence with a model that has learned nothing.
void translate() {
  const std::string sentence = "Ein Hund rennt über die Wiese .";
  const std::shared_ptr<Tokenizer> words =
      train_tokenizer({sentence}, {.kind = TokenizerKind::word});
  Config config;
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_encoder_layers = config.model.num_decoder_layers = 1;
  config.decode.max_length = 4;
  Initializer init(1);
  Transformer model(transformer_options(config, {words, words}), init);
  prepare_for_inference(model);
  const Translator translator(model, {words, words}, config.decode);
  listens = true;
  translator.translate(sentence);
  listens = false;
}

/// Of the files that the table names, those that a translation enters, in order.
std::vector<std::string> stops() {
  set_thread_count(1);
  entered.clear();
  translate();
  std::vector<std::string> known = column(2), stops;
  for (const std::string& file : column(3)) known.push_back(file);
  for (const std::string& file : files_of(entered))
    for (const std::string& name : known)
      if (file.ends_with("/" + name) && std::ranges::find(stops, name) == stops.end())
        stops.push_back(name);
  return stops;
}

}  // namespace

TEST_CASE("a sentence that is translated by definition goes through all stops of README's table") {
  REQUIRE(column(2).size() == 10);
  const ByDefinition scope;
  CHECK(stops() == column(2));
}

TEST_CASE("a sentence that is translated goes through what README's table says runs") {
  CHECK(column(2) != column(3));
  CHECK(stops() == column(3));
}
