#pragma once

#include <string>

#include "nn/profile.h"

namespace lectern {

// The two tables of a step's page; not for use outside this folder.

/// A number of bytes for people: `12.5 MiB`.
std::string readable_bytes(std::int64_t bytes);
/// A number of operations for people: `26.0 G`.
std::string readable_count(std::int64_t count);
/// Always with two decimals: `0.42`.
std::string milliseconds(double seconds);

/// Every kind of operation with its calls, its time and its share of the step.
std::string step_kinds(const StepProfile& profile);

/// The parts of the model as a tree that folds, and their operations in the order in which they ran.
std::string step_tree(const StepProfile& profile);
std::string step_tree_style();

}  // namespace lectern
