#pragma once

#include "models/language_model.h"
#include "tasks/chatbot/dialogue_tokens.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// Learning to foretell dialogues of a user and a system; measured in perplexity.
TaskKind chatbot_kind();

/// What `lectern chat` needs of a run.
struct TrainedChatbot {
  LanguageModel model;  ///< ready to be used
  DialogueVocabulary vocabulary;
};

/// The model of a checkpoint as `config` describes it: its own configuration, in which what has no
/// weights may be set otherwise. Throws Failure(usage) where it learned another task,
/// Failure(checkpoint) where the weights do not fit.
TrainedChatbot load_chatbot(const Checkpoint& checkpoint, const Config& config);

/// Why a model cannot write, or nothing: an attention that cannot go on one token at a time.
std::string why_mute(const LanguageModel& model);

}  // namespace lectern
