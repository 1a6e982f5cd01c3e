#include "tasks/config/config.h"

#include "tests/fuzz/fuzz.h"

void lectern::try_input(const std::string& bytes) { parse_config(bytes, "input.toml", {}); }
