#pragma once

#include <functional>

#include "tasks/translation/statistical/noisy_channel.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// Chooses weights by trying: each in turn is moved up or down as long as `quality` rises; then the
/// steps are halved, and all take their turns again. The channel's stays, since only the ratios of
/// weights matter; no other than that of the words goes below zero.
///
/// BLEU is flat nearly everywhere and has no gradient, so that a search must do. It finds a summit,
/// perhaps not the highest. Och, "Minimum Error Rate Training in SMT", 2003, does the same along
/// lines, exactly, from lists of translations.
///
/// Cost: `quality` about 30 times.
/// \param quality  of a validation text translated with these weights: larger is better
ChannelWeights choose_weights(ChannelWeights start,
                              const std::function<double(const ChannelWeights&)>& quality);

/// \}

}  // namespace lectern
