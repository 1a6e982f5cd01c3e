#include "reversible/laboratory/drift.h"

#include <algorithm>

#include "tests/catch.h"
#include "tests/reversible/small_network.h"

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

DriftReport drift_of(int layers, StreamNumbers kind) {
  Initializer init(1);
  SmallNetwork network({.layers = layers, .d_model = 32, .d_ff = 64, .heads = 4, .dropout = 0.1},
                       init);
  train(network, {.seed = 2});
  const Tensor x = normal({1, 16, 32}, 1, DType::f32);
  return measure_drift(network.functions(), {x, x}, parameters(network), kind);
}

}  // namespace

TEST_CASE("drift: a stream of floats stays within 1e-4 to depth 64, its gradients too", "[gate5]") {
  const int layers = on_gpu() ? 4 : 64;
  const DriftReport report = drift_of(layers, StreamNumbers::floating);
  REQUIRE(report.by_depth.size() == 2 * static_cast<std::size_t>(layers));
  const double worst = *std::max_element(report.by_depth.begin(), report.by_depth.end());
  INFO("drift " << worst << ", gradients " << report.gradient_disagreement);
  CHECK(worst > 0);
  CHECK(worst <= 1e-4);
  CHECK(report.gradient_disagreement <= 1e-6);
}

TEST_CASE("drift: a stream in fixed point has none", "[gate5]") {
  const DriftReport report = drift_of(on_gpu() ? 4 : 64, StreamNumbers::fixed_point);
  CHECK(*std::max_element(report.by_depth.begin(), report.by_depth.end()) == 0);
  // Compared is with streams of floats, whose values lie beside the grid of 2⁻²⁰. Where one of the
  // 65,536 ReLUs lies at zero it switches, and that alone is 1.7 · 10⁻⁶ (seen without AVX-512); where
  // none does, 10⁻¹¹.
  CHECK(report.gradient_disagreement <= 1e-5);
}
