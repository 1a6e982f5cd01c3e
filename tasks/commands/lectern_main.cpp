#include "tasks/commands/lectern_main.h"

#include <iostream>
#include <new>

#include "tasks/commands/commands.h"
#include "tasks/commands/start.h"
#include "tasks/failure.h"
#include "tasks/registry/registry.h"
#include "tasks/task/task_kind.h"

namespace lectern {
namespace {
std::vector<std::string> typed;
}

Flag strict_flag() {
  return {.name = "strict", .help = "refuse text that would have to be mended, cut or left out"};
}

std::string started_as() { return typed.empty() ? "lectern" : typed[0]; }

std::string typed_command() {
  std::string line = shell_word(started_as());
  for (std::size_t i = 1; i < typed.size(); ++i) line += " " + shell_word(typed[i]);
  return line;
}

void remember_typed_command(int argc, const char* const* argv) { typed.assign(argv, argv + argc); }

int lectern_main(int argc, char** argv) try {
  start_in_order();
  remember_typed_command(argc, argv);
  add_library_tasks();
  Program program{.name = "lectern",
                  .version = lectern_version,
                  .summary = "A Transformer you can read: trains, translates, explains.",
                  .commands = {demo_command(),       tutorial_command(),  data_command(),
                               train_command(),      translate_command(), evaluate_command(),
                               compare_command(),    attention_command(), generate_command(),
                               answer_command(),     chat_command(),      bleu_command(),
                               complexity_command(), inspect_command(),   average_command(),
                               import_command(),     export_command(),    config_command(),
                               tokenizer_command(),  bench_command(),     doctor_command(),
                               correct_command(),    corrupt_command(),   sentences_command(),
                               zoo_command()},
                  .started_as = started_as()};
  for (const TaskKind& task : task_kinds())
    program.commands.insert(program.commands.end(), task.commands.begin(), task.commands.end());
  return run_program(program, argc, argv);
} catch (const std::bad_alloc&) {  // while the table of commands was made
  std::cerr << "error: out of memory; close other programs\n";
  return static_cast<int>(ExitCode::memory);
}

}  // namespace lectern
