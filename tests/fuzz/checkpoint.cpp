#include "tasks/training/checkpoint.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/input_file.h"

void lectern::try_input(const std::string& bytes) { load_checkpoint(InputFile(bytes).path()); }
