#include "models/recurrent_translator.h"

#include <set>

#include "attention/watch.h"
#include "autograd/by_definition.h"
#include "autograd/gradcheck.h"
#include "autograd/ops/cross_entropy.h"
#include "models/decoder.h"
#include "nn/optim/adam.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/models/small_transformer.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

RecurrentTranslatorOptions small_recurrent() {
  return {.source_vocab = 11,
          .target_vocab = 13,
          .d_model = 8,
          .dropout = 0.0,
          .attention_score = ScoreKind::dot_product,
          .max_length = 32};
}

RecurrentTranslator translator(const RecurrentTranslatorOptions& options,
                               DType dtype = DType::f64) {
  Initializer init(7, dtype);
  RecurrentTranslator model(options, init);
  check_complete(model, init);
  return model;
}

/// All cells, and all scores.
std::vector<RecurrentTranslatorOptions> kinds() {
  std::vector<RecurrentTranslatorOptions> kinds;
  for (const CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    for (const bool bidirectional : {false, true}) {
      kinds.push_back(small_recurrent());
      kinds.back().cell = cell;
      kinds.back().bidirectional = bidirectional;
    }
  for (const ScoreEntry& entry : score_functions()) {
    kinds.push_back(small_recurrent());
    kinds.back().attention_score = entry.kind;
  }
  kinds.push_back(small_recurrent());
  kinds.back().attention_score = ScoreKind::none;
  return kinds;
}

std::string name_of(const RecurrentTranslatorOptions& options) {
  return text(name_of(options.cell), ", bidirectional ", options.bidirectional, ", ",
              name_of(options.attention_score));
}

Variable loss_of(const RecurrentTranslator& model) {
  return cross_entropy(model(small_source(), small_target()), small_expected(), {.ignore = 0});
}

Tensor logits_of(const RecurrentTranslator& model, const Tensor& target) {
  const NoGradient no_gradient;
  return model(small_source(), target).value();
}

/// The whole network's logits for the last token of one row that goes on from a sentence.
Tensor last_logits(const RecurrentTranslator& model, std::int64_t sentence,
                   const std::vector<std::int32_t>& row) {
  const NoGradient no_gradient;
  const Tokens all = small_source();
  const Tokens one{all.ids.slice(sentence, sentence + 1),
                   all.lengths.slice(sentence, sentence + 1)};
  const auto length = static_cast<std::int64_t>(row.size());
  const Tensor logits = model(one, tensor_of<std::int32_t>({1, length}, row)).value();
  return logits.reshape({length, -1}).slice(length - 1, length);
}

}  // namespace

TEST_CASE("a recurrent translator: every part has a name, ties share") {
  RecurrentTranslator model = translator(small_recurrent());
  std::set<std::string> names;
  for (const NamedParameter& parameter : parameters(model)) names.insert(parameter.name);
  for (const char* name :
       {"source_embedding.weight", "encoder.layer0.input", "encoder.layer1_reverse.hidden",
        "decoder.layer1.bias", "combine.weight", "generator.bias"})
    CHECK(names.count(name) == 1);
  RecurrentTranslatorOptions tied = small_recurrent();
  tied.tie_embeddings = TiedEmbeddings::decoder;
  RecurrentTranslator smaller = translator(tied);
  CHECK(parameter_count(model) - parameter_count(smaller) == 8 * 13);
}

TEST_CASE("a recurrent translator: the gradient of its loss is right") {
  RecurrentTranslatorOptions options = small_recurrent();
  options.d_model = 4;
  options.num_encoder_layers = options.num_decoder_layers = 1;
  RecurrentTranslator model = translator(options);
  std::vector<Variable> inputs;
  for (const NamedParameter& parameter : parameters(model)) inputs.push_back(parameter.variable);
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>&) { return loss_of(model); }, inputs,
                {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("a recurrent translator by definition: the same logits and gradients") {
  for (const RecurrentTranslatorOptions& options : kinds()) {
    INFO(name_of(options));
    RecurrentTranslator fused = translator(options), defined = translator(options);
    backward(loss_of(fused));
    const Tensor logits = logits_of(fused, small_target());
    const ByDefinition scope;
    backward(loss_of(defined));
    CHECK(close(logits_of(defined, small_target()), logits, 1e-10, 1e-12));
    const auto ours = parameters(fused), theirs = parameters(defined);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      INFO(ours[i].name);
      CHECK(close(ours[i].variable.gradient(), theirs[i].variable.gradient(), 1e-9, 1e-12));
    }
  }
}

TEST_CASE("a recurrent translator: token after token, changing places, forgetting sentences") {
  for (const RecurrentTranslatorOptions& options : kinds()) {
    INFO(name_of(options));
    RecurrentTranslator model = translator(options);
    Decoder decoder(model, small_source());
    const auto expect = [&](const Tensor& step, const std::vector<std::int64_t>& sentences,
                            const std::vector<std::vector<std::int32_t>>& rows) {
      REQUIRE(step.dim(0) == static_cast<std::int64_t>(rows.size()));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        CHECK(close(step.slice(row, row + 1), last_logits(model, sentences[i], rows[i]), 0, 1e-12));
      }
    };
    const Tensor first = decoder.start();
    expect(first, {0, 1, 2}, {{1}, {1}, {1}});
    expect(decoder.step({6, 7, 8, 9, 10, 11}, {0, 0, 1, 1, 2, 2}), {0, 0, 1, 1, 2, 2},
           {{1, 6}, {1, 7}, {1, 8}, {1, 9}, {1, 10}, {1, 11}});
    expect(decoder.step({3, 4, 5, 6, 7, 8}, {1, 0, 3, 3, 4, 4}), {0, 0, 1, 1, 2, 2},
           {{1, 7, 3}, {1, 6, 4}, {1, 9, 5}, {1, 9, 6}, {1, 10, 7}, {1, 10, 8}});
    decoder.select({0, 2});
    expect(decoder.step({9, 3, 4, 5}, {1, 1, 5, 4}), {0, 0, 2, 2},
           {{1, 6, 4, 9}, {1, 6, 4, 3}, {1, 10, 8, 4}, {1, 10, 7, 5}});
    prepare_for_inference(model);
    CHECK(close(Decoder(model, small_source()).start(), first, 0, 1e-12));
  }
}

TEST_CASE("a recurrent translator: a beam over a batch finds what it finds sentence by sentence") {
  for (const ScoreKind score : {ScoreKind::none, ScoreKind::additive}) {
    RecurrentTranslatorOptions options = small_recurrent();
    options.attention_score = score;
    const RecurrentTranslator model = translator(options);
    const Tokens source = small_source();
    Decoder decoder(model, source);
    const std::vector<std::int64_t> max_lengths = {9, 4, 12};
    const auto together =
        beam_search(decoder, {.beam_size = 4, .n_best = 4, .max_lengths = max_lengths});
    for (std::int64_t i = 0; i < 3; ++i) {
      Decoder alone(model, {source.ids.slice(i, i + 1), source.lengths.slice(i, i + 1)});
      const auto found =
          beam_search(alone, {.beam_size = 4, .n_best = 4, .max_lengths = {max_lengths[i]}})[0];
      REQUIRE(found.size() == together[i].size());
      for (std::size_t n = 0; n < found.size(); ++n)
        CHECK(found[n].tokens == together[i][n].tokens);
    }
  }
}

TEST_CASE("the bottleneck: without attention the last state is all that the decoder knows") {
  for (const ScoreKind score : {ScoreKind::none, ScoreKind::dot_product}) {
    RecurrentTranslatorOptions options = small_recurrent();
    options.attention_score = score;
    const RecurrentTranslator model = translator(options);
    const NoGradient no_gradient;
    EncoderOutput memory = model.encode(small_source());
    const Tensor before = model.decode(small_target(), memory).value();
    memory.states = Variable(zeros_like(memory.states.value()));
    const bool same = same_bits(model.decode(small_target(), memory).value(), before);
    CHECK(same == (score == ScoreKind::none));
  }
}

TEST_CASE("a recurrent translator's attention can be watched, and looks at no padding") {
  RecurrentTranslator model = translator(small_recurrent());
  {
    const AttentionWatch watch(model);
    model(small_source(), small_target());
    REQUIRE(watch.seen().size() == 1);
    CHECK(watch.seen()[0].name == "cross_attention");
    const Tensor weights = watch.seen()[0].weights.at(0);
    CHECK(weights.shape() == Shape{3, 1, 4, 5});
    for (std::int64_t query = 0; query < 4; ++query) {
      double sum = 0;
      for (std::int64_t key = 0; key < 3; ++key) sum += weights.at({1, 0, query, key});
      CHECK(sum == Approx(1));  // the second sentence has 3 words
      CHECK(weights.at({1, 0, query, 3}) == 0);
    }
  }
  RecurrentTranslatorOptions blind = small_recurrent();
  blind.attention_score = ScoreKind::none;
  RecurrentTranslator without = translator(blind);
  CHECK(contains(message_of([&] { AttentionWatch{without}; }), "no attention to watch"));
}

TEST_CASE("a recurrent translator learns three sentences by heart") {
  for (const ScoreKind score : {ScoreKind::none, ScoreKind::general}) {
    RecurrentTranslatorOptions options = small_recurrent();
    options.d_model = 16;
    options.attention_score = score;
    RecurrentTranslator model = translator(options, DType::f32);
    Adam adam(parameters(model), {});
    for (int step = 0; step < 150; ++step)
      minimise(
          cross_entropy(model(small_source(), small_target()), small_expected(), {.ignore = 0}),
          adam, 0.02);
    Decoder decoder(model, small_source());
    const auto found = beam_search(decoder, {.beam_size = 1, .max_lengths = {8, 8, 8}});
    CHECK(found[0][0].tokens == TokenList{6, 11, 4});
    CHECK(found[1][0].tokens == TokenList{3, 8});
    CHECK(found[2][0].tokens == TokenList{12});
  }
}

TEST_CASE("a recurrent translator says what does not fit") {
  const auto complaint = [](const auto& change) {
    RecurrentTranslatorOptions options = small_recurrent();
    change(options);
    return message_of([&] { translator(options); });
  };
  CHECK(contains(complaint([](auto& options) { options.num_encoder_layers = 1; }),
                 "a recurrent decoder of 2 layers cannot start from an encoder of 1"));
  CHECK(contains(complaint([](auto& options) { options.d_model = 7; }), "d_model = 7"));
  CHECK(contains(complaint([](auto& options) { options.tie_embeddings = TiedEmbeddings::all; }),
                 "tied embeddings need one vocabulary"));
}
