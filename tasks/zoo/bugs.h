#pragma once

#include <array>
#include <string_view>

namespace lectern {

/// \defgroup zoo The bug zoo
/// Ten mistakes that Transformers have been trained with, each in a small program beside the healthy
/// one: what its curves look like, and where curves are blind, which instrument sees it.
/// @{

/// One mistake; tasks/zoo/patient.cpp and tasks/zoo/trial.cpp make it, each on the line where programs
/// have it.
enum class Bug {
  none,
  leaky_mask,
  missing_scale,
  xavier_embeddings,
  no_warm_up,
  shifted_target,
  padding_in_the_loss,
  bleu_on_subwords,
  dropout_at_evaluation,
  stale_randomness,
  tied_weights_counted_twice,
};

constexpr std::string_view name_of(Bug bug) {
  switch (bug) {
    case Bug::none: return "none";
    case Bug::leaky_mask: return "leaky_mask";
    case Bug::missing_scale: return "missing_scale";
    case Bug::xavier_embeddings: return "xavier_embeddings";
    case Bug::no_warm_up: return "no_warm_up";
    case Bug::shifted_target: return "shifted_target";
    case Bug::padding_in_the_loss: return "padding_in_the_loss";
    case Bug::bleu_on_subwords: return "bleu_on_subwords";
    case Bug::dropout_at_evaluation: return "dropout_at_evaluation";
    case Bug::stale_randomness: return "stale_randomness";
    case Bug::tied_weights_counted_twice: return "tied_weights_counted_twice";
  }
  return {};
}

/// What is measured of a trial beside its curves. Each is the instrument for one bug.
enum class Sign {
  looks_ahead,  ///< how far another last word moves the logits of the words before it
  entropy,      ///< of the encoder's attention before the first step, as a share of even looking
  word_size,    ///< root mean square of the scaled word vectors before the first step
  first_step,   ///< how far the first step moves the weights, as a share of their size
  reads_the_answer,  ///< share of the places whose word the decoder reads where it is to say it
  counted_padding,   ///< share of padding among what the loss counts
  counted_words,     ///< what BLEU takes for words, of a reference, on average
  unsteadiness,      ///< how far two evaluations of one batch are apart
  gradient_error,    ///< of the encoder's gradients, against ordinary residual sums
  counted_twice,     ///< numbers that the optimiser changes more than once a step
};

/// A bug as the worksheet's answers tell it.
struct BugNotes {
  Bug bug;
  std::string_view title;
  std::string_view mistake;     ///< what is wrong
  std::string_view curve;       ///< what it does to the curves, and why
  std::string_view mend;        ///< what the right program does, and where to read it
  Sign sign;                    ///< what sees it
  std::string_view instrument;  ///< the sign in words, with its unit
};

/// In the order of the enum.
extern const std::array<BugNotes, 10> bug_notes;
const BugNotes& notes_of(Bug bug);
/// @}

}  // namespace lectern
