#include "tasks/report/step_page.h"

#include "autograd/ops/pointwise.h"
#include "nn/feed_forward.h"
#include "nn/loss.h"
#include "nn/optim/adam.h"
#include "tests/catch.h"
#include "tests/tasks/markup_fault.h"

namespace lectern {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A step of a feed-forward network, profiled.
StepProfile small_profile() {
  Initializer init;
  FeedForward network({.d_model = 4, .d_ff = 8}, init);
  Adam adam(parameters(network), {});
  const Variable x(full({2, 4}, 1.0)), y(full({2, 4}, 0.5));
  return profile_step(network, [&] { minimise(squared_error(network(x), y), adam, 1e-3); },
                      {.rounds = 1});
}

/// As many operations, blocks and moments as a long recurrence by definition has.
StepProfile long_profile(int count) {
  StepProfile profile;
  profile.film.push_back({.time = 0, .in_use = 100});
  profile.blocks.push_back({.bytes = 100, .name = "</script><b>"});
  for (int i = 0; i < count; ++i) {
    profile.ops.push_back({.name = "multiply",
                           .part = text("encoder.layers.", i % 7),
                           .where = text("nn/some_file.cpp:", i % 50),
                           .shape = {8, 64},
                           .forward = 1e-6,
                           .backward = 2e-6});
    profile.blocks.push_back({.bytes = 1000 + i % 900,
                              .from = StepPhase::forward,
                              .op = i,
                              .born = i + 1,
                              .died = i % 3 == 0 ? -1 : i + 40});
    profile.film.push_back({.time = 3e-6 * i,
                            .in_use = i == count / 2 ? 123456789 : 5000 + i % 4000,
                            .phase = StepPhase::forward,
                            .op = i});
  }
  profile.seconds = 3e-6 * count;
  profile.high_water = 123456789;
  return profile;
}

}  // namespace

TEST_CASE("a step's page says the exact peak, and every part and line") {
  const StepProfile profile = small_profile();
  const std::string page =
      step_page({.profile = profile, .title = "A <step>", .lead = "two rows", .peak_rate = 1e9});
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, text(profile.high_water, " bytes, the allocator")));
  CHECK(contains(page, text("(", profile.high_water, " bytes)")));
  for (const ProfiledOp& op : profile.ops) CHECK(contains(page, op.where));
  CHECK(contains(page, "<b>linear1</b>"));
  CHECK(contains(page, "A &lt;step&gt;"));
  CHECK(contains(page, "share of the peak"));
  CHECK(count(page, "http") == count(page, "http://www.w3.org/2000/svg"));  // nothing is loaded
  CHECK(!contains(page, "src="));
  CHECK(!contains(page, "@import"));
}

TEST_CASE("a step's page of a hundred thousand operations stays small, and its peak exact") {
  const std::string page = step_page({.profile = long_profile(100'000)});
  CHECK(page.size() < 2'000'000);
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, "123456789"));
  CHECK(!contains(page, "</script><b>"));
}

TEST_CASE("a step's page of nothing recorded is a page") {
  StepProfile profile;
  profile.film.push_back({});
  const std::string page = step_page({.profile = profile});
  CHECK(markup_fault(page) == "");
}

TEST_CASE("the film's picture says what it shows, and marks a moment") {
  const StepProfile profile = small_profile();
  const std::string picture = memory_picture(profile, 0);
  CHECK(markup_fault(picture) == "");
  CHECK(contains(picture, "cursor"));
  CHECK(!contains(memory_picture(profile), "cursor"));
  CHECK(contains(picture, "aria-label=\"Memory in use over the step: "));
}

TEST_CASE("a block is called by its operation and part, or by its own name") {
  StepProfile profile;
  profile.ops.push_back({.name = "linear", .part = "encoder", .where = "nn/linear.cpp:17"});
  CHECK(name_of(profile, {.name = "encoder.weight"}) == "encoder.weight");
  const MemoryBlock gradient{.from = StepPhase::backward, .op = 0};
  CHECK(name_of(profile, gradient) == "backward of linear, encoder");
  CHECK(line_of(profile, gradient) == "nn/linear.cpp:17");
  CHECK(name_of(profile, {.from = StepPhase::update}) == "update");
}

}  // namespace lectern
