#pragma once

#include "tasks/task/task_kind.h"

namespace lectern {

/// Learns what task.method asks for and saves it in the run's folder:
///
/// 1. Model 1, in both directions, and for `hmm` the hidden Markov aligner after it: rounds of
///    expectation-maximisation;
/// 2. the renderings of every word, from the aligned text, and a trigram model of the target side;
/// 3. the weights of the search, chosen for BLEU on the first sentences of data.valid.
///
/// Rules learn nothing; their run holds its configuration alone. Cost: seconds for 29,000 pairs.
/// \return 0, or the signal that ended it; nothing is saved then
int train_statistical(const TrainingContext& context);

}  // namespace lectern
