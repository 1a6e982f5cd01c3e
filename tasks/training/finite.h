#pragma once

#include <string>

#include "tensor/safetensors.h"

namespace lectern {

/// The first number among a model's weights that is none: `"encoder.weight" [4, 8] is nan at [0, 3]`;
/// empty where all are finite. What an optimiser remembers (`optimizer.`) is passed over: an infinite
/// second moment holds its weight still, and no harm is done.
///
/// Cost: a pass over the numbers, at the speed of the memory.
std::string first_not_finite(const NamedTensors& tensors);

/// A loss of a model that is being used.
/// \throws Failure (diverged) where it is not finite, which says what to do
double finite_loss(double loss);

/// \f$ e^{\text{loss}} \f$, with the loss in nats a token.
/// \throws Failure (diverged) where no number holds it
double perplexity_of(double loss);

}  // namespace lectern
