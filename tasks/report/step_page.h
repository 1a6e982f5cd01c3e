#pragma once

#include <string>

#include "nn/profile.h"

namespace lectern {

/// A recorded step of training, and what there is to be said about it.
struct StepPage {
  StepProfile profile{};
  std::string title{};  ///< "Step 3000 of runs/m30k"
  std::string lead{};   ///< which task, what batch
  double peak_rate =
      0;  ///< what this machine could calculate at most [operations/second]; 0: unknown
  std::string command{};
  std::string version{};
};

/// One self-contained HTML page: what the step took, memory as a film with a slider, the time of each
/// kind of operation, and the tree of all operations by the parts of the model.
///
/// Size: under 2 MB. Of more than some thousand operations, those of one part, line and shape share a
/// row; of more than some thousand blocks of memory, the smallest share a name; the film keeps the
/// largest and the smallest moment of each piece, so that its maximum stays exact.
std::string step_page(const StepPage& page);

/// The film as a still picture: what is in use over the time of the step, what was alive before it
/// shaded, its maximum marked. One `<svg>` element.
/// \param moment  of the film, to be marked by a line; -1: none
std::string memory_picture(const StepProfile& profile, int moment = -1, double width = 720);

/// What a block of memory is called: `linear, encoder.layers.0.feed_forward.linear1`.
std::string name_of(const StepProfile& profile, const MemoryBlock& block);
/// Where it was made: the line of the operation; empty for what was there before the step.
std::string line_of(const StepProfile& profile, const MemoryBlock& block);

}  // namespace lectern
