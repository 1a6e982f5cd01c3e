#pragma once

namespace lectern {

/// The whole `lectern` program: reads the command line, runs the command, and returns the exit code.
/// A program of one's own registers what it adds, and then is `lectern` with that:
///
///     int main(int argc, char** argv) {
///       lectern::register_pattern({.name = "mine", …});
///       lectern::add_task({.table = {.name = "sort", …}, …});
///       return lectern::lectern_main(argc, argv);
///     }
int lectern_main(int argc, char** argv);

}  // namespace lectern
