#include "tasks/chatbot/chatbot_kind.h"

#include "tasks/chatbot/chatbot_task.h"
#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/task/model_options.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

const ChatbotSettings& settings_of(const Config& config) {
  return config.task.as<ChatbotSettings>();
}

const std::string& path_of(const Config& config, Split split) {
  const DataConfig& data = config.data;
  const std::string& path = split == Split::train   ? data.train
                            : split == Split::valid ? data.valid
                                                    : data.test;
  if (path.empty())
    throw Failure(ExitCode::usage, text("data.", name_of(split),
                                        " is not set; name a file of dialogues, plain or .gz, for "
                                        "example --set data.",
                                        name_of(split), "=data/dialogues/", name_of(split), ".txt",
                                        split == Split::test ? ", or choose --split valid" : ""));
  return path;
}

std::shared_ptr<const Tokenizer> learn_tokenizer(const Config& config,
                                                 const std::vector<Dialogue>& dialogues) {
  std::vector<std::string> lines;
  for (const Dialogue& dialogue : dialogues)
    for (const Utterance& utterance : dialogue) {
      lines.push_back(utterance.text);
      prepare_for_tokenizer(lines.back(), config.data.lowercase);
    }
  try {
    return train_tokenizer(std::move(lines), tokenizer_options(config));
  } catch (const Failure& failure) {
    throw Failure(failure.code, text(config.data.train, ": ", failure.what()));
  }
}

void tell(const TextReport& report, Journal& journal) {
  const std::string summary = report.summary();
  if (!summary.empty()) journal.note("warning: " + summary);
}

/// `8437 dialogues (113552 turns, 1873112 tokens, 0 unknown)`
std::string described(const DialogueSet& set) {
  return text(set.dialogues, " dialogues (", set.turns, " turns, ", set.tokens, " tokens, ",
              set.unknown, " unknown)");
}

/// A loss on what the system says needs something that it says.
void keep_answered(const std::string& path, DialogueSet& set, const DialogueVocabulary& vocabulary,
                   Journal& journal) {
  const std::int64_t gone = keep_answered(set, vocabulary);
  if (gone > 0)
    journal.note(text("warning: ", path, ": ", gone,
                      " dialogues or parts in which the system says nothing are left out: "
                      "task.loss_on = \"system\" has nothing to learn there"));
  if (set.parts.empty())
    throw Failure(ExitCode::data, path +
                                      ": the system says nothing; expected its reply in the "
                                      "line after the user's, or set task.loss_on=all");
}

std::unique_ptr<Task> start(const TaskContext& context) {
  const Config& config = context.config;
  DialogueText train = read_dialogues(path_of(config, Split::train), context.strict);
  const DialogueVocabulary vocabulary =
      context.resumed ? stored_dialogue_vocabulary(*context.resumed, config)
                      : DialogueVocabulary(learn_tokenizer(config, train.dialogues));
  const std::int64_t length = settings_of(config).length;
  TrainingDialogues dialogues{.train = encode_dialogues(std::move(train), vocabulary, length)};
  tell(dialogues.train.report, context.journal);
  if (!config.data.valid.empty()) {
    dialogues.valid =
        encode_dialogues(read_dialogues(config.data.valid, context.strict), vocabulary, length);
    tell(dialogues.valid.report, context.journal);
  }
  if (settings_of(config).loss_on == LossOn::system) {
    keep_answered(config.data.train, dialogues.train, vocabulary, context.journal);
    if (!config.data.valid.empty())
      keep_answered(config.data.valid, dialogues.valid, vocabulary, context.journal);
  }
  context.journal.note(text("data: ", described(dialogues.train), " to learn from, ",
                            described(dialogues.valid), " to validate on, vocabulary ",
                            vocabulary.size()));
  auto task = std::make_unique<ChatbotTask>(config, std::move(dialogues), vocabulary);
  const std::string mute = why_mute(dynamic_cast<const LanguageModel&>(task->model()));
  if (!mute.empty())
    context.journal.note("warning: `lectern chat` will not be able to talk to this model: " + mute);
  return task;
}

Evaluation evaluation_of(DialogueScore score, const DialogueSet& set, std::int32_t vocabulary) {
  const TokenScore& all = score.all;
  const TokenScore& system = score.system;
  const double perplexity = perplexity_of(all.loss());
  const double per_word = perplexity_of(all.sum() / static_cast<double>(set.words));
  Evaluation result{.less_is_better = true};
  result.text = text("perplexity = ", fixed(perplexity, 3), " per token (", all.count,
                     " tokens of ", set.dialogues, " dialogues, vocabulary ", vocabulary, "; ",
                     set.unknown, " unknown)\n", "perplexity = ", fixed(per_word, 3), " per word (",
                     set.words, " words and ends of turns)\n");
  result.figures = {{.name = "perplexity", .value = perplexity, .unit = "per token", .digits = 3},
                    {.name = "perplexity", .value = per_word, .unit = "per word", .digits = 3}};
  if (system.count > 0) {
    const double of_system = perplexity_of(system.loss());
    result.text +=
        text("perplexity = ", fixed(of_system, 3), " per token of the system's turns (",
             system.count, " tokens), accuracy = ", fixed(100.0 * system.accuracy(), 2), " %\n");
    result.figures.push_back(
        {.name = "system's perplexity", .value = of_system, .unit = "per token", .digits = 3});
    result.figures.push_back(
        {.name = "system's accuracy", .value = 100.0 * system.accuracy(), .unit = "%"});
  }
  result.text += text("loss = ", fixed(all.loss(), 4),
                      " per token\naccuracy = ", fixed(100.0 * all.accuracy(), 2),
                      " % of tokens were the likeliest\n");
  result.figures.push_back({.name = "loss", .value = all.loss(), .unit = "per token", .digits = 4});
  result.figures.push_back({.name = "accuracy", .value = 100.0 * all.accuracy(), .unit = "%"});
  result.examples = std::move(score.all.examples);
  return result;
}

Evaluation measure(const EvaluationRequest& request) {
  const Config& config = request.config;
  const auto [model, vocabulary] = load_chatbot(request.checkpoint, config);
  const DialogueSet set =
      encode_dialogues(read_dialogues(path_of(config, request.split), request.strict), vocabulary,
                       settings_of(config).length);
  warn(set.report);
  return evaluation_of(score_dialogues(model, set, vocabulary, config), set, vocabulary.size());
}

/// The dialogue that a picture shows: the text given, or the first one of the test data.
DialogueText example_text(const ExampleRequest& request) {
  if (request.text.empty()) return read_dialogues(path_of(request.config, Split::test));
  DialogueText read;
  read.report = TextReport("the text", request.strict);
  const std::string words = mended(request.text, {&read.report});
  read.dialogues.push_back(dialogue_of(words));
  if (read.dialogues[0].empty())
    throw Failure(ExitCode::usage,
                  "the text has no word in it; give what user and system say, line by line");
  return read;
}

TrainedExample example(const ExampleRequest& request) {
  TrainedChatbot trained = load_chatbot(request.checkpoint, request.config);
  DialogueText read = example_text(request);
  read.dialogues.resize(1);
  const std::int64_t length =
      std::min(settings_of(request.config).length, request.config.model.max_length);
  DialogueSet set = encode_dialogues(std::move(read), trained.vocabulary, length);
  if (set.unknown > 0) set.report.add(1, unknown_tokens, text(set.unknown, " of ", set.tokens));
  warn(set.report);
  const std::vector<std::vector<std::int32_t>> first = {set.parts[0]};
  const DialogueBatch batch =
      make_dialogue_batch(first, {0}, trained.vocabulary, {.longest = length});
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < first[0].size(); ++i)
    names.push_back(trained.vocabulary.piece(first[0][i]));
  names.resize(static_cast<std::size_t>(batch.tokens.ids.dim(1)), "<pad>");
  const auto model = std::make_shared<LanguageModel>(std::move(trained.model));
  const auto run = [model, tokens = batch.tokens] {
    const NoGradient no_gradient;
    (*model)(tokens);
  };
  return {model, run, request.text.empty() ? "the first test dialogue" : "the dialogue given",
          names};
}

std::vector<Field> keys() {
  using S = ChatbotSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {2, 1'000'000},
               "sequence length: longer dialogues are split [tokens]");
  rows.choice("loss_on", &S::loss_on, "learn from all turns, or from the system's alone");
  return keys;
}

void check_settings(const Settings& settings) {
  check_causal_patterns(settings);
  const Config& config = settings.config();
  if (settings_of(config).length > config.model.max_length)
    settings.disagree("task.length", "model.max_length", "is above", text(config.model.max_length));
  if (config.tokenizer.kind == TokenizerKind::byte)
    settings.disagree("tokenizer.kind", "task.name", "has no room for the speakers' marks in",
                      "tokenizer.kind=bpe");
}

}  // namespace

TaskKind chatbot_kind() {
  return {.table = {.name = "chatbot",
                    .summary = "to foretell, and to hold, dialogues of a user and a system",
                    .settings = ChatbotSettings{},
                    .keys = keys(),
                    .metrics = {"loss"},
                    .unused = {"tokenizer.shared", "data.src", "data.tgt", "data.max_length",
                               "model.architecture", "model.num_encoder_layers",
                               "model.num_decoder_layers", "decode.max_length_ratio",
                               "decode.max_length_offset", "decode.batch_tokens"},
                    .check = check_settings},
          .command = "chat",
          .start = start,
          .score = [](const Config&, const Counts& sum) { return perplexity_of(loss_of(sum)); },
          .evaluate = measure,
          .example = example};
}

TrainedChatbot load_chatbot(const Checkpoint& checkpoint, const Config& config) {
  expect_task(config, "chatbot", checkpoint.path);
  DialogueVocabulary vocabulary = stored_dialogue_vocabulary(checkpoint, config);
  Initializer init = Initializer::blank();
  LanguageModel model(chatbot_options(config, vocabulary), init);
  load_parameters(model, checkpoint);
  prepare_for_inference(model);
  return {std::move(model), std::move(vocabulary)};
}

std::string why_mute(const LanguageModel& model) {
  try {
    model.start(1);
  } catch (const ProgramError& error) {
    return error.problem;
  }
  return {};
}

}  // namespace lectern
