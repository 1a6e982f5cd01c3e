#pragma once

#include <cstdint>
#include <string>

#include "tasks/task/split.h"

namespace lectern {

/// Which of the made-up files.
struct FactsOptions {
  std::uint64_t seed = 42;
  Split split = Split::train;
  std::int64_t passages = 0;  ///< 0: 800 to learn from, 60 to validate on, 120 to test on
};

/// A file of SQuAD's form with passages of five to eight facts, and questions about four of each:
///
///     The key of Anna is in the red box. Zoë gave the lamp to Jörg. Emil bought 17 apples in Lund. …
///     Where is the key of Anna?     in the red box
///     Who gave the lamp to Jörg?    Zoë
///     How many apples did Emil buy? 17
///
/// Several facts of a passage are of one kind, so that a question is answered by the words that it
/// shares with a fact and by what it asks for. Some names have letters beyond ASCII, so that code points
/// and bytes differ. A function of the options alone.
std::string facts_json(const FactsOptions& options);

}  // namespace lectern
