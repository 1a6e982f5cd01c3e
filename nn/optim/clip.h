#pragma once

#include <vector>

#include "nn/module.h"

namespace lectern {

/// Length of all gradients taken as one vector: \f$ \sqrt{\sum_i g_i^2} \f$.
double gradient_norm(const std::vector<NamedParameter>& parameters);

/// What gradients of a norm are to be multiplied by so that it is at most `max_norm` (Pascanu et
/// al. 2013, algorithm 1; PyTorch's form, with 1e-6 beside the norm). 0 means: do not clip.
double clip_factor(double norm, double max_norm);

}  // namespace lectern
