#pragma once

#include "tasks/config/command_line.h"

namespace lectern {

/// `lectern attention RUN [TEXT] --buckets`: what hashing keeps of exact attention in every LSH
/// layer of a trained model, for one example. Prints the numbers and writes the picture.
int show_buckets(const Arguments& arguments);

}  // namespace lectern
