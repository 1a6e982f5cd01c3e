#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tasks/text/corpus.h"
#include "tasks/zoo/patient.h"

namespace lectern {

/// \addtogroup zoo
/// @{

/// The toy corpus as pieces of words, 400 a language, the same for every trial. Its pairs are not sorted
/// by length, so that batches are padded as in programs that do not sort.
struct ZooText {
  std::unique_ptr<Tokenizer> source, target;
  std::vector<TokenPair> train{}, valid{};
  std::vector<SentencePair> test{};  ///< what BLEU is counted on, 100 pairs
  SentencePair ours{};               ///< "Heute hat sie dem großen Pferd geholfen."
};

ZooText make_zoo_text();

struct TrialOptions {
  Bug bug = Bug::none;
  bool reversible = false;  ///< a reversible encoder, as stale_randomness always has
  std::uint64_t seed = 1;
  std::int64_t steps = 400;
  std::int64_t every = 20;  ///< steps between two points of a curve
};

/// What a program shows while it trains, and what the instruments show.
struct Trial {
  Bug bug = Bug::none;
  bool reversible = false;
  std::uint64_t seed = 1;
  std::vector<double> steps{};     ///< of the points below; the first is 0, before training
  std::vector<double> training{};  ///< loss that the program reports of its batches [nats a token]
  std::vector<double> valid{};     ///< the same of new sentences
  std::vector<double> bleu{};      ///< of new sentences, as the program counts it [0 … 100]
  std::string translation{};       ///< of ZooText::ours, at the end
  double length_ratio = 0;         ///< words that it says, over words of the references, at the end
  std::map<Sign, double> signs{};
};

/// One short training with one bug, and what is to be seen of it. A function of its options: the same
/// bits for any number of threads. Cost: 15 s of processor for 400 steps.
Trial run_trial(const ZooText& text, const TrialOptions& options);
/// @}

}  // namespace lectern
