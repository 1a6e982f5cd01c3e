#pragma once

#include <cstddef>
#include <vector>

#include "tasks/text/corpus.h"

namespace lectern {

struct ToyCorpusOptions {
  unsigned seed = 42;
  std::size_t train = 12000, valid = 500, test = 500;  ///< numbers of pairs
};

/// Pairs of a German sentence and its English translation.
struct ToyCorpus {
  std::vector<SentencePair> train, valid, test;
  /// A test sentence whose words must change places in several ways: a frame of two verbs, and a
  /// subordinate clause with the verb at its end. For pictures of attention.
  SentencePair show_case;
};

/// Makes a small parallel corpus from a grammar, so that a translation can be learnt in a minute on
/// any machine, without data from elsewhere. English follows from German without a doubt, but not
/// word by word:
///
/// - articles and adjectives agree in gender, case and number: `einem alten Mann`;
/// - nouns are compounded: `Holztisch`, a wooden table;
/// - verbs split, `Die Frau ruft den Arzt an.`, and the particle decides what they mean;
/// - the verb is second in main clauses, whatever comes first: `Heute liest der Mann ein Buch.`,
///   `Den Ball fängt die Katze.`; first in questions; last in subordinate clauses;
/// - participles and infinitives go to the end: `Der Sohn hat gestern im Garten gespielt.`;
/// - `nicht` and `kein` become `does not`, `did not`, `cannot` …
///
/// Every sentence has 4 to 14 words; no German and no English sentence occurs twice, within or
/// across the parts. The corpus is a function of the seed alone, on every machine; valid and test
/// do not depend on how large train is. Cost: 0.1 s.
ToyCorpus make_toy_corpus(const ToyCorpusOptions& options = {});

}  // namespace lectern
