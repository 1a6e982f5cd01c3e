#pragma once

#include "tasks/config/config.h"

namespace lectern {

/// Whether the model is a recurrent one: model.architecture says so, and the task heeds it.
bool is_recurrent(const Config& config);

}  // namespace lectern
