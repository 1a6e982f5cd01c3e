#include <cmath>

#include "tasks/question_answering/answers.h"
#include "tasks/question_answering/answers_output.h"
#include "tasks/question_answering/facts.h"
#include "tasks/question_answering/heuristics.h"
#include "tasks/question_answering/question_answering_kind.h"
#include "tasks/question_answering/question_answering_task.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

std::vector<std::string> written_words(const std::string& text) {
  std::vector<std::string> words;
  const std::vector<PassageWord> found = words_of(text);
  for (std::size_t i = 0; i < found.size(); ++i)
    words.emplace_back(text_of(text, found, {i, i + 1}));
  return words;
}

/// A small model that has learned nothing, and questions to ask it.
struct Lesson {
  explicit Lesson(const std::string& attention = "exact") {
    config.task = {"question_answering", settings};
    config.data.train = folder.write("train.json", facts_json({.passages = 12}));
    config.data.valid =
        folder.write("valid.json", facts_json({.split = Split::valid, .passages = 6}));
    config.tokenizer = {.kind = TokenizerKind::word, .vocab_size = 200};
    config.model.d_model = 16;
    config.model.nhead = 2;
    config.model.num_layers = 2;
    config.model.dim_feedforward = 32;
    config.model.dropout = config.model.attention_dropout = 0.0;
    config.model.max_length = 128;
    config.model.attention = attention;
    config.attention.window = 8;
    config.train.batch_size = 4;
  }

  QuestionAnsweringTask task(bool strict = false) {
    const OpenedQuestions files = open_training_questions(config, strict);
    return {config, files, learn_vocabulary(config, *files.train), strict};
  }

  TemporaryFolder folder;
  QuestionAnsweringSettings settings{
      .length = 96, .question_length = 16, .stride = 40, .max_answer = 6};
  Config config;
};

const SpanReader& reader_of(QuestionAnsweringTask& task) {
  evaluate(task.model());
  return dynamic_cast<SpanReader&>(task.model());
}

}  // namespace

TEST_CASE("words are letters, digits, or one other character", "[questions]") {
  CHECK(written_words("In 1990s' U.S., €5bn") ==
        std::vector<std::string>{"In", "1990", "s", "'", "U", ".", "S", ".", ",", "€", "5", "bn"});
  CHECK(written_words("Zoe\u0301 a–b\u00a0東京") ==
        std::vector<std::string>{"Zoe\u0301", "a", "–", "b", "東京"});
  CHECK(written_words(" \n ").empty());
  CHECK(written_words("a\xff"
                      "b") == std::vector<std::string>{"a", "\xff", "b"});
  const std::vector<PassageWord> words = words_of("The 7 dogs.");
  CHECK(words[0].lower == "the");
  CHECK(words[0].shape == WordShape::capitalised);
  CHECK(words[1].shape == WordShape::number);
  CHECK(words[2].shape == WordShape::plain);
  CHECK(words[3].shape == WordShape::sign);
}

TEST_CASE("sentences end where a mark, white space and no small letter follow", "[questions]") {
  const std::string text = "It is 3.5 m, i.e. long. \"Is it?\" She said so! (No.) Yes";
  const std::vector<PassageWord> words = words_of(text);
  std::vector<std::string> sentences;
  for (const WordRange& range : sentences_of(text, words))
    sentences.emplace_back(text_of(text, words, range));
  CHECK(sentences == std::vector<std::string>{"It is 3.5 m, i.e. long.", "\"Is it?\"",
                                              "She said so!", "(No.)", "Yes"});
  CHECK(sentences_of("", {}).empty());
}

TEST_CASE("an answer is widened to the words that it touches", "[questions]") {
  const std::string text = "in the 1990s here";
  const std::vector<PassageWord> words = words_of(text);  // in the 1990 s here
  CHECK(words_touched({"1990", 7, 11}, words) == WordRange{2, 3});
  CHECK(words_touched({"99", 8, 10}, words) == WordRange{2, 3});
  CHECK(words_touched({"e 1990s ", 5, 13}, words) == WordRange{1, 4});
  CHECK_FALSE(words_touched({" ", 2, 3}, words).has_value());
}

TEST_CASE("a long passage is read in pieces, and a token believed where it has most around it",
          "[questions]") {
  CHECK(pieces_of(10, 10, 4) == std::vector<TokenRange>{{0, 10}});
  const std::vector<TokenRange> pieces = pieces_of(15, 10, 4);
  CHECK(pieces == std::vector<TokenRange>{{0, 10}, {4, 14}, {8, 15}});
  CHECK(best_piece(pieces, 0) == 0);
  CHECK(best_piece(pieces, 6) == 0);   // 3 after it; 2 before it in the second
  CHECK(best_piece(pieces, 7) == 1);   // 2 against 3 and none
  CHECK(best_piece(pieces, 11) == 2);  // 2 against 3
  CHECK(best_piece(pieces, 14) == 2);
  CHECK_THROWS(pieces_of(15, 10, 11));
}

TEST_CASE("the likeliest span is found, no longer than allowed", "[questions]") {
  const std::vector<float> start = {0, 3, 0, 1}, end = {2, 0, 0, 3};
  const FoundSpan whole = best_span(start, end, 4);
  CHECK(whole.tokens == TokenRange{1, 4});
  const double starts = std::exp(3) / (2 + std::exp(3) + std::exp(1));
  const double ends = std::exp(3) / (2 + std::exp(2) + std::exp(3));
  CHECK(whole.probability == Approx(starts * ends));
  CHECK(best_span(start, end, 2).tokens == TokenRange{3, 4});  // 1 + 3, against 3 + 0
  CHECK(span_loss(start, end, {1, 4}) == Approx(-0.5 * std::log(starts * ends)));
  CHECK_THROWS(best_span({}, {}, 4));
}

TEST_CASE("a sequence is the question, its room, and a piece of the passage", "[questions]") {
  Lesson lesson;
  QuestionAnsweringTask task = lesson.task();
  const QuestionSet& set = task.train_set();
  ReadingRoom room(learn_vocabulary(lesson.config, *set.file), lesson.settings);
  const PassageTokens passage = room.passage("The key of Anna is in the red box.");
  const QuestionTokens question = room.question("Where is the KEY?", passage);
  CHECK(question.marks == std::vector<std::int32_t>{1, 2, 2, 2, 1});
  const std::vector<std::int32_t> marks = room.marks(passage, question);
  const std::int32_t plain = Marks::passage, name = plain + 2, sign = plain + 6;
  CHECK(marks == std::vector<std::int32_t>{name + 1, plain + 1, plain, name, plain + 1, plain,
                                           plain + 1, plain, plain, sign});

  const SpanRow row{.question = &question,
                    .passage = &passage,
                    .marks = {marks.begin() + 2, marks.begin() + 6},
                    .piece = {2, 6},
                    .answer = {3, 5}};
  const SpanRow whole{.question = &question, .passage = &passage, .marks = marks, .piece = {0, 10}};
  const std::vector<SpanRow> rows = {row, whole};
  const SpanBatch batch = make_span_batch(rows, lesson.settings);
  CHECK(batch.input.tokens.ids.shape() == Shape{2, 26});
  CHECK(batch.input.tokens.lengths.to_vector<std::int32_t>() == std::vector<std::int32_t>{20, 26});
  const auto ids = batch.input.tokens.ids.to_vector<std::int32_t>();
  CHECK(ids[5] == Tokenizer::end);
  CHECK(ids[6] == Tokenizer::pad);
  CHECK(ids[16] == passage.ids[2]);
  CHECK(ids[20] == Tokenizer::pad);
  CHECK(batch.targets.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, 2, 0, 0});
  const auto hidden = batch.hidden.to_vector<float>();
  CHECK(hidden[3] == 0);
  CHECK(hidden[4] == SpanReader::never);
}

TEST_CASE("an answer does not depend on what else is asked, in pieces or whole", "[questions]") {
  for (const char* attention : {"exact", "window", "learned_window"})
    for (const std::int64_t length : {96, 36}) {
      INFO(attention << ", " << length);
      Lesson lesson(attention);
      lesson.settings.length = length;
      lesson.settings.stride = 10;
      lesson.config.task = {"question_answering", lesson.settings};
      lesson.config.attention.global_tokens = attention == std::string("window") ? 16 : 0;
      QuestionAnsweringTask task = lesson.task();
      const QuestionSet& set = task.valid_set();
      CHECK((set.long_passages > 0) == (length == 36));
      ReadingRoom room(learn_vocabulary(lesson.config, *task.train_set().file), lesson.settings);
      const SpanReader& reader = reader_of(task);
      const auto together = answer_questions(reader, set, room, lesson.settings, {.batch_size = 7});
      const auto alone = answer_questions(reader, set, room, lesson.settings, {.batch_size = 1});
      for (std::size_t i = 0; i < alone.size(); ++i) {
        CHECK(alone[i].text == together[i].text);
        CHECK(alone[i].probability == Approx(together[i].probability).epsilon(1e-4));
        CHECK(alone[i].loss == Approx(together[i].loss).epsilon(1e-4));
        CHECK(mentions(set.passage_of(set.questions[i]).text, alone[i].text));
      }
    }
}

TEST_CASE("an epoch has every question once, as a function of seed and epoch", "[questions]") {
  Lesson lesson;
  QuestionAnsweringTask task = lesson.task(), same = lesson.task();
  std::int64_t questions = 0;
  for (std::int64_t i = 0; i < task.batches_in_epoch(0); ++i) {
    const SpanBatch batch = task.batch(0, i);
    questions += batch.target_tokens / 2;
    CHECK(batch.input.tokens.ids.to_vector<std::int32_t>() ==
          same.batch(0, i).input.tokens.ids.to_vector<std::int32_t>());
  }
  CHECK(questions == 48);
  const double loss = task.loss(task.batch(0, 0)).value().to_vector<float>()[0];
  CHECK(loss > 2.0);  // about log(50): nothing is known
  CHECK(loss < 6.0);
}

TEST_CASE("articles are held out where no file is given to validate on", "[questions]") {
  Lesson lesson;
  lesson.config.data.valid.clear();
  CHECK(mentions(failure_of(ExitCode::data, [&] { open_training_questions(lesson.config, false); }),
                 "its 1 article cannot be shared out, 1 of them to validate on"));
  lesson.config.data.train.clear();
  CHECK(
      mentions(failure_of(ExitCode::usage, [&] { open_training_questions(lesson.config, false); }),
               "data.train is not set"));
}

TEST_CASE("a question that has no room is cut, counted, and refused with strict", "[questions]") {
  Lesson lesson;
  lesson.settings.question_length = 6;
  lesson.config.task = {"question_answering", lesson.settings};
  QuestionAnsweringTask task = lesson.task();
  CHECK(mentions(task.train_set().report.summary(), "more tokens than the model reads, cut"));
  CHECK(mentions(failure_of(ExitCode::data, [&] { lesson.task(/*strict=*/true); }),
                 "more tokens than the model reads"));
}

TEST_CASE("answers without learning are scored, and the best of them chosen", "[questions]") {
  Lesson lesson;
  QuestionAnsweringTask task = lesson.task();
  const QuestionSet& set = task.valid_set();
  const QuestionSet::Entry& entry = set.questions.at(0);
  const std::string& passage = set.passage_of(entry).text;
  CHECK(mentions(passage, guess(Heuristic::matching_sentence, set, entry)));
  CHECK(passage.starts_with(guess(Heuristic::first_sentence, set, entry)));
  const HeuristicScore first = score_heuristic(Heuristic::first_sentence, set),
                       match = score_heuristic(Heuristic::matching_sentence, set),
                       best = score_heuristic(best_heuristic(set), set);
  CHECK(match.f1 > first.f1);
  CHECK(best.f1 >= match.f1);
  CHECK(heuristic_named(name_of(best.heuristic)) == best.heuristic);
  CHECK_THROWS(heuristic_named("luck"));
}

TEST_CASE("what was said is written for the scorer, and as a page", "[questions]") {
  Lesson lesson;
  QuestionAnsweringTask task = lesson.task();
  const QuestionSet& set = task.valid_set();
  ReadingRoom room(learn_vocabulary(lesson.config, *task.train_set().file), lesson.settings);
  const AnswersScore score = score_answers(reader_of(task), set, room, lesson.config);
  CHECK(score.examples.size() == set.questions.size());
  const std::string json = lesson.folder.file("said.json"), page = lesson.folder.file("said.html");
  write_answers(json, set, score, 3, "F1");
  write_answers(page, set, score, 3, "F1");
  const auto content = [](const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  };
  CHECK(mentions(content(json), "\"valid-0-0\": \"" + score.said[0].text.substr(0, 4)));
  CHECK(mentions(content(page), "<mark>"));
  CHECK(mentions(content(page), "<u>"));
  CHECK(mentions(content(page), "The first 3 of 24 questions"));
}

TEST_CASE("a span reader wants a passage behind the question, and hides what is none",
          "[questions]") {
  Lesson lesson;
  QuestionAnsweringTask task = lesson.task();
  const SpanReader& reader = reader_of(task);
  const std::int64_t room = lesson.settings.question_length;
  const auto zeros = [](std::int64_t length) {
    return full({1, length}, 0, DType::i32, default_device());
  };
  const MarkedTokens short_input{.tokens = {.ids = zeros(room), .lengths = {}},
                                 .marks = zeros(room)};
  CHECK_THROWS(reader(short_input, Tensor({1, 1, 1})));
  const MarkedTokens input{.tokens = {.ids = zeros(room + 2), .lengths = {}},
                           .marks = zeros(room + 2)};
  const Tensor hidden = tensor_of<float>({1, 1, 2}, {0.0f, SpanReader::never});
  const auto logits = reader(input, hidden).value().to_vector<float>();
  const FoundSpan found = best_span(std::span(logits).first(2), std::span(logits).subspan(2), 2);
  CHECK(found.tokens == TokenRange{0, 1});
  CHECK(found.probability == Approx(1));
}
