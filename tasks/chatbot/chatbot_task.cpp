#include "tasks/chatbot/chatbot_task.h"

#include "tasks/task/model_options.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/text/batches.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

constexpr const char* vocabulary_entry = "tokenizer";

const ChatbotSettings& settings_of(const Config& config) {
  return config.task.as<ChatbotSettings>();
}

LanguageModel make_model(const Config& config, const DialogueVocabulary& vocabulary) {
  Initializer init(static_cast<std::uint64_t>(config.train.seed));
  return LanguageModel(chatbot_options(config, vocabulary), init);
}

BatchOptions batch_options(const Config& config) {
  return {.batch_tokens = config.train.batch_tokens, .batch_size = config.train.batch_size};
}

/// Adds the counts of the parts of each dialogue.
std::vector<Counts> by_dialogue(const std::vector<Counts>& of_parts,
                                const std::vector<std::int64_t>& parts, const DialogueSet& set) {
  std::vector<Counts> sums(static_cast<std::size_t>(set.dialogues), Counts(3, 0));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dialogue = static_cast<std::size_t>(set.whole[static_cast<std::size_t>(parts[i])]);
    for (std::size_t n = 0; n < of_parts[i].size(); ++n) sums[dialogue][n] += of_parts[i][n];
  }
  return sums;
}

}  // namespace

LanguageModel::Options chatbot_options(const Config& config, const DialogueVocabulary& vocabulary) {
  return {.encoder = sequence_encoder_options(config, vocabulary.size(), /*causal=*/true),
          .head = {.tie_embeddings = config.model.tie_embeddings != TiedEmbeddings::none}};
}

ChatbotTask::ChatbotTask(const Config& config, TrainingDialogues dialogues,
                         DialogueVocabulary vocabulary)
    : config_(config),
      dialogues_(std::move(dialogues)),
      vocabulary_(std::move(vocabulary)),
      model_(make_model(config, vocabulary_)) {}

void ChatbotTask::plan(std::int64_t epoch) {
  if (epoch == planned_) return;
  batches_ =
      plan_epoch(dialogues_.train.parts, batch_options(config_),
                 static_cast<std::uint64_t>(config_.train.seed), static_cast<std::uint32_t>(epoch));
  planned_ = epoch;
}

std::int64_t ChatbotTask::batches_in_epoch(std::int64_t epoch) {
  plan(epoch);
  return std::ssize(batches_);
}

DialogueBatch ChatbotTask::batch(std::int64_t epoch, std::int64_t index) {
  plan(epoch);
  const ChatbotSettings& settings = settings_of(config_);
  return make_dialogue_batch(dialogues_.train.parts, batches_.at(static_cast<std::size_t>(index)),
                             vocabulary_,
                             {.loss_on = settings.loss_on, .longest = settings.length});
}

Variable ChatbotTask::loss(const DialogueBatch& batch) {
  return model_.loss(batch.tokens, batch.targets,
                     {.label_smoothing = config_.train.label_smoothing, .ignore = ignored_target});
}

Task::Validation ChatbotTask::validate(ProcessGroup& ranks) {
  DialogueScore score =
      score_dialogues(model_, dialogues_.valid, vocabulary_, config_, Share(ranks));
  TokenScore& asked = settings_of(config_).loss_on == LossOn::all ? score.all : score.system;
  asked.add_ranks(ranks);
  const double loss = asked.loss();
  return {
      .loss = loss, .score = perplexity_of(loss), .score_name = "perplexity", .score_digits = 2};
}

void ChatbotTask::describe(Checkpoint& checkpoint) {
  describe_task(config_, checkpoint);
  store_vocabulary(vocabulary_, checkpoint);
}

DialogueScore score_dialogues(const LanguageModel& model, const DialogueSet& dialogues,
                              const DialogueVocabulary& vocabulary, const Config& config,
                              Share share) {
  const NoGradient no_gradient;
  const std::int64_t longest = settings_of(config).length;
  DialogueScore score;
  std::vector<std::int64_t> order;
  std::int64_t number = 0;
  for (const auto& which : plan_by_length(dialogues.parts, batch_options(config))) {
    if (!share.has(number++)) continue;
    const auto batch_of = [&](LossOn loss_on) {
      return make_dialogue_batch(dialogues.parts, which, vocabulary,
                                 {.loss_on = loss_on, .longest = longest});
    };
    const DialogueBatch batch = batch_of(LossOn::all);
    const Tensor logits = model(batch.tokens).value();  // [batch, length, vocab]
    score.all.add(logits, batch.targets);
    score.system.add(logits, batch_of(LossOn::system).targets);
    order.insert(order.end(), which.begin(), which.end());
  }
  for (TokenScore* part : {&score.all, &score.system})
    part->examples = by_dialogue(part->examples, order, dialogues);
  return score;
}

void store_vocabulary(const DialogueVocabulary& vocabulary, Checkpoint& checkpoint) {
  store_tokenizer(vocabulary.tokenizer(), vocabulary_entry, checkpoint);
}

DialogueVocabulary stored_dialogue_vocabulary(const Checkpoint& checkpoint, const Config& config) {
  return DialogueVocabulary(stored_tokenizer(checkpoint, vocabulary_entry, config.data.lowercase));
}

}  // namespace lectern
