#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/profile.h"

namespace lectern {

// The film of a step's page; not for use outside this folder.

std::string_view name_of(StepPhase phase);
/// The moments that are shown: all, or the lowest and highest of each piece, at most about `most`.
std::vector<int> chosen_moments(const std::vector<MemoryMoment>& film, std::size_t most);

/// The picture, its slider, and what is alive at the maximum; a script lets the slider move.
std::string step_film(const StepProfile& profile);
std::string step_film_style();
std::string step_film_script();

}  // namespace lectern
