#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/language_model.h"
#include "tasks/chatbot/dialogue_batch.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/share.h"

namespace lectern {

/// The model that a configuration describes, over a vocabulary of dialogues.
LanguageModel::Options chatbot_options(const Config& config, const DialogueVocabulary& vocabulary);

/// What a chatbot learns from, and validates on.
struct TrainingDialogues {
  DialogueSet train;
  DialogueSet valid = {};  ///< empty: there is nothing to validate on
};

/// Learning to foretell every token of a dialogue, whole dialogues as sequences: a chatbot is a
/// language model that knows whose turn it is.
class ChatbotTask : public TaskOf<DialogueBatch> {
 public:
  ChatbotTask(const Config& config, TrainingDialogues dialogues, DialogueVocabulary vocabulary);

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t epoch) override;
  DialogueBatch batch(std::int64_t epoch, std::int64_t index) override;
  Variable loss(const DialogueBatch& batch) override;
  bool can_validate() const override { return !dialogues_.valid.parts.empty(); }
  Validation validate(ProcessGroup& ranks) override;
  std::string data_checksum() const override { return text(dialogues_.train.checksum); }
  void describe(Checkpoint& checkpoint) override;

 private:
  void plan(std::int64_t epoch);

  Config config_;
  TrainingDialogues dialogues_;
  DialogueVocabulary vocabulary_;
  LanguageModel model_;
  std::int64_t planned_ = -1;  // the epoch
  std::vector<std::vector<std::int64_t>> batches_;
};

/// How well a model foretells dialogues. Of every dialogue, in their order, its own counts.
struct DialogueScore {
  TokenScore all;     ///< every token but a dialogue's first
  TokenScore system;  ///< of what the system says, and of how its turns end
};
DialogueScore score_dialogues(const LanguageModel& model, const DialogueSet& dialogues,
                              const DialogueVocabulary& vocabulary, const Config& config,
                              Share share = {});

/// The vocabulary's place in a checkpoint.
void store_vocabulary(const DialogueVocabulary& vocabulary, Checkpoint& checkpoint);
DialogueVocabulary stored_dialogue_vocabulary(const Checkpoint& checkpoint, const Config& config);

}  // namespace lectern
