#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/statistical/hmm_aligner.h"
#include "tasks/translation/toy_corpus.h"

namespace lectern {

/// What an independent calculation gave: tests/reference/make_statistical_reference.py.
inline const nlohmann::json& statistical_reference() {
  static const nlohmann::json read = nlohmann::json::parse(
      std::ifstream(LECTERN_TEST_DATA "/reference/statistical_reference.json"));
  return read;
}

inline std::vector<TokenPair> reference_pairs() {
  std::vector<TokenPair> pairs;
  for (const auto& pair : statistical_reference()["pairs"])
    pairs.push_back({pair[0].get<std::vector<Word>>(), pair[1].get<std::vector<Word>>()});
  return pairs;
}

/// The toy corpus in numbers.
struct ToyPairs {
  explicit ToyPairs(std::size_t count) {
    const ToyCorpus corpus = make_toy_corpus({.train = count, .valid = 0, .test = 0});
    std::vector<std::string> german, english;
    for (const SentencePair& pair : corpus.train) {
      german.push_back(pair.source);
      english.push_back(pair.target);
    }
    const TokenizerOptions options{.kind = TokenizerKind::word, .vocab_size = 100'000};
    source = train_tokenizer(german, options);
    target = train_tokenizer(english, options);
    pairs = encode_corpus(corpus.train, *source, *target, 100).pairs;
  }
  std::unique_ptr<Tokenizer> source, target;
  std::vector<TokenPair> pairs;
};

/// Calls `visit(alignment)` for each of the (I + 1)^J alignments.
template <class Visit>
void for_each_alignment(const TokenPair& pair, Visit visit) {
  Alignment alignment(pair.target.size(), from_null);
  const auto last = static_cast<int>(pair.source.size()) - 1;
  for (bool more = true; more;) {
    visit(alignment);
    more = false;
    for (int& place : alignment) {
      if (place < last) {
        ++place;
        more = true;
        break;
      }
      place = from_null;
    }
  }
}

}  // namespace lectern
