#pragma once

#include <cmath>
#include <string>

#include "tensor/safetensors.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

namespace lectern {

/// What PyTorch computed, from one file of tests/reference; its README names every tensor.
class Reference {
 public:
  explicit Reference(const std::string& name)
      : stored_(
            read_safetensors(std::string(LECTERN_TEST_DATA "/reference/") + name + ".safetensors")
                .tensors) {}

  Tensor operator[](const std::string& name) const {
    for (const auto& [known, tensor] : stored_)
      if (known == name) return tensor.to(default_device());
    fail("the reference has no tensor " + name);
  }
  /// How many tensors have a name that begins so.
  std::size_t count(const std::string& beginning) const {
    std::size_t found = 0;
    for (const auto& [name, tensor] : stored_) found += name.starts_with(beginning);
    return found;
  }

 private:
  NamedTensors stored_;
};

/// How far two results may lie apart: |a − b| ≤ atol + rtol · |b|.
struct Tolerance {
  double rtol, atol;
};

/// The house's tolerances, relative and per dtype.
constexpr Tolerance f64_tolerance{1e-7, 1e-10};
constexpr Tolerance f32_tolerance{1.3e-6, 1e-5};

/// Checks every number of `ours` against `theirs`; a failure names the tensor and the worst pair.
inline void expect_close(const std::string& name, const Tensor& ours, const Tensor& theirs,
                         const Tolerance& tolerance) {
  INFO(name);
  REQUIRE(ours.shape() == theirs.shape());
  const std::vector<double> a = numbers(ours), b = numbers(theirs);
  std::size_t worst = 0;
  double excess = -1.0;  // how far the worst pair is outside; negative: inside
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double beyond = std::abs(a[i] - b[i]) - tolerance.atol - tolerance.rtol * std::abs(b[i]);
    if (beyond <= excess) continue;
    excess = beyond;
    worst = i;
  }
  INFO("element " << worst << ": ours " << a[worst] << ", theirs " << b[worst]);
  CHECK(excess <= 0.0);
}

}  // namespace lectern
