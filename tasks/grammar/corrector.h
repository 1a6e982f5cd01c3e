#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/encoder_decoder.h"
#include "tasks/config/config.h"
#include "tasks/grammar/edits.h"
#include "tasks/grammar/settings.h"
#include "tasks/grammar/speller.h"
#include "tasks/text/corpus.h"
#include "tasks/text/text_report.h"
#include "tasks/translation/translator.h"

namespace lectern {

/// A line, corrected.
struct Correction {
  std::string text;                     ///< the line with its edits made
  std::vector<std::string> words = {};  ///< of the line as it came
  std::vector<Edit> edits = {};         ///< of these words, those that were made
  std::int64_t refused = 0;  ///< edits that the search proposed and that gained too little
};

/// The natural logarithm of how probable the model finds each target given its source, `</s>` included.
/// Cost: the model is run once, in batches of `batch_tokens`.
std::vector<double> log_probabilities(const EncoderDecoder& model,
                                      const std::vector<TokenPair>& pairs,
                                      std::int64_t batch_tokens);

/// A model that corrects lines, and the safeguard that keeps it from changing what it does not
/// understand.
///
/// With task.speller, misspelt words are mended first, and the model reads what comes of it. The beam's
/// best sentence is taken apart into edits. Each edit e is tried by itself, and made where
/// \f[ \log P(x_e \mid x) - \log P(x \mid x) \ge g \f]
/// with x the sentence, x_e the sentence with this edit alone, and g = task.min_gain. With
/// task.rounds > 1 what came out is corrected again, until nothing changes (Lichtarge et al. 2019, §5).
/// Words that no edit touches stay as they were typed, byte for byte.
///
/// What a line becomes is a function of that line and of the model.
/// Cost: a beam search, and one run of the decoder for the sentence and for each edit.
class Corrector {
 public:
  /// \param speller  null: there is none
  Corrector(const EncoderDecoder& model, const Vocabularies& vocabularies, const Config& config,
            std::shared_ptr<const Speller> speller = nullptr);

  /// N in, N out. A line stays as it is where it has characters that the vocabulary lacks or more
  /// tokens than the model reads, which the report of `first` is told.
  std::vector<Correction> correct(const std::vector<std::string>& lines,
                                  const Origin& first = {}) const;

 private:
  struct Sentence;
  std::vector<std::string> spelled(const std::vector<std::string>& lines) const;
  std::vector<Correction> round(const std::vector<std::string>& lines, const Origin& first) const;
  void propose(std::vector<Sentence>& sentences) const;
  void choose(std::vector<Sentence>& sentences) const;

  const EncoderDecoder& model_;
  std::shared_ptr<Tokenizer> tokenizer_;
  DecodeConfig options_;
  GrammarSettings settings_;
  std::shared_ptr<const Speller> speller_;
  Translator translator_;
};

/// A trained model with its corrector.
struct TrainedCorrector {
  TrainedCorrector(TrainedModel model, std::shared_ptr<const Speller> speller)
      : trained(std::move(model)),
        corrector(*trained.model, trained.vocabularies, trained.config, std::move(speller)) {}
  TrainedModel trained;
  Corrector corrector;
};

/// Where a checkpoint keeps its speller.
inline constexpr const char* speller_blob = "speller";
/// Null where task.speller is off, or there is no checkpoint that has one.
std::shared_ptr<const Speller> stored_speller(const Checkpoint* checkpoint, const Config& config);

/// The corrector of a checkpoint; see trained_model.
std::unique_ptr<TrainedCorrector> load_corrector(const Checkpoint& checkpoint,
                                                 const Config& config);

}  // namespace lectern
