#include "tasks/commands/lectern_main.h"

#include "tasks/commands/commands.h"
#include "tasks/registry/registry.h"

namespace lectern {
namespace {
std::string typed;
}

std::string typed_command() { return typed; }

void remember_typed_command(int argc, const char* const* argv) {
  typed = "lectern";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'$") == std::string::npos;
    typed += plain ? " " + word : " \"" + word + "\"";
  }
}

int lectern_main(int argc, char** argv) {
  remember_typed_command(argc, argv);
  add_library_tasks();
  const Program program{
      .name = "lectern",
      .version = lectern_version,
      .summary = "A Transformer you can read: trains, translates, explains.",
      .commands = {demo_command(), data_command(), train_command(), translate_command(),
                   evaluate_command(), attention_command(), generate_command(), bleu_command(),
                   complexity_command(), inspect_command(), average_command(), config_command(),
                   tokenizer_command(), bench_command(), doctor_command()}};
  return run_program(program, argc, argv);
}

}  // namespace lectern
