#include <cmath>
#include <set>

#include "tasks/chatbot/toy_dialogues.h"
#include "tasks/task/training_options.h"
#include "tasks/training/progress.h"
#include "tests/tasks/chatbot_testing.h"

using namespace lectern;

namespace {

using Ids = std::vector<std::int32_t>;

const std::string two_dialogues = "a b\nb\nc\na a\n\nb c c\na\n";

DialogueSet encoded(const std::string& lines, const DialogueVocabulary& words,
                    std::int64_t length = 32) {
  return encode_dialogues(dialogues_of(lines), words, length);
}

/// The tokens as a reader would write them.
std::string shown(const DialogueVocabulary& words, const Ids& tokens) {
  std::string line;
  for (const std::int32_t token : tokens) {
    if (!line.empty()) line += ' ';
    line += words.piece(token);
  }
  return line;
}

ChatbotTask make_task(const Config& config, const std::string& train,
                      const std::string& valid = "") {
  std::vector<std::string> lines;
  for (const Dialogue& dialogue : dialogues_of(train).dialogues)
    for (const Utterance& utterance : dialogue) lines.push_back(utterance.text);
  const DialogueVocabulary words = words_of(lines);
  const std::int64_t length = config.task.as<ChatbotSettings>().length;
  TrainingDialogues data{.train = encoded(train, words, length)};
  if (!valid.empty()) data.valid = encoded(valid, words, length);
  return ChatbotTask(config, std::move(data), words);
}

}  // namespace

TEST_CASE("a dialogue is its turns, each behind its speaker's mark, and an end", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c <user>"});
  const DialogueSet set = encoded(two_dialogues, words);
  REQUIRE(set.parts.size() == 2);
  CHECK(shown(words, set.parts[0]) == "<user> a b <system> b <user> c <system> a a </s>");
  CHECK(shown(words, set.parts[1]) == "<user> b c c <system> a </s>");
  CHECK(set.tokens == 10 + 6);
  CHECK(set.words == 6 + 4 + 4 + 2);
  CHECK(set.unknown == 0);
  CHECK(encoded("a z\nz\n", words).unknown == 2);
  CHECK(words.size() == words.tokenizer().size() + 2);
}

TEST_CASE("no text spells a mark", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c <user> <system> </s>"});
  TextReport report;
  const Ids turn = words.encode(Speaker::user, {"<user> a <system> </s>"}, report);
  CHECK(turn[0] == words.mark(Speaker::user));
  for (std::size_t i = 1; i < turn.size(); ++i)
    CHECK((turn[i] >= Tokenizer::special_tokens && !words.is_mark(turn[i])));
  CHECK(words.decode({turn.begin() + 1, turn.end()}) == "< user > a < system > < / s >");
}

TEST_CASE("a long dialogue is split between turns, and every token is foretold once", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c"});
  const DialogueSet set = encoded(two_dialogues, words, 5);
  REQUIRE(set.parts.size() == 4);
  CHECK(shown(words, set.parts[0]) == "<user> a b <system> b <user>");
  CHECK(shown(words, set.parts[1]) == "<user> c <system> a a </s>");
  CHECK(shown(words, set.parts[2]) == "<user> b c c <system>");
  CHECK(shown(words, set.parts[3]) == "<system> a </s>");
  CHECK(set.whole == std::vector<std::int64_t>{0, 0, 1, 1});
  std::int64_t foretold = 0;
  for (const Ids& part : set.parts) foretold += std::ssize(part) - 1;
  CHECK(foretold == set.tokens);
}

TEST_CASE("a batch holds tokens, the token after each, and lengths", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c"});
  const DialogueSet set = encoded(two_dialogues, words);
  const DialogueBatch batch = make_dialogue_batch(set.parts, {1, 0}, words);
  CHECK(batch.target_tokens == 16);
  CHECK(batch.tokens.lengths.to_vector<std::int32_t>() == Ids{6, 10});
  const Ids ids = batch.tokens.ids.to_vector<std::int32_t>();
  const Ids targets = batch.targets.to_vector<std::int32_t>();
  CHECK(shown(words, {ids.begin(), ids.begin() + 6}) == "<user> b c c <system> a");
  CHECK(shown(words, {targets.begin(), targets.begin() + 6}) == "b c c <system> a </s>");
  for (int i = 6; i < 10; ++i) {
    CHECK(ids[i] == Tokenizer::pad);
    CHECK(targets[i] == ignored_target);
  }
}

TEST_CASE("of the system's turns count what it says and how it ends", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c"});
  const DialogueSet set = encoded(two_dialogues, words);
  const DialogueBatch batch =
      make_dialogue_batch(set.parts, {0}, words, {.loss_on = LossOn::system});
  Ids counted;
  for (const std::int32_t target : batch.targets.to_vector<std::int32_t>())
    if (target != ignored_target) counted.push_back(target);
  CHECK(shown(words, counted) == "b <user> a a </s>");
  CHECK(batch.target_tokens == 5);
}

TEST_CASE("batches are a function of seed and epoch, and hold every dialogue once", "[chatbot]") {
  const std::string lines = make_toy_dialogues(Split::train, 40).text;
  const Config config = small_chatbot();
  ChatbotTask task = make_task(config, lines), again = make_task(config, lines);
  const auto tokens_of = [](ChatbotTask& some, std::int64_t epoch) {
    std::multiset<std::int64_t> sizes;
    std::vector<Ids> batches;
    std::int64_t targets = 0;
    for (std::int64_t i = 0; i < some.batches_in_epoch(epoch); ++i) {
      const DialogueBatch batch = some.batch(epoch, i);
      batches.push_back(batch.tokens.ids.to_vector<std::int32_t>());
      CHECK((batch.tokens.ids.size() <= 128 || batch.tokens.ids.dim(0) == 1));
      targets += batch.target_tokens;
    }
    return std::pair(batches, targets);
  };
  const auto first = tokens_of(task, 0), second = tokens_of(task, 1);
  CHECK(first == tokens_of(again, 0));
  CHECK(first == tokens_of(task, 0));
  CHECK(first.first != second.first);
  CHECK(first.second == second.second);
}

TEST_CASE("padding changes nothing of a score, for exact attention and for hashing", "[chatbot]") {
  const std::string lines = two_dialogues + "\na\nb\n\nc a b c a b\nc c c c a\nb\na b\n";
  const std::vector<Override> hashing = {{"model.attention", "lsh", "--set"},
                                         {"attention.exact_below", "1", "--set"},
                                         {"attention.window", "4", "--set"},
                                         {"attention.lsh_candidates", "same_bucket", "--set"}};
  for (const std::vector<Override>& attention : {std::vector<Override>{}, hashing}) {
    Config config = parse_config(to_toml(small_chatbot()), "test", attention);
    const DialogueVocabulary words = words_of({"a b c"});
    ChatbotTask task = make_task(config, lines);
    evaluate(task.model());
    const auto& model = dynamic_cast<LanguageModel&>(task.model());
    const DialogueSet set = encoded(lines, words);
    const DialogueScore together = score_dialogues(model, set, words, config);
    config.train.batch_size = 1;
    const DialogueScore apart = score_dialogues(model, set, words, config);
    REQUIRE(together.all.examples.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(static_cast<double>(together.all.examples[i][0]) ==
            Approx(static_cast<double>(apart.all.examples[i][0])).epsilon(1e-6));
      CHECK(together.all.examples[i][2] == apart.all.examples[i][2]);
      CHECK(together.system.examples[i][2] == apart.system.examples[i][2]);
    }
    CHECK(together.all.count == set.tokens);
  }
}

TEST_CASE("parts of a dialogue are scored as one", "[chatbot]") {
  const DialogueVocabulary words = words_of({"a b c"});
  ChatbotTask task = make_task(small_chatbot(), two_dialogues);
  evaluate(task.model());
  const auto& model = dynamic_cast<LanguageModel&>(task.model());
  const DialogueScore score =
      score_dialogues(model, encoded(two_dialogues, words, 5), words, small_chatbot());
  REQUIRE(score.all.examples.size() == 2);
  CHECK(score.all.examples[0][2] == 10);
  CHECK(score.all.examples[1][2] == 6);
  CHECK(score.system.examples[0][2] == 5);
  CHECK(score.system.examples[1][2] == 2);
  CHECK(score.all.sum() ==
        Approx(1e-9 * static_cast<double>(score.all.examples[0][0] + score.all.examples[1][0])));
}

TEST_CASE("a model that knows nothing has the perplexity of its vocabulary", "[chatbot]") {
  ChatbotTask task = make_task(small_chatbot(), two_dialogues, two_dialogues);
  for (NamedParameter& parameter : parameters(task.model()))
    parameter.variable.set_value(zeros_like(parameter.variable.value()));
  REQUIRE(task.can_validate());
  ProcessGroup alone;
  const Task::Validation found = task.validate(alone);
  CHECK(found.score == Approx(3 + 4 + 2).epsilon(1e-5));  // a b c, special tokens, two marks
  CHECK(found.score == Approx(std::exp(found.loss)));
}

TEST_CASE("smoke: the loss begins at the logarithm of the vocabulary, and falls", "[chatbot]") {
  const Config config = small_chatbot();
  ChatbotTask task = make_task(config, make_toy_dialogues(Split::train, 60).text);
  const auto optimizer = make_optimizer(config, parameters(task.model()));
  std::vector<double> losses;
  for (std::int64_t step = 0; step < 10; ++step) {
    train(task.model(), {.step = static_cast<std::uint32_t>(step)});
    const Variable loss = task.loss(task.batch(0, step));
    losses.push_back(scalar(loss.value()));
    minimise(loss, *optimizer, 0.01);
  }
  const double expected = std::log(
      static_cast<double>(dynamic_cast<const LanguageModel&>(task.model()).options().vocab));
  CHECK(losses[0] == Approx(expected).epsilon(0.05));
  CHECK(losses[9] < 0.9 * losses[0]);
}

TEST_CASE("the built-in dialogues are functions of their number, and end by repeating",
          "[chatbot]") {
  std::set<std::string> different;
  for (std::int64_t i = 0; i < 50; ++i) {
    const ToyDialogue one = make_toy_dialogue({.index = i});
    CHECK(one.lines == make_toy_dialogue({.index = i}).lines);
    CHECK(one.lines.size() % 2 == 0);
    CHECK(mentions(one.lines.back(), "you have "));
    // Every number that was drawn is said again.
    for (const std::string& line : one.lines)
      if (const std::size_t at = line.find("the number "); at != std::string::npos)
        CHECK(mentions(one.lines.back(), line.substr(at + 4, 9)));
    different.insert(one.lines.back());
  }
  CHECK(different.size() == 50);
  const ToyDialogues some = make_toy_dialogues(Split::test, 10);
  const DialogueVocabulary words = words_of({some.text});
  CHECK(encoded(some.text, words, 256).tokens == some.words);
  CHECK(some.nats > 0.15 * static_cast<double>(some.words));
  CHECK(some.text != make_toy_dialogues(Split::valid, 10).text);
}
