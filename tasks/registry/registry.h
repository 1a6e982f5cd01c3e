#pragma once

namespace lectern {

/// Adds the library's tasks to the list that configurations and commands know; only the first call
/// does anything.
void add_library_tasks();

}  // namespace lectern
