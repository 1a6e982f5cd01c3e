#include "nn/positions.h"

#include <cmath>

#include "autograd/gradcheck.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("sinusoidal positions: the paper's formula") {
  const Tensor table = sinusoidal_positions(101, 512, DType::f64);
  const auto at = [&](std::int64_t t, std::int64_t c) { return numbers(table)[t * 512 + c]; };
  CHECK(at(0, 0) == 0.0);
  CHECK(at(0, 1) == 1.0);
  CHECK(at(1, 0) == Approx(0.8414709848));       // sin 1
  CHECK(at(1, 1) == Approx(0.5403023059));       // cos 1
  CHECK(at(100, 256) == Approx(std::sin(1.0)));  // 10000^½ = 100
  CHECK(at(100, 257) == Approx(std::cos(1.0)));
  CHECK(at(7, 510) == Approx(std::sin(7 / std::pow(10000.0, 510.0 / 512))));
}

TEST_CASE("sinusoidal positions: how two of them relate depends on their distance only") {
  const std::int64_t d_model = 16;
  const auto table = numbers(sinusoidal_positions(40, d_model, DType::f64));
  const auto product = [&](std::int64_t a, std::int64_t b) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < d_model; ++c)
      sum += table[a * d_model + c] * table[b * d_model + c];
    return sum;
  };
  for (const std::int64_t distance : {0, 1, 5, 20})
    for (const std::int64_t t : {1, 7, 19})
      CHECK(product(t, t + distance) == Approx(product(0, distance)));
}

TEST_CASE("positions: added to every sentence, from any first position on") {
  Initializer init(1, DType::f64);
  for (const PositionKind kind : {PositionKind::sinusoidal, PositionKind::learned}) {
    const Positions positions(kind, 8, 4, init);
    const Variable nothing(zeros({2, 8, 4}, DType::f64));
    const Tensor table = positions(nothing).value();
    CHECK(same_bits(table.slice(0, 1), table.slice(1, 2)));
    if (kind == PositionKind::sinusoidal)
      CHECK(same_bits(table.slice(0, 1).reshape({8, 4}), sinusoidal_positions(8, 4, DType::f64)));
    const Variable one(zeros({1, 3, 4}, DType::f64));
    CHECK(same_bits(positions(one, 5).value().reshape({3, 4}),
                    table.slice(0, 1).reshape({8, 4}).slice(5, 8)));
  }
}

TEST_CASE("positions: only learned ones are parameters, and they learn") {
  Initializer init(1, DType::f64);
  Positions sinusoidal(PositionKind::sinusoidal, 8, 4, init);
  CHECK(parameters(sinusoidal).empty());
  Positions learned(PositionKind::learned, 8, 4, init);
  REQUIRE(parameters(learned).size() == 1);
  CHECK(parameters(learned)[0].variable.shape() == Shape{8, 4});
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return learned(in[0], 2); },
                {Variable::parameter(normal({2, 3, 4}, 1)), parameters(learned)[0].variable},
                {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("axial positions: by hand, a row's vector beside a column's") {
  Initializer init(1, DType::f64);
  Positions axial(AxialPositions{.rows = 2, .columns = 3, .row_width = 1, .column_width = 2}, init);
  std::vector<NamedParameter> tables = parameters(axial);
  REQUIRE(tables.size() == 2);
  tables[0].variable.set_value(tensor_of<double>({2, 1}, {10, 20}));
  tables[1].variable.set_value(tensor_of<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  const Tensor sum = axial(Variable(zeros({1, 4, 3}, DType::f64)), 1).value();
  CHECK(numbers(sum) == std::vector<double>{10, 3, 4, 10, 5, 6, 20, 1, 2, 20, 3, 4});
  CHECK(contains(message_of([&] {
                   axial(Variable(zeros({1, 4, 3}, DType::f64)), 3);
                 }),
                 "a sequence of 7 tokens is longer than max_length = 6"));
}

TEST_CASE("axial positions: two short tables, which learn") {
  const AxialPositions layout = AxialPositions::for_length(100, 7);
  CHECK(layout.rows == 8);
  CHECK(layout.columns == 16);
  CHECK(layout.row_width == 3);
  CHECK(layout.column_width == 4);
  Initializer init(1, DType::f64);
  Positions axial(PositionKind::axial, 100, 7, init);
  CHECK(parameter_count(axial) == 8 * 3 + 16 * 4);
  std::vector<Variable> inputs{Variable::parameter(normal({2, 5, 7}, 1))};
  for (const NamedParameter& table : parameters(axial)) inputs.push_back(table.variable);
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return axial(in[0], 13); }, inputs,
                {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("no positions: nothing is added, and the limit holds") {
  Initializer init;
  Positions none(PositionKind::none, 8, 4, init);
  CHECK(parameters(none).empty());
  const Variable x(normal({2, 3, 4}, 1));
  CHECK(same_bits(none(x, 2).value(), x.value()));
  CHECK(same_bits(none.at(x, none.find(2, 3)).value(), x.value()));
  CHECK(contains(message_of([&] { none(x, 6); }), "a sequence of 9 tokens is longer"));
}

TEST_CASE("positions say when a sequence is too long") {
  Initializer init;
  const Positions positions(PositionKind::sinusoidal, 8, 4, init);
  CHECK(contains(message_of([&] {
                   positions(Variable(zeros({1, 2, 4})), 7);
                 }),
                 "a sequence of 9 tokens is longer than max_length = 8"));
}
