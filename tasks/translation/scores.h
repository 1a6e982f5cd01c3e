#pragma once

#include "tasks/task/task_kind.h"
#include "tasks/text/sentence_pair.h"

namespace lectern {

/// data.train, data.valid or data.test. Throws Failure(usage) where it is not set.
std::string prefix_of(const Config& config, Split split);

/// Cased BLEU of added-up counts: TaskKind::score.
double bleu_score(const Config& config, const Counts& sum);

/// Sentence pairs, and how well their sources were translated.
struct MeasuredTranslations {
  std::vector<SentencePair> pairs;
  Evaluation evaluation;  ///< BLEU, cased and lower-cased, and chrF
};

/// Translates the sources of a part of the data, writes what came out where the request asks for
/// it, and scores it.
MeasuredTranslations measure_translations(const EvaluationRequest& request,
                                          const TextTranslator& translator);

}  // namespace lectern
