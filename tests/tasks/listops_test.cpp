#include <cstdlib>
#include <set>

#include "tasks/listops/expression.h"
#include "tasks/listops/generator.h"
#include "tasks/listops/listops_task.h"
#include "tasks/text/lines.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

using Expression = std::vector<std::int32_t>;

std::int32_t value_of(const std::string& written) {
  return evaluate_expression(parse_expression(written));
}

const ListOpsSettings short_trees{.min_length = 5,
                                  .length = 30,
                                  .max_depth = 4,
                                  .max_arguments = 5,
                                  .sizes = {.train = 40, .valid = 20, .test = 20}};

}  // namespace

TEST_CASE("expressions have the value that the operators say", "[listops]") {
  CHECK(value_of("7") == 7);
  CHECK(value_of("[MAX 4 [MIN 2 3 ] 1 ]") == 4);
  CHECK(value_of("[MED 3 9 1 ]") == 3);
  CHECK(value_of("[MED 3 8 1 9 ]") == 5);  // (3 + 8) / 2, cut
  CHECK(value_of("[SM 9 8 7 ]") == 4);
  CHECK(value_of("( ( ( [SM 9 ) 8 ) ] )") == 7);
}

TEST_CASE("an expression is read and written alike", "[listops]") {
  const std::string written = "[MAX 4 [MED 2 3 ] [SM 1 [MIN 0 5 ] ] ]";
  CHECK(expression_text(parse_expression(written)) == written);
  CHECK(parse_expression("[SM 0 ]") == Expression{ListOps::sum, 0, ListOps::close});
}

TEST_CASE("what is no expression is refused at its token", "[listops]") {
  const auto message = [](const std::string& written) {
    return failure_of(ExitCode::data, [&] { value_of(written); });
  };
  CHECK(message("[MAX 1 x ]") ==
        "token 3 of the expression: \"x\" is no digit, operator or bracket of ListOps");
  CHECK(message("") == "token 1 of the expression: there is none");
  CHECK(message("1 ]") == "token 2 of the expression: it has ended before");
  CHECK(message("]") == "token 1 of the expression: a bracket closes nothing");
  CHECK(message("[MAX ]") == "token 2 of the expression: an operator has no argument");
  CHECK(message("[MAX 1") == "token 3 of the expression: a bracket is missing");
}

TEST_CASE("expressions are functions of seed, part and index, within their limits", "[listops]") {
  std::set<Expression> train, others;
  std::set<std::int32_t> values, operators;
  for (std::int64_t i = 0; i < 300; ++i) {
    const Expression drawn = draw_expression(short_trees, {.seed = 3, .index = i});
    CHECK(drawn == draw_expression(short_trees, {.seed = 3, .index = i}));
    CHECK((5 <= drawn.size() && drawn.size() <= 30));
    values.insert(evaluate_expression(drawn));  // throws unless it is one
    operators.insert(drawn[0]);
    std::int32_t level = 1, deepest = 1;
    for (const std::int32_t token : drawn) {
      level += token == ListOps::close ? -1 : token >= ListOps::minimum ? 1 : 0;
      deepest = std::max(deepest, level);
    }
    CHECK(deepest <= 4);
    train.insert(drawn);
    others.insert(draw_expression(short_trees, {.seed = 3, .split = Split::valid, .index = i}));
    others.insert(draw_expression(short_trees, {.seed = 3, .split = Split::test, .index = i}));
  }
  CHECK(values.size() == 10);
  CHECK(operators.size() == 4);
  for (const Expression& drawn : others) CHECK_FALSE(train.contains(drawn));
}

TEST_CASE("the Long Range Arena's expressions can be drawn", "[listops]") {
  const ListOpsSettings arena{.min_length = 501, .length = 1999};  // depth 10, 10 arguments
  for (std::int64_t i = 0; i < 20; ++i) {
    const Expression drawn = draw_expression(arena, {.index = i});
    CHECK((500 < drawn.size() && drawn.size() < 2000));
    CHECK(evaluate_expression(drawn) < 10);
  }
}

TEST_CASE("a batch begins with the token that stands for all, and ends in padding", "[listops]") {
  const ListOpsBatch batch =
      make_listops_batch({parse_expression("[SM 9 8 ]"), parse_expression("5")}, 5);
  const std::int32_t pad = ListOps::padding;
  const Expression first = {ListOps::whole, ListOps::sum, 9, 8, ListOps::close};
  const Expression second = {ListOps::whole, 5, pad, pad, pad};
  CHECK(batch.tokens.ids.dim(1) == 5);
  const Expression rows = batch.tokens.ids.to_vector<std::int32_t>();
  CHECK(Expression(rows.begin(), rows.begin() + 5) == first);
  CHECK(Expression(rows.begin() + 5, rows.end()) == second);
  CHECK(batch.tokens.lengths.to_vector<std::int32_t>() == Expression{5, 2});
  CHECK(batch.values.to_vector<std::int32_t>() == Expression{7, 5});
}

TEST_CASE("padding changes nothing of what a model says", "[listops]") {
  Config config;
  config.task = {"listops", short_trees};
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_layers = 1;
  config.model.dim_feedforward = 32;
  ListOpsTask task(config);
  evaluate(task.model());
  const auto& model = dynamic_cast<SequenceClassifier&>(task.model());
  const Expression first = parse_expression("[SM 9 8 ]");
  const NoGradient no_gradient;
  const Tensor alone = model(make_listops_batch({first}, 9).tokens).value();
  const Tensor padded =
      model(make_listops_batch({first, parse_expression("[MIN 1 2 3 4 5 6 ]")}, 9).tokens).value();
  for (int i = 0; i < 10; ++i)
    CHECK(padded.to_vector<float>()[i] == Approx(alone.to_vector<float>()[i]).margin(1e-5));

  const ListOpsScore score = task.score(Split::valid);
  CHECK(score.values.count == 20);
  CHECK(score.commonest_share >= 0.1);
  CHECK(task.batches_in_epoch(0) >= 1);
}

// LECTERN_LISTOPS=…/listops_test_d20s.tsv.gz: `label TAB expression`, Nangia and Bowman's test set.
TEST_CASE("10,000 published expressions have their published values", "[listops]") {
  const char* path = std::getenv("LECTERN_LISTOPS");
  if (!path) {
    WARN("SKIPPED: LECTERN_LISTOPS does not name the published file");
    return;
  }
  int right = 0, all = 0;
  for (const std::string& line : read_lines(path)) {
    const std::size_t tab = line.find('\t');
    right += std::stoi(line.substr(0, tab)) == value_of(line.substr(tab + 1));
    ++all;
  }
  CHECK(all == 10'000);
  CHECK(right == all);
}
