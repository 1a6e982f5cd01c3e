#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "nn/optim/adam.h"
#include "tasks/language_model/continuation.h"
#include "tasks/language_model/continuous_cache.h"
#include "tasks/language_model/data.h"
#include "tasks/language_model/language_model_kind.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/task/trained_run.h"
#include "tensor/create.h"
#include "tensor/ops/softmax.h"
#include "tensor/random.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

using Ids = std::vector<std::int32_t>;
using Starts = std::vector<std::int64_t>;

Config small() {
  Config config;
  config.task = {"language_model", LanguageModelSettings{.length = 8, .valid_share = 0.25}};
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_layers = 2;
  config.model.dim_feedforward = 32;
  config.model.dropout = config.model.attention_dropout = 0.0;
  config.model.max_length = 32;
  config.train.batch_size = 3;
  config.tokenizer.kind = TokenizerKind::byte;
  return config;
}

Ids bytes_of(const std::string& text) {
  Ids ids;
  for (const char byte : text) ids.push_back(static_cast<unsigned char>(byte));
  return ids;
}

/// A part of the data as text.
std::string read_text(const Config& config, Split split) {
  const double share = config.task.as<LanguageModelSettings>().valid_share;
  TokenText opened = open_text(config, split, share, nullptr, {});
  std::string text;
  for (const std::int32_t byte : opened.read(0, opened.size())) text += static_cast<char>(byte);
  return text;
}

std::string write_on(const CausalLanguageModel& model, const std::string& prompt,
                     const DecodeConfig& options) {
  TextReport report;
  return continue_text(model, nullptr, prompt, options, report).text;
}

Starts starts_of(const std::vector<TextWindow>& windows) {
  Starts starts;
  for (const TextWindow& window : windows) starts.push_back(window.start);
  return starts;
}

LanguageModel small_model() {
  Initializer init(5);
  LanguageModel model(language_model_options(small(), nullptr), init);
  prepare_for_inference(model);
  return model;
}

}  // namespace

TEST_CASE("windows hold bytes and the byte after each", "[language_model]") {
  const WindowBatch batch = make_windows(bytes_of("abcdef\xff"), Starts{0, 4}, 4);
  CHECK(batch.ids.to_vector<std::int32_t>() == Ids{'a', 'b', 'c', 'd', 'e', 'f', 255, 0});
  CHECK(batch.targets.to_vector<std::int32_t>() ==
        Ids{'b', 'c', 'd', 'e', 'f', 255, ignored_target, ignored_target});
  CHECK(batch.target_tokens == 6);
}

TEST_CASE("in order, every byte but the first is predicted once", "[language_model]") {
  CHECK(starts_of(windows_in_order(9, 4, 4)) == Starts{0, 4});
  CHECK(starts_of(windows_in_order(10, 4, 4)) == Starts{0, 4, 8});
  for (const std::int64_t size : {2, 5, 8, 9, 17, 33})
    for (const std::int64_t stride : {1, 3, 7, 8}) {
      const Ids text(static_cast<std::size_t>(size), 'x');
      CHECK(make_windows(text, windows_in_order(size, 8, stride), 8).target_tokens == size - 1);
    }
}

TEST_CASE("with a stride, every byte has enough before it", "[language_model]") {
  Ids text(30);
  for (std::int32_t i = 0; i < 30; ++i) text[i] = i;
  const std::vector<TextWindow> windows = windows_in_order(30, 8, 3);
  const WindowBatch batch = make_windows(text, windows, 8);
  const Ids targets = batch.targets.to_vector<std::int32_t>();
  Ids counted;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] == ignored_target) continue;
    counted.push_back(targets[i]);
    const bool first_window = i < 8;
    CHECK((first_window || i % 8 >= 5));  // with the token itself, 8 - 3 before it and more
  }
  CHECK(counted == Ids(text.begin() + 1, text.end()));
}

TEST_CASE("an epoch's windows lie side by side, each with a byte after it", "[language_model]") {
  for (const std::int64_t size : {16, 17, 99, 1000}) {
    for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
      Starts starts = plan_windows(size, 8, 42, epoch);
      CHECK(starts == plan_windows(size, 8, 42, epoch));
      std::ranges::sort(starts);
      CHECK(starts.size() == static_cast<std::size_t>((size - 8) / 8));
      CHECK((starts.front() >= 0 && starts.back() + 8 < size));
      for (std::size_t i = 1; i < starts.size(); ++i) CHECK(starts[i] - starts[i - 1] == 8);
    }
  }
  CHECK(plan_windows(1000, 8, 42, 0) != plan_windows(1000, 8, 42, 1));
  CHECK(plan_windows(1000, 8, 42, 0) != plan_windows(1000, 8, 43, 0));
}

TEST_CASE("texts come from files, plain or packed, as they are", "[language_model]") {
  const TemporaryFolder place;
  const std::string bytes = "One line\r\nand \xff another\n";
  Config config = small();
  config.task.as<LanguageModelSettings>().valid_share = 0.0;
  config.data.train = place.write("plain.txt", bytes);
  config.data.test = place.file("packed.txt.gz");
  gzFile packed = gzopen(config.data.test.c_str(), "wb");
  gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(packed);
  CHECK(read_text(config, Split::train) == bytes);
  CHECK(read_text(config, Split::test) == bytes);
}

TEST_CASE("what is held out of a text is in no other part", "[language_model]") {
  const TemporaryFolder place;
  Config config = small();
  config.data.train = place.write("text", "abcdefghijkl");
  CHECK(read_text(config, Split::train) == "abcdefghi");
  CHECK(read_text(config, Split::valid) == "jkl");
  config.data.valid = place.write("valid", "0123");
  CHECK(read_text(config, Split::train) == "abcdefghijkl");
  CHECK(read_text(config, Split::valid) == "0123");
}

TEST_CASE("texts that are missing or too short are told", "[language_model]") {
  const TemporaryFolder place;
  Config config = small();
  CHECK(mentions(failure_of(ExitCode::usage, [&] { read_text(config, Split::train); }),
                 "data.train is not set; name a text file"));
  CHECK(mentions(failure_of(ExitCode::usage, [&] { read_text(config, Split::test); }),
                 "or choose --split valid"));
  config.data.train = place.file("absent");
  failure_of(ExitCode::data, [&] { read_text(config, Split::train); });
  config.data.train = place.write("short", "ab");
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_text(config, Split::valid); }),
                 "too few; try a longer text"));
  CHECK(mentions(failure_of(ExitCode::data,
                            [&] { LanguageModelTask(config, {.train = TokenText("0123456789")}); }),
                 "10 bytes to learn from are fewer than two windows of task.length = 8"));
}

TEST_CASE("the score of a text does not depend on its batches", "[language_model]") {
  const LanguageModel model = small_model();
  const std::string text = "The score of a text is the mean over all of its bytes but the first.";
  Config config = small();
  TokenText read(text);
  const TokenScore together = score_text(model, read, config);
  config.train.batch_size = 1;
  const TokenScore apart = score_text(model, read, config);
  CHECK(together.count == static_cast<std::int64_t>(text.size()) - 1);
  CHECK(together.loss() == Approx(apart.loss()).epsilon(1e-6));
  CHECK(together.right == apart.right);
}

TEST_CASE("a longer context makes other scores, of the same bytes", "[language_model]") {
  const LanguageModel model = small_model();
  Config config = small();
  TokenText text("With a stride of one, each byte is predicted from the seven before it.");
  config.task.as<LanguageModelSettings>().stride = 1;
  const TokenScore close = score_text(model, text, config);
  const Ids all = text.read(0, text.size());
  double nats = 0.0;
  for (std::int64_t end = 1; end < text.size(); ++end) {
    const std::int64_t begin = std::max<std::int64_t>(0, end - 8);
    const Ids some(all.begin() + begin, all.begin() + end + 1);
    const WindowBatch one = make_windows(some, Starts{0}, end - begin);
    TokenScore score;
    score.add(model({one.ids, {}}).value(), tensor_of<std::int32_t>({1, end - begin}, [&] {
                Ids last(static_cast<std::size_t>(end - begin), ignored_target);
                last.back() = some.back();
                return last;
              }()));
    nats += score.sum();
  }
  CHECK(close.count == text.size() - 1);
  CHECK(close.sum() == Approx(nats).epsilon(1e-5));
}

TEST_CASE("a continuous cache mixes in what came after like states", "[language_model]") {
  constexpr std::int64_t tokens = 40, d_model = 6, vocab = 9, size = 7;
  constexpr double theta = 0.7, lambda = 0.3;
  const Tensor states = random_uniform({tokens, d_model}, -2, 2, {.seed = 5});
  const Tensor before = random_uniform({tokens, vocab}, -3, 3, {.seed = 6});
  const Ids next = [] {
    Ids some;
    for (std::int32_t i = 0; i < tokens; ++i)
      some.push_back(i % 11 == 3 ? ignored_target : i * i % 5);
    return some;
  }();

  // By the paper's formulas, token after token.
  const auto state = states.to_vector<float>(), logit = before.to_vector<float>();
  std::vector<double> expected;
  std::vector<std::int64_t> seen;
  for (std::int64_t t = 0; t < tokens; ++t) {
    std::vector<double> p, cache(vocab);
    double sum = 0, cache_sum = 0;
    for (std::int64_t w = 0; w < vocab; ++w) sum += std::exp(logit[t * vocab + w]);
    for (std::int64_t w = 0; w < vocab; ++w) p.push_back(std::exp(logit[t * vocab + w]) / sum);
    const auto from = std::max<std::int64_t>(0, std::ssize(seen) - size);
    for (auto k = from; k < std::ssize(seen); ++k) {
      double product = 0;
      for (std::int64_t d = 0; d < d_model; ++d)
        product += static_cast<double>(state[t * d_model + d]) * state[seen[k] * d_model + d];
      cache[next[seen[k]]] += std::exp(theta * product);
      cache_sum += std::exp(theta * product);
    }
    for (std::int64_t w = 0; w < vocab; ++w)
      expected.push_back(
          seen.empty() || next[t] < 0 ? p[w] : (1 - lambda) * p[w] + lambda * cache[w] / cache_sum);
    if (next[t] >= 0) seen.push_back(t);
  }

  // In calls of several lengths, all the same.
  const std::int64_t cut = GENERATE(1, 5, 16, 40);
  ContinuousCache cache({.size = size, .theta = theta, .lambda = lambda});
  std::vector<float> mixed;
  for (std::int64_t begin = 0; begin < tokens; begin += cut) {
    const std::int64_t end = std::min(begin + cut, tokens);
    Tensor logits = before.slice(begin, end).clone();
    cache.read(states.slice(begin, end), ids(next).slice(begin, end), logits);
    const auto some = softmax(logits).to_vector<float>();
    mixed.insert(mixed.end(), some.begin(), some.end());
  }
  REQUIRE(mixed.size() == expected.size());
  for (std::size_t i = 0; i < mixed.size(); ++i) {
    CAPTURE(i / vocab, i % vocab);
    CHECK(mixed[i] == Approx(expected[i]).margin(1e-6));
  }
}

TEST_CASE("a text that repeats itself is foretold better with a cache", "[language_model]") {
  const LanguageModel model = small_model();
  std::string words;
  for (int i = 0; i < 12; ++i) words += "so say we all; ";
  Config config = small();
  TokenText text(words);
  const TokenScore without = score_text(model, text, config);
  auto& settings = config.task.as<LanguageModelSettings>();
  settings.cache = 100, settings.cache_theta = 1.0, settings.cache_lambda = 0.5;
  const TokenScore with = score_text(model, text, config);
  CHECK(with.count == without.count);
  CHECK(with.loss() < 0.5 * without.loss());
  // Whatever is scored together, and where windows overlap too: a token is remembered once.
  config.train.batch_size = 1;
  CHECK(score_text(model, text, config).loss() == Approx(with.loss()).epsilon(1e-6));
  settings.stride = 2;
  CHECK(score_text(model, text, config).count == without.count);
}

TEST_CASE("the likeliest bytes are those of the whole sequence", "[language_model]") {
  const LanguageModel model = small_model();
  const std::string prompt = "abc";
  const std::string written = write_on(model, prompt, {.max_length = 10});
  REQUIRE(written.size() == 10);
  const std::string all = prompt + written;
  const Tensor logits =
      model({make_windows(bytes_of(all), Starts{0}, std::ssize(all)).ids, {}}).value();
  const std::vector<float> scores = logits.to_vector<float>();
  for (std::size_t i = prompt.size(); i < all.size(); ++i) {
    const auto row = scores.begin() + static_cast<std::ptrdiff_t>((i - 1) * byte_vocab);
    const auto best = std::max_element(row, row + byte_vocab) - row;
    CHECK(static_cast<unsigned char>(all[i]) == best);
  }
}

TEST_CASE("drawn bytes are a function of the seed and end where the model does",
          "[language_model]") {
  const LanguageModel model = small_model();
  const auto write = [&](std::int64_t seed) {
    return write_on(model, "a", {.max_length = 100, .temperature = 1.0, .seed = seed});
  };
  CHECK(write(1) == write(1));
  CHECK(write(1) != write(2));
  CHECK(write(1).size() == 32);  // the last byte is written, but not read
  CHECK(mentions(failure_of(ExitCode::usage, [&] { write_on(model, "", {}); }), "is empty"));
  CHECK(write_on(model, std::string(31, 'x'), {}).size() == 2);
  CHECK(write_on(model, std::string(32, 'x'), {}).size() == 1);
  CHECK(mentions(failure_of(ExitCode::usage, [&] { write_on(model, std::string(33, 'x'), {}); }),
                 "the prompt has 33 bytes, but the model reads at most 32"));
}

TEST_CASE("a recurrent language model learns, is stored and writes", "[language_model]") {
  Config config = small();
  config.model.architecture = Architecture::recurrent;
  config.train.valid_metric = "loss";
  config.train.batch_size = 2;
  std::string text;
  for (int i = 0; i < 8; ++i) text += "abcdefgh";
  LanguageModelTask task(config, {.train = TokenText(text)});
  train(task.model(), {.seed = 1});
  Adam adam(parameters(task.model()), {});
  for (std::int64_t epoch = 0; epoch < 50; ++epoch)
    for (std::int64_t i = 0; i < task.batches_in_epoch(epoch); ++i)
      minimise(task.loss(task.batch(epoch, i)), adam, 0.02);
  Checkpoint checkpoint;
  task.describe(checkpoint);
  for (const NamedParameter& parameter : parameters(task.model()))
    checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
  const Config stored = trained_config(checkpoint);
  CHECK(stored.model.architecture == Architecture::recurrent);
  const TrainedLanguageModel trained = load_language_model(checkpoint, stored);
  CHECK(write_on(*trained.model, "abc", {.max_length = 8}) == "defghabc");
}

TEST_CASE("validation tells bits per byte", "[language_model]") {
  const std::string text = "abababababababababababab";
  LanguageModelTask task(small(), {TokenText(text), TokenText("abababab")});
  evaluate(task.model());
  CHECK(task.batches_in_epoch(0) == 1);
  CHECK(task.inputs(0, 0).target_tokens == 16);
  CHECK(task.loss(task.batch(0, 0)).value().item<float>() > 0.0f);
  REQUIRE(task.can_validate());
  ProcessGroup alone;
  const Task::Validation found = task.validate(alone);
  CHECK(found.score_name == "bits/byte");
  CHECK(found.score == Approx(found.loss / std::log(2.0)));
  LanguageModelTask blind(small(), {.train = TokenText(text)});
  CHECK_FALSE(blind.can_validate());
}
