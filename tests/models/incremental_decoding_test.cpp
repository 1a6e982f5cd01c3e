#include <algorithm>

#include "models/decoder.h"
#include "tests/catch.h"
#include "tests/models/small_transformer.h"
#include "tests/tensor/helpers.h"

// One token after another, with what was computed before kept, says what the whole network says.

using namespace lectern;

namespace {

using Rows = std::vector<std::vector<std::int32_t>>;

std::vector<TransformerOptions> kinds_of_transformer() {
  std::vector<TransformerOptions> kinds(7, small_options());
  kinds[1].norm_first = false;
  kinds[2].positions = PositionKind::learned;
  kinds[3].tie_embeddings = TiedEmbeddings::decoder;
  kinds[4].reversible = true;
  kinds[5].num_key_value_heads = 1;
  kinds[6].nhead = 4;
  kinds[6].num_key_value_heads = 2;
  kinds[6].reversible = true;
  return kinds;
}

TokenList column(const Rows& rows, std::size_t t) {
  TokenList tokens;
  for (const auto& row : rows) tokens.push_back(row[t]);
  return tokens;
}

/// The logits after the last token of each row, from the whole network; rows are grouped by
/// sentence.
Tensor full_logits(const Transformer& model, const Rows& rows) {
  const NoGradient no_gradient;
  const Tokens source = small_source();
  const std::int64_t group = static_cast<std::int64_t>(rows.size()) / source.ids.dim(0);
  const auto length = static_cast<std::int64_t>(rows[0].size());
  std::vector<double> result;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::int64_t sentence = static_cast<std::int64_t>(r) / group;
    const Tokens one{source.ids.slice(sentence, sentence + 1),
                     source.lengths.slice(sentence, sentence + 1)};
    const Tensor logits = model(one, tensor_of<std::int32_t>({1, length}, rows[r])).value();
    const auto last = numbers(logits.reshape({length, -1}).slice(length - 1, length));
    result.insert(result.end(), last.begin(), last.end());
  }
  return tensor_of<double>({static_cast<std::int64_t>(rows.size()), 13}, result);
}

}  // namespace

TEST_CASE("incremental decoding gives the logits of the whole network, at every step") {
  for (const TransformerOptions& options : kinds_of_transformer())
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Transformer model = small_transformer(options, dtype);
      Decoder decoder(model, small_source());
      const Rows tokens = {{1, 6, 11, 4, 9}, {1, 3, 8, 5, 5}, {1, 12, 2, 7, 10}};
      Rows so_far(3);
      for (std::size_t t = 0; t < 5; ++t) {
        for (std::size_t r = 0; r < 3; ++r) so_far[r].push_back(tokens[r][t]);
        const Tensor step = t == 0 ? decoder.start() : decoder.step(column(so_far, t), {0, 1, 2});
        const double exact = dtype == DType::f64 ? 1e-12 : 1e-5;
        CHECK(close(cast(step, DType::f64), full_logits(model, so_far), 1.3e-6, exact));
      }
    }
}

TEST_CASE("incremental decoding follows hypotheses that change places, and forgets sentences") {
  const Transformer model = small_transformer(small_options(), DType::f64);
  Decoder decoder(model, small_source());
  const auto expect_step = [&](const Rows& rows, const TokenList& order) {
    return decoder.step(column(rows, rows[0].size() - 1), order);
  };
  Rows rows = {{1}, {1}, {1}};
  CHECK(close(decoder.start(), full_logits(model, rows), 0, 1e-12));
  rows = {{1, 6}, {1, 7}, {1, 8}, {1, 9}, {1, 10}, {1, 11}};  // two hypotheses of each sentence
  CHECK(close(expect_step(rows, {0, 0, 1, 1, 2, 2}), full_logits(model, rows), 0, 1e-12));
  rows = {{1, 7, 3}, {1, 6, 4}, {1, 9, 5}, {1, 9, 6}, {1, 10, 7}, {1, 10, 8}};
  CHECK(close(expect_step(rows, {1, 0, 3, 3, 4, 4}), full_logits(model, rows), 0, 1e-12));

  decoder.select({0, 2});
  CHECK(decoder.sentences() == 2);
  rows = {{1, 6, 4, 9}, {1, 6, 4, 3}, {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 10, 8, 4}, {1, 10, 7, 5}};
  const Tensor whole = full_logits(model, rows);  // of the forgotten sentence too
  const Tensor step = decoder.step({9, 3, 4, 5}, {1, 1, 5, 4});
  CHECK(close(step.slice(0, 2), whole.slice(0, 2), 0, 1e-12));
  CHECK(close(step.slice(2, 4), whole.slice(4, 6), 0, 1e-12));

  decoder.select({1});
  CHECK(decoder.sentences() == 1);
  for (auto& row : rows) row.push_back(0);
  rows[4] = {1, 10, 7, 5, 8};
  rows[5] = {1, 10, 8, 4, 2};
  const Tensor last = decoder.step({8, 2}, {3, 2});
  CHECK(close(last, full_logits(model, rows).slice(4, 6), 0, 1e-12));
}

TEST_CASE("incremental decoding: memory grows, and a GPU records the step anew") {
  TransformerOptions options = small_options();
  options.max_length = 80;
  const Transformer model = small_transformer(options, DType::f64);
  Decoder decoder(model, small_source());
  const bool records = default_device() != cpu;
  Rows rows(3);
  for (std::int32_t t = 0; t < 70; ++t) {
    for (std::int32_t r = 0; r < 3; ++r)
      rows[static_cast<std::size_t>(r)].push_back(t == 0 ? 1 : 3 + (t * r + t) % 9);
    const Tensor step = t == 0 ? decoder.start()
                               : decoder.step(column(rows, static_cast<std::size_t>(t)), {0, 1, 2});
    CHECK(decoder.recordings() == (records && t % 32 > 0 ? 1 : 0));
    if (t % 23 == 22 || t == 69) CHECK(close(step, full_logits(model, rows), 0, 1e-11));
  }
}

TEST_CASE("searching a batch finds what searching its sentences one by one finds") {
  for (const TransformerOptions& options : kinds_of_transformer())
    for (const DType dtype : {DType::f32, DType::f64})
      for (const int beam : {1, 4}) {
        const Transformer model = small_transformer(options, dtype);
        const Tokens source = small_source();
        Decoder decoder(model, source);
        const std::vector<std::int64_t> max_lengths = {9, 4, 12};
        const auto together =
            beam_search(decoder, {.beam_size = beam, .n_best = beam, .max_lengths = max_lengths});
        for (std::int64_t i = 0; i < 3; ++i) {
          const Tokens one{source.ids.slice(i, i + 1), source.lengths.slice(i, i + 1)};
          Decoder alone(model, one);
          const auto found = beam_search(
              alone, {.beam_size = beam, .n_best = beam, .max_lengths = {max_lengths[i]}})[0];
          REQUIRE(found.size() == together[i].size());
          for (std::size_t n = 0; n < found.size(); ++n) {
            CHECK(found[n].tokens == together[i][n].tokens);
            CHECK(found[n].log_probability == Approx(together[i][n].log_probability).epsilon(1e-5));
          }
        }
      }
}

TEST_CASE("sampling from a Transformer at temperature 0 in the limit is greedy search") {
  const Transformer model = small_transformer(small_options());
  const std::vector<std::int64_t> max_lengths = {8, 8, 8};
  Decoder first(model, small_source()), second(model, small_source());
  const auto greedy = beam_search(first, {.beam_size = 1, .max_lengths = max_lengths});
  const auto sampled = sample(second, {.temperature = 1e-5, .max_lengths = max_lengths});
  for (std::size_t i = 0; i < 3; ++i) CHECK(sampled[i][0].tokens == greedy[i][0].tokens);
}
