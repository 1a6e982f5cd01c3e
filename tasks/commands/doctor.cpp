#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/processor.h"
#include "tasks/commands/run_tool.h"
#include "tensor/check.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"

namespace lectern {
namespace {

void row(const std::string& name, const std::string& value) {
  std::cout << name << std::string(name.size() < 18 ? 18 - name.size() : 1, ' ') << value << '\n';
}

std::string memory() {
  const double pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  const double free_pages = static_cast<double>(::sysconf(_SC_AVPHYS_PAGES));
  const double gib = static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 30);
  return text(static_cast<int>(pages * gib * 10) / 10.0, " GiB, ",
              static_cast<int>(free_pages * gib * 10) / 10.0, " free");
}

std::string disk() {
  std::error_code error;
  const auto space = std::filesystem::space(".", error);
  return error ? "unknown" : text(space.available >> 30, " GiB free here");
}

std::string tool(const std::string& name, const std::string& why) {
  const bool found = run_tool({name, "--version"}).status != tool_missing;
  return found ? "found" : "missing: " + why + " (apt-get install " + name + ")";
}

std::string data_state() {
  const bool there = std::filesystem::exists("data/multi30k/train.de.gz");
  return there ? "data/multi30k is there"
               : "not here; run `" + shell_word(started_as()) + " data multi30k`";
}

int run(const Arguments&) {
  row("lectern", lectern_version);
  row("compiler", text(__VERSION__));
  row("compiled for", names_of(compiled_instructions));
  row("processor", processor_model());
  row("it offers", names_of(processor_instructions()));
  row("threads", text(thread_count(), " (of ", ::sysconf(_SC_NPROCESSORS_ONLN), " processors)"));
  row("memory", memory());
  row("disk", disk());
  for (const std::string& device : known_devices()) row("device", device);
  row("multi30k", data_state());
  row("curl", tool("curl", "needed to download data"));
  return 0;
}

}  // namespace

Command doctor_command() {
  return {.name = "doctor",
          .summary = "Say what this machine has, and what is missing.",
          .example = "lectern doctor",
          .run = run};
}

}  // namespace lectern
