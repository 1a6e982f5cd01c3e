#include <algorithm>
#include <cmath>
#include <map>

#include "tasks/language_model/data.h"
#include "tasks/language_model/masked_task.h"
#include "tasks/task/model_options.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Ids = std::vector<std::int32_t>;

Config small() {
  return parse_config(R"([task]
name = "masked_language_model"
length = 8
valid_share = 0.25
scored_windows = 2
[tokenizer]
kind = "byte"
[model]
d_model = 16
nhead = 2
num_layers = 1
dim_feedforward = 16
max_length = 8
dropout = 0
attention_dropout = 0
positions = "learned"
[train]
batch_size = 3
)",
                      "test");
}

std::vector<RandomKey> keys_for(std::size_t windows, std::uint32_t epoch = 0) {
  std::vector<RandomKey> keys;
  for (std::size_t i = 0; i < windows; ++i)
    keys.push_back({.seed = 7, .step = epoch, .site = static_cast<std::uint32_t>(i)});
  return keys;
}

MaskedLanguageModel small_model() {
  Initializer init(5);
  MaskedLanguageModel model(masked_model_options(small(), nullptr), init);
  evaluate(model);
  return model;
}

}  // namespace

TEST_CASE("of the hidden tokens 80 % are masks, 10 % others, 10 % stay", "[masked]") {
  constexpr std::int64_t length = 200, count = 100;
  Ids text;
  for (std::int64_t i = 0; i < length * count; ++i)
    text.push_back(static_cast<std::int32_t>(RandomKey{.seed = 1}.word(i) % 256));
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < count; ++i) starts.push_back(i * length);
  const MaskingOptions options = MaskingOptions::of(nullptr, 0.15);
  CHECK(options.mask == 256);
  const MaskedBatch batch = mask_windows(text, starts, length, keys_for(count), options);
  CHECK(batch.target_tokens == 30 * count);  // 15 % of each window, not on average alone
  const Ids ids = batch.ids.to_vector<std::int32_t>();
  const Ids places = batch.places.to_vector<std::int32_t>();
  const Ids targets = batch.targets.to_vector<std::int32_t>();
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::int32_t place = places[i];
    REQUIRE(targets[i] == text[place]);
    ++seen[ids[place] == 256 ? "mask" : ids[place] == text[place] ? "same" : "other"];
  }
  // Three standard deviations of 3,000 draws are 66 and 49; a token in 256 is drawn as itself.
  CHECK(std::abs(seen["mask"] - 2400) < 66);
  CHECK(std::abs(seen["same"] - 300) < 52);
  CHECK(std::abs(seen["other"] - 300) < 52);
  // What is not to be told is as it was.
  Ids restored = ids;
  for (std::size_t i = 0; i < places.size(); ++i) restored[places[i]] = targets[i];
  CHECK(restored == text);
  Ids unique = places;
  CHECK(std::unique(unique.begin(), unique.end()) == unique.end());
}

TEST_CASE("what is hidden is a function of its key", "[masked]") {
  Ids text(80, 'x');
  const MaskingOptions options = MaskingOptions::of(nullptr, 0.15);
  const auto places = [&](const std::vector<std::int64_t>& starts,
                          const std::vector<RandomKey>& keys) {
    return mask_windows(text, starts, 40, keys, options).places.to_vector<std::int32_t>();
  };
  CHECK(places({0, 40}, keys_for(2)) == places({0, 40}, keys_for(2)));
  CHECK(places({0, 40}, keys_for(2)) != places({0, 40}, keys_for(2, 1)));
  // A window by itself is hidden as it is among others.
  const Ids both = places({0, 40}, keys_for(2)), first = places({0}, keys_for(1));
  CHECK(Ids(both.begin(), both.begin() + 6) == first);
}

TEST_CASE("ends of lines are never hidden, and every window has room for as many", "[masked]") {
  const auto tokenizer = train_tokenizer({"a b c d e f g h"}, {.kind = TokenizerKind::whitespace});
  const MaskingOptions options = MaskingOptions::of(tokenizer.get(), 0.5);
  CHECK(options.mask == tokenizer->size());
  const std::int32_t end = Tokenizer::end;
  const Ids text = {4, end, 5, end, end, end, end, end, end, end, end, end};
  const MaskedBatch batch = mask_windows(text, {0, 4, 8}, 4, keys_for(3), options);
  CHECK(batch.places.size() == 3 * 2);
  CHECK(batch.target_tokens == 1);  // half of two words, and no line end
  const Ids targets = batch.targets.to_vector<std::int32_t>();
  CHECK(std::ranges::count(targets, ignored_target) == 5);
  CHECK((targets[0] == 4 || targets[0] == 5));
}

TEST_CASE("hidden in turn, every token is told from all others", "[masked]") {
  const MaskingOptions options = MaskingOptions::of(nullptr, 0.15);
  const Ids window = {'a', 'b', 'c'};
  const MaskedBatch batch = mask_in_turn(window, maskable(window, options), options);
  CHECK(batch.ids.to_vector<std::int32_t>() == Ids{256, 'b', 'c', 'a', 256, 'c', 'a', 'b', 256});
  CHECK(batch.places.to_vector<std::int32_t>() == Ids{0, 4, 8});
  CHECK(batch.targets.to_vector<std::int32_t>() == window);
}

TEST_CASE("pseudo-perplexity is computed as it is defined", "[masked]") {
  const MaskedLanguageModel model = small_model();
  const Config config = small();
  TokenText text("Three windows of eight");
  const MaskingOptions options = MaskingOptions::of(nullptr, 0.15);
  const PseudoScore found = pseudo_score(model, text, options, config);
  CHECK(found.windows == 2);
  CHECK(found.of_windows == 3);
  CHECK(found.tokens.count == 16);
  double nats = 0.0;
  for (const std::int64_t begin : {0, 8}) {  // the first window and the second of three
    const Ids window = text.read(begin, 8);
    for (std::size_t place = 0; place < window.size(); ++place) {
      Ids hidden = window;
      hidden[place] = 256;
      const Tensor logits = model({tensor_of<std::int32_t>({1, 8}, hidden), {}}).value();
      const std::vector<float> all = logits.to_vector<float>();
      const auto row = all.begin() + static_cast<std::ptrdiff_t>(place * 257);
      double sum = 0.0;
      for (int i = 0; i < 257; ++i) sum += std::exp(row[i]);
      nats += std::log(sum) - row[window[place]];
    }
  }
  CHECK(found.tokens.sum() == Approx(nats).epsilon(1e-5));
}

TEST_CASE("masks are new in every epoch, and the same in every validation", "[masked]") {
  const std::string text =
      "A text that is long enough to be cut into a few windows of eight bytes.";
  const Config config = small();
  MaskedLanguageModelTask task(config, {TokenText(text), TokenText(text)});
  MaskedLanguageModelTask again(config, {TokenText(text), TokenText(text)});
  evaluate(task.model());
  const MaskedBatch batch = task.batch(3, 1);
  CHECK(same_bits(again.batch(3, 1).ids, batch.ids));
  CHECK(same_bits(again.batch(3, 1).places, batch.places));
  CHECK_FALSE(same_bits(task.batch(4, 1).places, batch.places));
  CHECK(task.loss(batch).value().item<float>() > 0.0f);
  ProcessGroup alone;
  const Task::Validation first = task.validate(alone), second = task.validate(alone);
  CHECK(first.loss == second.loss);
  CHECK(first.score_name == "accuracy");
  // The 71 bytes are 8 windows and a rest of 7: one hidden byte in each.
  TokenText opened(text);
  const auto& model = dynamic_cast<MaskedLanguageModel&>(task.model());
  CHECK(masked_score(model, opened, MaskingOptions::of(nullptr, 0.15), config).count == 9);
}

TEST_CASE("a masked model sees both sides, and learns all that it has", "[masked]") {
  Initializer init(5, DType::f64);
  MaskedLanguageModel model(masked_model_options(small(), nullptr), init);
  check_complete(model, init);
  evaluate(model);
  const Tensor ids = tensor_of<std::int32_t>({1, 5}, {1, 2, 256, 4, 5});
  const Tensor place = tensor_of<std::int32_t>({1}, {2});
  const Tensor all = model({ids, {}}).value();  // [1, 5, 257]
  const std::vector<double> rows = all.to_vector<double>();
  const std::vector<double> one = model.at({ids, {}}, place).value().to_vector<double>();
  for (int i = 0; i < 257; ++i) CHECK(one[i] == Approx(rows[2 * 257 + i]));
  for (const int changed : {0, 4}) {
    Ids other = {1, 2, 256, 4, 5};
    other[changed] = 77;
    const Tensor elsewhere = model.at({tensor_of<std::int32_t>({1, 5}, other), {}}, place).value();
    CHECK_FALSE(same_bits(elsewhere, model.at({ids, {}}, place).value()));
  }
  const Tensor target = tensor_of<std::int32_t>({1}, {9});
  const double expected = [&] {
    double sum = 0.0;
    for (const double logit : one) sum += std::exp(logit);
    return std::log(sum) - one[9];
  }();
  CHECK(model.loss({ids, {}}, place, target).value().item<double>() == Approx(expected));
}

TEST_CASE("distilbert.toml has DistilBERT's shape", "[masked]") {
  const Config config = read_config(LECTERN_TEST_DATA "/../tasks/language_model/distilbert.toml");
  Initializer init = Initializer::blank();
  MaskedLanguageModel model({.encoder = sequence_encoder_options(config, 30522, false)}, init);
  std::map<std::string, Shape> shapes;
  for (const NamedParameter& parameter : parameters(model))
    shapes.emplace(parameter.name, parameter.variable.value().shape());
  const auto shape_of = [&](const std::string& name) {
    INFO(name);
    REQUIRE(shapes.contains(name));
    return shapes.at(name);
  };
  CHECK(shape_of("encoder.embedding.weight") == Shape{30522, 768});
  CHECK(shape_of("encoder.positions.weight") == Shape{512, 768});
  CHECK(shape_of("encoder.embedding_norm.weight") == Shape{768});
  for (const std::string layer : {"encoder.layers.0.", "encoder.layers.5."}) {
    for (const std::string part : {"query", "key", "value", "output"}) {
      CHECK(shape_of(layer + "self_attention." + part + ".weight") == Shape{768, 768});
      CHECK(shape_of(layer + "self_attention." + part + ".bias") == Shape{768});
    }
    CHECK(shape_of(layer + "norm1.weight") == Shape{768});
    CHECK(shape_of(layer + "norm2.bias") == Shape{768});
    CHECK(shape_of(layer + "feed_forward.linear1.weight") == Shape{768, 3072});
    CHECK(shape_of(layer + "feed_forward.linear2.weight") == Shape{3072, 768});
  }
  CHECK_FALSE(shapes.contains("encoder.norm.weight"));
  CHECK(shape_of("transform.weight") == Shape{768, 768});
  CHECK(shape_of("transform_norm.bias") == Shape{768});
  CHECK(shape_of("generator.bias") == Shape{30522});
  CHECK(parameter_count(model) == 66'985'530);  // as DistilBertForMaskedLM of Hugging Face
}
