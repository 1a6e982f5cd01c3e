#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/training/checkpoint.h"
#include "tasks/translation/statistical/hmm_aligner.h"
#include "tasks/translation/statistical/noisy_channel.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// How it is translated without a network.
enum class TranslationMethod { rules, ibm1, hmm };

constexpr std::string_view name_of(TranslationMethod method) {
  switch (method) {
    case TranslationMethod::rules: return "rules";
    case TranslationMethod::ibm1: return "ibm1";
    case TranslationMethod::hmm: return "hmm";
  }
  return {};
}

/// `[task]` of the task `statistical`.
struct StatisticalSettings {
  TranslationMethod method = TranslationMethod::hmm;
  std::int64_t model_1_rounds = 5;
  std::int64_t hmm_rounds = 5;
  std::int64_t longest_rendering = 3;   ///< words for one source word
  std::int64_t renderings = 10;         ///< of a source word that the search tries
  std::int64_t distortion_limit = 4;    ///< places that a word may be translated too early
  std::int64_t tuning_sentences = 500;  ///< of the validation set; 0: the weights stay
  ChannelWeights weights = {};          ///< as they are chosen, in a checkpoint
};

/// What is learned from pairs of sentences.
struct StatisticalModel {
  Vocabularies vocabularies;
  std::unique_ptr<Aligner> aligner;  ///< p(target | source), for pictures
  RenderingTable renderings;
  NgramModel language;
};

/// Puts a model into a checkpoint.
void write_model(const StatisticalModel& model, Checkpoint& checkpoint);
/// Takes it out again. Throws Failure(checkpoint) for numbers that are no model.
StatisticalModel read_model(const Checkpoint& checkpoint, const Config& config);

}  // namespace lectern
