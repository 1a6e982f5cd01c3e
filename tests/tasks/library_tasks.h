#pragma once

#include "tasks/registry/registry.h"

namespace lectern {

/// The configurations of a test that includes this know the library's tasks.
inline const bool library_tasks_are_known = (add_library_tasks(), true);

}  // namespace lectern
