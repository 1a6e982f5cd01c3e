#include <cmath>
#include <set>

#include "tasks/synthetic/copy.h"
#include "tasks/synthetic/recall.h"
#include "tasks/synthetic/reverse.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

using Word = std::vector<std::int32_t>;

/// A model that learns to copy three symbols out of four, in no time.
Config small() {
  Config config;
  config.task = {
      "copy",
      RepeatSettings{.length = 8, .symbols = 6, .sizes = {.train = 50, .valid = 20, .test = 30}}};
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_layers = 1;
  config.model.dim_feedforward = 32;
  config.model.max_length = 8;
  config.train.batch_size = 16;
  return config;
}

}  // namespace

TEST_CASE("a word is said twice, or back to front", "[synthetic]") {
  CHECK(copy_sequence({3, 1, 2}) == Word{0, 3, 1, 2, 0, 3, 1, 2});
  CHECK(reverse_sequence({3, 1, 2}) == Word{0, 3, 1, 2, 0, 2, 1, 3});
}

TEST_CASE("only the second word is a target", "[synthetic]") {
  const SequenceBatch batch =
      make_sequence_batch({{.tokens = {0, 3, 1, 0, 3, 1}, .asked = {4, 5}},
                           {.tokens = {0, 2, 4, 0, 2, 4}, .asked = {4, 5}}});
  const RepeatSettings three{.length = 8, .symbols = 6};
  CHECK(repeat_source(three, copy_sequence).make({}, 8).asked == Word{5, 6, 7});
  const std::int32_t none = ignored_target;
  CHECK(batch.ids.to_vector<std::int32_t>() == Word{0, 3, 1, 0, 3, 1, 0, 2, 4, 0, 2, 4});
  CHECK(batch.targets.to_vector<std::int32_t>() ==
        Word{none, none, none, 3, 1, none, none, none, none, 2, 4, none});
  CHECK(batch.target_tokens == 4);
  CHECK(batch.source_tokens == 8);
}

TEST_CASE("words are functions of seed, part and index, and no part has another's", "[synthetic]") {
  const RepeatSettings task{.length = 8, .symbols = 6};  // 216 words only
  const auto word = [&](Split split, std::int64_t i) {
    return draw_word(task, {.seed = 7, .split = split, .index = i});
  };
  std::set<Word> train, valid, test;
  for (std::int64_t i = 0; i < 400; ++i) {
    const Word drawn = word(Split::train, i);
    CHECK(drawn.size() == 3);
    for (const std::int32_t symbol : drawn) CHECK((1 <= symbol && symbol <= 6));
    CHECK(drawn == word(Split::train, i));
    train.insert(drawn);
    valid.insert(word(Split::valid, i));
    test.insert(word(Split::test, i));
  }
  CHECK(train.size() > 150);
  CHECK(valid.size() > 5);
  CHECK(test.size() > 5);
  for (const Word& drawn : valid) CHECK((!train.contains(drawn) && !test.contains(drawn)));
  for (const Word& drawn : test) CHECK_FALSE(train.contains(drawn));
  CHECK(word(Split::train, 0) != word(Split::train, 1));
  CHECK(word(Split::train, 0) != draw_word(task, {.seed = 8, .split = Split::train, .index = 0}));
}

TEST_CASE("symbols are drawn evenly", "[synthetic]") {
  const RepeatSettings task{.length = 202, .symbols = 5};
  std::vector<int> seen(6);
  for (std::int64_t i = 0; i < 100; ++i)
    for (const std::int32_t symbol : draw_word(task, {.index = i})) ++seen[symbol];
  for (int symbol = 1; symbol <= 5; ++symbol) CHECK(std::abs(seen[symbol] - 2000) < 200);
}

TEST_CASE("too few different words are told, not searched for ever", "[synthetic]") {
  const RepeatSettings task{.length = 4, .symbols = 2};
  int found = 0;
  std::string message;
  for (const Split split : {Split::train, Split::valid, Split::test}) {
    try {
      draw_word(task, {.split = split});
      ++found;
    } catch (const Failure& failure) {
      message = failure.what();
    }
  }
  CHECK(found < 3);  // two words cannot fill three parts
  CHECK(mentions(message, "try a larger task.length"));
}

TEST_CASE("an untrained model knows no better than chance", "[synthetic]") {
  RepeatTask task(small(), copy_sequence);
  evaluate(task.model());
  const SequenceScore score = task.score(Split::test);
  CHECK(score.sequences == 30);
  CHECK(score.symbols.count == 30 * 3);
  CHECK(score.symbols.accuracy() < 0.6);
  CHECK(score.symbols.loss() == Approx(std::log(7.0)).margin(1.5));
  CHECK(mentions(score.samples, "wanted "));
  // Sequence by sequence it is the same score.
  CHECK(score.symbols.examples.size() == 30);
  const Counts sum = total({score.symbols.examples, accuracy_of});
  CHECK(sum[1] == score.symbols.right);
  CHECK(accuracy_of(sum) == Approx(100 * score.symbols.accuracy()));
  CHECK(loss_of(sum) == Approx(score.symbols.loss()));
}

TEST_CASE("batches of an epoch cover its examples, and the next epoch has others", "[synthetic]") {
  RepeatTask task(small(), copy_sequence);
  evaluate(task.model());
  CHECK(task.batches_in_epoch(0) == 4);  // 16 + 16 + 16 + 2
  CHECK(task.inputs(0, 3).target_tokens == 2 * 3);
  const auto loss = [&](std::int64_t epoch, std::int64_t batch) {
    return task.loss(task.batch(epoch, batch)).value().item<float>();
  };
  CHECK(loss(0, 1) == loss(0, 1));
  CHECK(loss(0, 1) != loss(1, 1));
}

TEST_CASE("accuracy has an interval that is no point", "[synthetic]") {
  CHECK(accuracy_text(1.0, 100) == "100.00 % (95 % interval 96.30 … 100.00)");
  CHECK(accuracy_text(0.5, 10) == "50.00 % (95 % interval 23.66 … 76.34)");
}

TEST_CASE("recall: every key is told with a value, and asked for once", "[synthetic]") {
  const RecallSettings task{.length = 64, .pairs = 8, .symbols = 10};
  std::int64_t nearest = 64, furthest = 0;
  for (std::int64_t example = 0; example < 50; ++example) {
    const MadeSequence sequence = make_recall(task, {.index = example});
    REQUIRE(sequence.tokens.size() == 64);
    REQUIRE(sequence.asked.size() == 8);
    std::set<std::int32_t> keys;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::int32_t place = sequence.asked[i], told = place - sequence.distance[i];
      CHECK(place >= 33);
      CHECK((1 <= told && told < 32));
      CHECK(sequence.tokens[place] == sequence.tokens[told]);          // the value
      CHECK(sequence.tokens[place - 1] == sequence.tokens[told - 1]);  // its key
      CHECK((10 <= sequence.tokens[place] && sequence.tokens[place] < 20));
      CHECK((0 <= sequence.tokens[told - 1] && sequence.tokens[told - 1] < 10));
      keys.insert(sequence.tokens[place - 1]);
      nearest = std::min<std::int64_t>(nearest, sequence.distance[i]);
      furthest = std::max<std::int64_t>(furthest, sequence.distance[i]);
    }
    CHECK(keys.size() == 8);
    CHECK(std::ranges::count_if(sequence.tokens, [](std::int32_t t) { return t >= 20; }) == 32);
    CHECK(std::ranges::max(sequence.tokens) < 30);
  }
  CHECK(nearest < 8);
  CHECK(furthest > 56);
}

TEST_CASE("accuracy by distance is the share of right answers in each class", "[synthetic]") {
  Config config = small();
  config.task = {
      "recall",
      RecallSettings{
          .length = 16, .pairs = 3, .symbols = 4, .sizes = {.train = 8, .valid = 4, .test = 40}}};
  config.model.max_length = 16;
  const TaskKind kind = recall_kind();
  Journal journal({.quiet = true});
  const auto task = kind.start({.config = config, .journal = journal});
  const auto& recall = dynamic_cast<const SequenceTask&>(*task);
  const SequenceScore score = recall.score(Split::test);
  CHECK(score.symbols.count == 40 * 3);
  CHECK(score.by_distance.by == "distance [tokens]");
  CHECK(score.by_distance.at.size() >= 3);  // 2, 3 … 4, 6, 12 …
  CHECK(std::ranges::is_sorted(score.by_distance.at));
  // All together they are all questions.
  const auto [least, most] = std::ranges::minmax(score.by_distance.value);
  CHECK(least <= 100 * score.symbols.accuracy());
  CHECK(most >= 100 * score.symbols.accuracy());
  CHECK(most <= 100);
}

TEST_CASE("a curriculum begins with short sequences and doubles them", "[synthetic]") {
  SequenceSource source{.length = 100, .sizes = {.train = 40}, .start_length = 16};
  CHECK(source.count_in(0) == 250);  // as many tokens as 40 of 100
  CHECK(source.count_in(9) == 40);
  CHECK(source.length_in(0) == 16);
  CHECK(source.length_in(2) == 64);
  CHECK(source.length_in(3) == 100);
  CHECK(source.length_in(50) == 100);
  source.start_length = 0;
  CHECK(source.length_in(0) == 100);
  const RecallSettings task{.length = 64, .pairs = 8, .symbols = 10};
  const MadeSequence short_one = make_recall(task, {}, 16);
  CHECK(short_one.tokens.size() == 16);
  CHECK(short_one.asked.size() == 2);  // 16 / 8
}
