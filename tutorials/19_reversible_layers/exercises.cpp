// The exercises of chapter 19. Write your lines where it says so, then type
// ./check.
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "exercise.h"
#include "tensor/ops/fixed_point.h"

using namespace lectern;

namespace {

using Function = std::function<double(double)>;

/// Exercise 1: the inputs x1 and x2 of a pair, from its outputs
/// y1 = x1 + F(x2) and y2 = x2 + G(y1).
std::pair<double, double> inputs(const Function& F, const Function& G,
                                 double y1, double y2) {
  // [solution 1]
  const double x2 = y2 - G(y1);
  return {y1 - F(x2), x2};
  // [/solution]
}

/// Exercise 2: the same for a whole stack. The first function adds to stream 0,
/// the second to stream 1, the third to stream 0 again; each reads the other
/// stream. From the streams at the end, those at the beginning.
std::array<double, 2> undo_all(const std::vector<Function>& functions,
                               std::array<double, 2> streams) {
  // [solution 2]
  for (std::size_t i = functions.size(); i-- > 0;)
    streams[i % 2] -= functions[i](streams[1 - i % 2]);
  return streams;
  // [/solution]
}

/// Exercise 3: recomputing in pieces. A stack of `layers` layers is cut into
/// pieces of `piece` layers. Each piece keeps its input, 1 unit. On the way back
/// one piece at a time is there whole, `inside` units for each of its layers:
///   peak = number of pieces (rounded up) + piece · inside
/// Which `piece`, from 1 to `layers`, makes the peak smallest?
std::int64_t best_piece(std::int64_t layers, double inside) {
  // [solution 3]
  const auto peak = [&](std::int64_t piece) {
    const std::int64_t pieces = (layers + piece - 1) / piece;
    return static_cast<double>(pieces) + inside * static_cast<double>(piece);
  };
  std::int64_t best = 1;
  for (std::int64_t piece = 2; piece <= layers; ++piece)
    if (peak(piece) < peak(best)) best = piece;
  return best;
  // [/solution]
}

/// Exercise 4: a stream in fixed point, as the library has it. The amount in
/// whole steps of 2⁻²⁰ (ties to the even one, as std::nearbyint rounds), added
/// to the steps so far; where that leaves the 32 bits, it goes on at the other
/// end. Go by way of std::int64_t: 2500 · 2²⁰ does not fit into 32 bits. (A sum
/// of two std::int32_t must not overflow; one of std::uint32_t may.)
std::int32_t add_amount(std::int32_t steps, double amount) {
  // [solution 4]
  const auto more =
      static_cast<std::int64_t>(std::nearbyint(std::ldexp(amount, 20)));
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(steps) +
                                   static_cast<std::uint32_t>(more));
  // [/solution]
}

struct Slopes {
  double x1 = 0, x2 = 0, w = 0;
};

/// Exercise 5: the way back of a pair whose two functions share one parameter,
/// y1 = x1 + w · x2 · x2 and y2 = x2 + w · y1, from its outputs and the loss's
/// derivatives by them, without a tape.
Slopes way_back(double w, double y1, double y2, double by_y1, double by_y2) {
  // [solution 5]
  Slopes slopes;
  const double x2 = y2 - w * y1;  // the second half, undone
  slopes.w += by_y2 * y1;
  by_y1 += by_y2 * w;
  slopes.w += by_y1 * x2 * x2;  // the first half
  slopes.x2 = by_y2 + by_y1 * w * 2 * x2;
  slopes.x1 = by_y1;
  return slopes;
  // [/solution]
}

double drawn(std::uint32_t step, std::uint32_t site) {
  return random_normal({1}, 1, {.seed = 6, .step = step, .site = site},
                       DType::f64)
      .at<double>({0});
}

}  // namespace

int main() {
  Exercises exercises;
  exercises.check(1, [] {
    const Function F = [](double x) { return x * x; };
    const Function G = [](double y) { return std::sin(y); };
    for (const double x1 : {0.5, -2.0}) {
      const double x2 = 3 - x1, y1 = x1 + F(x2), y2 = x2 + G(y1);
      const auto [again1, again2] = inputs(F, G, y1, y2);
      expect_near(text("x1, which was ", x1), again1, x1);
      expect_near(text("x2, which was ", x2), again2, x2);
    }
  });
  exercises.check(2, [] {
    for (const int count : {1, 4, 5}) {
      std::vector<Function> functions;
      std::array<double, 2> streams{1, 2};
      for (int i = 0; i < count; ++i) {
        functions.push_back([i](double x) { return std::cos(x + i); });
        streams[i % 2] += functions.back()(streams[1 - i % 2]);
      }
      const auto begin = undo_all(functions, streams);
      expect_near(text("stream 0, ", count, " functions undone"), begin[0], 1);
      expect_near(text("stream 1, ", count, " functions undone"), begin[1], 2);
    }
  });
  exercises.check(3, [] {
    struct Case {
      std::int64_t layers;
      double inside;
      std::int64_t piece;
    };
    for (const auto& [layers, inside, piece] :
         {Case{64, 1, 8}, Case{64, 4, 4}, Case{12, 12, 1}, Case{100, 1, 10},
          Case{7, 0.1, 7}})
      expect_equal(text("of ", layers, " layers that keep ", inside,
                        " units each, the best piece"),
                   best_piece(layers, inside), piece);
  });
  exercises.check(4, [] {
    for (const double amount : {0.1, -3.75, 2500.0, -2500.0, 1e-7}) {
      const Tensor steps = to_fixed_point(vector({0.3}, DType::f64));
      const std::int32_t before = steps.item<std::int32_t>();
      const std::int32_t after = add_amount(before, amount);
      expect_equal(text(before, " steps and ", amount), after,
                   add_to_fixed_point(steps, vector({amount}, DType::f64))
                       .item<std::int32_t>());
      expect_equal("and taken away again", add_amount(after, -amount), before);
    }
  });
  exercises.check(5, [] {
    for (const std::uint32_t step : {1, 2, 3}) {
      const auto parameter = [&](std::uint32_t site) {
        return Variable::parameter(matrix({{drawn(step, site)}}, DType::f64));
      };
      const Variable x1 = parameter(1), x2 = parameter(2), w = parameter(3);
      const StreamFunction F = [&](const Variable& x, const auto&) {
        return w * x * x;
      };
      const StreamFunction G = [&](const Variable& y, const auto&) {
        return w * y;
      };
      const Variable y = reversible_stack({F, G}, x1, x2);
      const double by_y1 = drawn(step, 4), by_y2 = drawn(step, 5);
      backward(y, matrix({{by_y1, by_y2}}, DType::f64));
      const Slopes slopes =
          way_back(w.value().item<double>(), y.value().at<double>({0, 0}),
                   y.value().at<double>({0, 1}), by_y1, by_y2);
      const std::string which = text(", random numbers no. ", step);
      expect_near("the slope by x1" + which, slopes.x1,
                  x1.gradient().item<double>());
      expect_near("the slope by x2" + which, slopes.x2,
                  x2.gradient().item<double>());
      expect_near("the slope by w" + which, slopes.w,
                  w.gradient().item<double>());
    }
  });
  return exercises.result();
}
