#include "tasks/config/toml.h"
#include "tests/fuzz/fuzz.h"

/// What a configuration says, before anybody asks whether such keys and values exist.
void lectern::try_input(const std::string& bytes) { read_toml(bytes, "input.toml"); }
