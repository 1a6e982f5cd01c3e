#pragma once

#include "tasks/task/text_translator.h"
#include "tasks/translation/statistical_model.h"

namespace lectern {

/// Translates by a noisy channel: words to numbers, search, numbers to words.
class StatisticalTranslator : public TextTranslator {
 public:
  /// Keeps a reference to the model.
  StatisticalTranslator(const StatisticalModel& model, const Config& config);

  std::vector<std::vector<Translation>> translate(const std::vector<std::string>& sentences,
                                                  const Origin& first = {}) const override;
  /// Two pictures: what the aligner believes of the sentence and its translation, and what the
  /// search translated into what.
  WatchedTranslation watch(const std::string& sentence, const Origin& origin) const override;

  const StatisticalModel& model() const { return model_; }
  /// A sentence as the search reads it: its words, and their numbers.
  struct Source {
    std::vector<std::string> words;
    std::vector<Word> numbers;
  };
  /// Cut to model.max_length words, which `origin` is told.
  Source read(const std::string& sentence, const Origin& origin = {}) const;
  /// The best translation with its scores: see ChannelTranslation.
  ChannelTranslation search(const Source& source) const {
    return channel_.translate(source.numbers);
  }
  /// Its words; one that passed through is the source's.
  std::vector<std::string> words_of(const ChannelTranslation& translation,
                                    const Source& source) const;

 private:
  const StatisticalModel& model_;
  bool lowercase_;
  std::size_t max_length_;
  NoisyChannel channel_;
};

/// Translates by rules (rule_translator.h).
class RuleTranslator : public TextTranslator {
 public:
  std::vector<std::vector<Translation>> translate(const std::vector<std::string>& sentences,
                                                  const Origin& first = {}) const override;
  /// \throws Failure (usage): rules do not look
  WatchedTranslation watch(const std::string& sentence, const Origin& origin) const override;
};

/// The translator of a run, with what it learned.
/// \throws Failure (usage) for a key that decided what was learned and is set otherwise now
std::unique_ptr<TextTranslator> load_statistical(const Checkpoint& checkpoint,
                                                 const Config& config);

}  // namespace lectern
