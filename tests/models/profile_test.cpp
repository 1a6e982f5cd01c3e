#include "nn/profile.h"

#include <algorithm>
#include <set>

#include "autograd/ops/permute.h"
#include "models/transformer.h"
#include "nn/optim/adam.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

StepProfile profile_of(Transformer& model) {
  Adam adam(parameters(model), {});
  const Tokens source{tensor_of<std::int32_t>({1, 3}, {4, 5, 6}),
                      tensor_of<std::int32_t>({1}, {3})};
  const Tensor target = tensor_of<std::int32_t>({1, 2}, {1, 7});
  return profile_step(model,
                      [&] {
                        train(model, {.seed = 1});
                        const Variable states = model.decode_states(target, model.encode(source));
                        const Variable rows = reshape(states, {-1, states.dim(2)});
                        minimise(model.cross_entropy(rows, target.reshape({-1}), {}), adam, 0.0);
                        adam.zero_gradients();
                      },
                      {.rounds = 1});
}

TransformerOptions small() {
  return {.source_vocab = 12,
          .target_vocab = 12,
          .d_model = 8,
          .nhead = 2,
          .num_encoder_layers = 1,
          .num_decoder_layers = 1,
          .dim_feedforward = 16,
          .tie_embeddings = TiedEmbeddings::all};
}

/// Whether an op of this name is in that part.
bool has(const StepProfile& profile, const std::string& name, const std::string& part) {
  return std::ranges::any_of(
      profile.ops, [&](const ProfiledOp& op) { return op.name == name && op.part == part; });
}

std::int64_t peak_of(const StepProfile& profile) {
  return profile.film[static_cast<std::size_t>(peak_moment(profile))].in_use;
}

}  // namespace

TEST_CASE("profile: the ops of a Transformer are in its parts, tied weights where they are used") {
  Initializer init;
  Transformer model(small(), init);
  const StepProfile profile = profile_of(model);
  std::set<std::string> parts;
  for (const auto& part : parts_of<Module>(model)) parts.insert(part.name);
  for (const ProfiledOp& op : profile.ops) CHECK(parts.contains(op.part));
  CHECK(has(profile, "attend_fused", "encoder.layers.0.self_attention"));
  CHECK(has(profile, "linear", "decoder.layers.0.cross_attention.query"));
  CHECK(has(profile, "relu_dropout", "decoder.layers.0.feed_forward"));
  CHECK(has(profile, "dropout_add", "encoder.layers.0.dropout2"));
  CHECK(has(profile, "layer_norm", "decoder.norm"));
  CHECK(has(profile, "embedding", "target_embedding"));
  CHECK(has(profile, "linear_cross_entropy", "generator"));
  CHECK(peak_of(profile) == profile.high_water);
}

TEST_CASE("profile: what a reversible stack calculates again is in its layers, and marked") {
  Initializer init;
  TransformerOptions options = small();
  options.reversible = true;
  Transformer model(options, init);
  const StepProfile profile = profile_of(model);
  const auto again = [](const ProfiledOp& op) { return op.again; };
  CHECK(std::ranges::any_of(profile.ops, again));
  CHECK_FALSE(std::ranges::all_of(profile.ops, again));
  for (const ProfiledOp& op : profile.ops) {
    if (!op.again) continue;
    CHECK(op.forward == 0);
    CHECK(op.part.find("layers.0") != std::string::npos);
  }
  CHECK(has(profile, "attend_fused", "decoder.layers.0.self_attention"));
  CHECK(peak_of(profile) == profile.high_water);
  CHECK(sum_of_times(profile) <= profile.seconds);
}
