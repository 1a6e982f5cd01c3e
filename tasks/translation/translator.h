#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/decoder.h"
#include "tasks/config/config.h"
#include "tasks/task/text_translator.h"
#include "tasks/translation/vocabularies.h"

namespace lectern {

/// A model with its vocabularies: text in, text out.
class Translator {
 public:
  Translator(const EncoderDecoder& model, Vocabularies vocabularies, const DecodeConfig& options);

  /// The best translation of a sentence.
  std::string translate(const std::string& sentence) const;
  /// n_best translations of each sentence, best first. N in, N out: an empty sentence gives empty
  /// translations. Sentences of like length are searched together.
  /// \param first  where the first sentence stands; what is drawn for a sentence depends on its line.
  ///               Its report is told what is cut of a sentence, and of its best translation
  std::vector<std::vector<Translation>> translate(const std::vector<std::string>& sentences,
                                                  const Origin& first = {}) const;

  const Vocabularies& vocabularies() const { return vocabularies_; }
  /// A sentence as the model reads it, cut to the length that it can read, which `origin` is told.
  std::vector<std::int32_t> encode(const std::string& sentence, const Origin& origin = {}) const;

 private:
  /// The budget of a batch: small enough to give every thread a few batches, so that all are busy
  /// to the end, and large enough to read the weights seldom.
  std::int64_t batch_tokens(const std::vector<std::vector<std::int32_t>>& sources) const;
  std::vector<std::vector<Hypothesis>> search(const std::vector<std::vector<std::int32_t>>& sources,
                                              const std::vector<std::int64_t>& which,
                                              std::int64_t first_line) const;

  const EncoderDecoder& model_;
  Vocabularies vocabularies_;
  DecodeConfig options_;
};

/// A trained model as a checkpoint keeps it: everything that translating needs.
struct TrainedModel {
  Config config;
  Vocabularies vocabularies;
  std::unique_ptr<EncoderDecoder> model;
  std::string checkpoint_path;
};

/// A trained model behind the commands' interface.
class NeuralTranslator : public TextTranslator {
 public:
  explicit NeuralTranslator(TrainedModel trained);

  std::vector<std::vector<Translation>> translate(const std::vector<std::string>& sentences,
                                                  const Origin& first = {}) const override;
  WatchedTranslation watch(const std::string& sentence, const Origin& origin) const override;
  const TrainedModel& trained() const { return trained_; }

 private:
  TrainedModel trained_;
  Translator translator_;
};

/// The model of a checkpoint, as `config` describes it: its own configuration, in which what has no
/// weights may be set otherwise. Throws Failure(usage) where it learned another task.
TrainedModel trained_model(const Checkpoint& checkpoint, const Config& config,
                           const std::string& task = "translation");

/// The same from a checkpoint's file, or the best one of a run folder. Throws Failure(checkpoint).
TrainedModel load_model(const std::string& run);

}  // namespace lectern
