#pragma once

#include <string>

namespace lectern {

/// The parts of a task's data: to learn from, to make choices on, to report.
enum class Split { train, valid, test };

/// \throws Failure (usage) for any other word than train, valid and test
Split split_named(const std::string& name);

std::string name_of(Split split);

}  // namespace lectern
