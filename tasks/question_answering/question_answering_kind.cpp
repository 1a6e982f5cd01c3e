#include "tasks/question_answering/question_answering_kind.h"

#include "tasks/config/patterns_of.h"
#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/question_answering/answers_output.h"
#include "tasks/question_answering/question_answering_task.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/text/unicode.h"
#include "tasks/training/learned_windows.h"

namespace lectern {
namespace {

const QuestionAnsweringSettings& settings_of(const Config& config) {
  return config.task.as<QuestionAnsweringSettings>();
}

/// Says in the log what was left out, or cut.
void tell(const TextReport& report, Journal& journal) {
  if (const std::string summary = report.summary(); !summary.empty())
    journal.note("warning: " + summary);
}

std::unique_ptr<Task> start(const TaskContext& context) {
  const Config& config = context.config;
  const OpenedQuestions files = open_training_questions(config, context.strict);
  tell(files.train->report, context.journal);
  if (files.valid) tell(files.valid->report, context.journal);
  std::shared_ptr<const Tokenizer> tokenizer =
      context.resumed ? stored_tokenizer(*context.resumed, "tokenizer", config.data.lowercase)
                      : learn_vocabulary(config, *files.train);
  auto task = std::make_unique<QuestionAnsweringTask>(config, files, tokenizer, context.strict);
  context.journal.note(
      text("data: ", described(task->train_set()), "; vocabulary ", tokenizer->size()));
  tell(task->train_set().report, context.journal);
  if (files.valid) {
    context.journal.note("validation: " + described(task->valid_set()));
    tell(task->valid_set().report, context.journal);
  }
  return task;
}

/// What learned windows have become, or how wide a given one is: the mean over all heads.
void add_window_figures(Module& model, const Config& config, std::vector<Figure>& figures) {
  if (const auto summary = summary_of_windows(model, settings_of(config).length)) {
    figures.push_back({.name = "sigma", .value = summary->sigma, .unit = "tokens", .digits = 1});
    figures.push_back({.name = "effective tokens",
                       .value = summary->effective_tokens,
                       .unit = "tokens",
                       .digits = 1});
    if (summary->reach >= 0)
      figures.push_back(
          {.name = "window", .value = summary->reach, .unit = "tokens a side", .digits = 0});
    return;
  }
  for (const PatternEntry* pattern : patterns_of(config))
    if (pattern->name == "window") {
      figures.push_back({.name = "window",
                         .value = static_cast<double>(config.attention.window),
                         .unit = "tokens a side",
                         .digits = 0});
      return;
    }
}

Evaluation evaluation_of(const AnswersScore& score, const QuestionSet& set,
                         const HeuristicScore& constant) {
  const CountedText counted{.sentences = score.examples, .score = f1_of};
  const Counts sum = total(counted);
  const Interval interval = bootstrap_interval(counted);
  const double f1 = f1_of(sum), exact = exact_of(sum);
  return {
      .text = text("F1 = ", fixed(f1, 2), " (95 % interval ± ", fixed(interval.half_width, 2),
                   "), exact match = ", fixed(exact, 2), " %, ", set.questions.size(),
                   " questions\nloss = ", fixed(mean_loss(score.loss), 4),
                   " for a start or an end\n", "without learning: F1 = ", fixed(constant.f1, 2),
                   ", exact match = ", fixed(constant.exact, 2), " % by the ",
                   name_of(constant.heuristic), ", the best of four when the run was validated\n"),
      .figures = {{.name = "F1", .value = f1, .unit = "%"},
                  {.name = "exact match", .value = exact, .unit = "%"},
                  {.name = "F1 without learning", .value = constant.f1, .unit = "%"},
                  {.name = "loss", .value = mean_loss(score.loss), .digits = 4}},
      .examples = score.examples};
}

Evaluation measure(const EvaluationRequest& request) {
  const Config& config = request.config;
  TrainedReader reader = load_question_answering(request.checkpoint, config);
  const std::shared_ptr<const SquadFile> file =
      open_questions(config, request.split, request.strict);
  ReadingRoom room(reader.tokenizer, settings_of(config));
  const QuestionSet set = read_questions(file, room, settings_of(config), request.strict);
  warn(file->report);
  warn(set.report);
  const AnswersScore score = score_answers(reader.model, set, room, config);
  const HeuristicScore constant = score_heuristic(
      heuristic_named(request.checkpoint.text_of("question_answering.heuristic")), set);
  Evaluation evaluation = evaluation_of(score, set, constant);
  add_window_figures(reader.model, config, evaluation.figures);
  if (!request.output.empty())
    write_answers(request.output, set, score, settings_of(config).shown, evaluation.text);
  return evaluation;
}

TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  auto reader =
      std::make_shared<TrainedReader>(load_question_answering(request.checkpoint, config));
  const auto file =
      open_questions(config, config.data.test.empty() ? Split::valid : Split::test, request.strict);
  ReadingRoom room(reader->tokenizer, settings_of(config));
  SquadFile one;
  for (const Passage& passage : file->passages)
    if (!passage.questions.empty()) {
      one.passages = {passage};
      break;
    }
  one.passages[0].questions.resize(1);
  if (!request.text.empty()) one.passages[0].questions[0].text = request.text;
  const QuestionSet set =
      read_questions(std::make_shared<SquadFile>(one), room, settings_of(config), request.strict);
  if (set.questions[0].tokens.ids.empty()) refuse_text_without_words();
  const SpanRow row = set.row(set.questions[0], set.pieces[0][0], room);
  const SpanBatch batch = make_span_batch({&row, 1}, settings_of(config));
  std::vector<std::string> tokens;
  for (const std::int32_t id : batch.input.tokens.ids.to_vector<std::int32_t>())
    tokens.push_back(reader->tokenizer->piece(id));
  const std::shared_ptr<Module> model(reader, &reader->model);
  const auto run = [reader, batch] {
    const NoGradient no_gradient;
    reader->model(batch.input, batch.hidden);
  };
  return {model, run,
          request.text.empty() ? "the first question" : "the question given, to the first passage",
          tokens};
}

std::vector<Field> keys() {
  using S = QuestionAnsweringSettings;
  constexpr ValueRange tokens{1, 1'000'000};
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {8, 1'000'000},
               "sequence: question and a piece of the passage [tokens]");
  rows.integer("question_length", &S::question_length, {2, 100'000},
               "of it in front, for the question [tokens]");
  rows.integer("stride", &S::stride, tokens, "from piece to piece of a long passage [tokens]");
  rows.integer("max_answer", &S::max_answer, tokens, "longest answer [tokens]").resumable();
  rows.boolean("word_match", &S::word_match, "tell words that question and passage both have");
  rows.boolean("word_shape", &S::word_shape, "tell capitalised words, numbers and signs");
  rows.number("valid_share", &S::valid_share, {0, 1, true, false},
              "validation split: last articles of data.train held out")
      .only_with("no data.valid", [](const Config& config) { return config.data.valid.empty(); });
  rows.integer("shown", &S::shown, {0, 1'000'000}, "questions on the page of evaluate -o X.html")
      .resumable();
  return keys;
}

void check_settings(const Settings& settings) {
  const QuestionAnsweringSettings& task = settings_of(settings.config());
  const std::int64_t longest = settings.config().model.max_length;
  if (task.length > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
  if (task.room() < 1)
    settings.disagree("task.question_length", "task.length", "leaves no room for a passage in",
                      text(task.length - 1));
  if (task.stride > task.room())
    settings.disagree("task.stride", "task.length", "leaves tokens of a passage out of",
                      text(task.room()));
}

/// What such a task never looks at.
std::vector<std::string> ignored() {
  return {"tokenizer.shared",
          "data.src",
          "data.tgt",
          "data.max_length",
          "model.architecture",
          "model.num_encoder_layers",
          "model.num_decoder_layers",
          "model.tie_embeddings",
          "train.label_smoothing",
          "decode"};
}

}  // namespace

TaskKind question_answering_kind() {
  return {.table = {.name = "question_answering",
                    .summary = "the part of a passage that answers a question",
                    .settings = QuestionAnsweringSettings{},
                    .keys = keys(),
                    .metrics = {"f1", "loss"},
                    .unused = ignored(),
                    .check = check_settings},
          .command = "answer",
          .start = start,
          .score = [](const Config&, const Counts& sum) { return f1_of(sum); },
          .evaluate = measure,
          .example = example,
          .writes_output = true,
          .holds_out = true};
}

TrainedReader load_question_answering(const Checkpoint& checkpoint, const Config& config) {
  expect_task(config, "question_answering", checkpoint.path);
  std::shared_ptr<const Tokenizer> tokenizer =
      stored_tokenizer(checkpoint, "tokenizer", config.data.lowercase);
  Initializer init = Initializer::blank();
  SpanReader model(span_reader_options(config, *tokenizer), init);
  load_parameters(model, checkpoint);
  prepare_for_inference(model);
  return {std::move(model), std::move(tokenizer)};
}

TextAnswer answer_text(const TrainedReader& reader, const Config& config,
                       const std::string& passage, const std::string& question,
                       const Origin& origin) {
  for (const auto& [what, words] :
       {std::pair{"passage", &passage}, std::pair{"question", &question}})
    if (is_blank(*words)) throw Failure(ExitCode::usage, text("the ", what, " has no word in it"));
  SquadFile file{.passages = {{.text = passage}}};
  file.passages[0].questions.push_back(
      {.id = "given", .text = question, .answers = {{.text = "", .begin = 0, .end = 0}}});
  ReadingRoom room(reader.tokenizer, settings_of(config));
  const QuestionSet set =
      read_questions(std::make_shared<SquadFile>(file), room, settings_of(config), false);
  if (set.report.count(long_sentence) > 0) origin.tell(long_sentence, "the question");
  const SaidAnswer said =
      answer_questions(reader.model, set, room, settings_of(config), {.batch_size = 1})[0];
  TextAnswer answer{.text = said.text, .probability = said.probability};
  answer.begin = std::ssize(code_points(passage.substr(0, said.begin)));
  answer.end = answer.begin + std::ssize(code_points(said.text));
  for (const WordRange& sentence : sentences_of(passage, set.passages[0].words))
    if (sentence.begin <= said.words.begin && said.words.begin < sentence.end)
      answer.sentence = text_of(passage, set.passages[0].words, sentence);
  return answer;
}

}  // namespace lectern
