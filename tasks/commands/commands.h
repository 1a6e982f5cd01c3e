#pragma once

#include <string>

#include "tasks/config/command_line.h"

namespace lectern {

inline constexpr const char* lectern_version = "0.1.0";

// One function a command; each stands in a file of its name.
Command answer_command();
Command attention_command();
Command average_command();
Command bench_command();
Command bleu_command();
Command chat_command();
Command compare_command();
Command complexity_command();
Command config_command();
Command correct_command();
Command corrupt_command();
Command data_command();
Command demo_command();
Command doctor_command();
Command evaluate_command();
Command export_command();
Command generate_command();
Command import_command();
Command inspect_command();
Command sentences_command();
Command tokenizer_command();
Command train_command();
Command translate_command();
Command tutorial_command();
Command zoo_command();

/// The flag of every command that reads text.
Flag strict_flag();

/// The program as it was started: `build/release/bin/lectern`.
std::string started_as();
/// The command line that is running, for the foot of a report.
std::string typed_command();
void remember_typed_command(int argc, const char* const* argv);

}  // namespace lectern
