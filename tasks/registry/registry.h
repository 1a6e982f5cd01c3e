#pragma once

namespace lectern {

/// Adds the library's tasks to the list that configurations and commands know. Once is enough.
void add_library_tasks();

}  // namespace lectern
