#pragma once

#include <string>

#include "tasks/zoo/record.h"

namespace lectern {

/// \addtogroup zoo
/// @{

/// The page: the curves of every bug of the record beside the healthy ones, in an order that gives
/// nothing away, the question which is which, and the answers folded.
/// \param record  at least one trial of each bug, and healthy ones of its kind of encoder
std::string worksheet(const ZooRecord& record);
/// The same as a table for the terminal, names and all.
std::string zoo_table(const ZooRecord& record);
/// @}

}  // namespace lectern
