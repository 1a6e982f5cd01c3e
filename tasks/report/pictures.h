#pragma once

// All that lectern::report draws: charts, heat maps for the terminal, tensors in memory, and pages to
// put them on.
#include "tasks/report/blocks.h"
#include "tasks/report/charts.h"
#include "tasks/report/page.h"
#include "tasks/report/tensor_pictures.h"
