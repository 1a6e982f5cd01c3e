#include "tasks/report/buckets_page.h"

#include <fstream>

#include "tensor/check.h"
#include "tests/catch.h"
#include "tests/tasks/report_examples.h"

namespace lectern {
namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Four tokens in two buckets, a b a b, which meet only within their bucket.
BucketsPage four_tokens() {
  BucketsHead head{.layer = 0,
                   .head = 1,
                   .recall = 0.5,
                   .chance = 1 / 3.0,
                   .mass = 0.755,
                   .keys_a_query = 1,
                   .entropy = 1,
                   .overflow = 0.25,
                   .occupancy = {0, 0, 2},
                   .buckets = {0, 1, 0, 1},
                   .sorted = {0, 2, 1, 3},
                   .meetings = {0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0},
                   .weights = std::vector<float>(16, 0.25f)};
  return {.example = "a <b> a b",
          .tokens = {"a", "<b>", "a", "b"},
          .rounds = 1,
          .bucket_count = 2,
          .room = 2,
          .note = "",
          .heads = {head},
          .command = "lectern attention run --buckets",
          .version = "lectern"};
}

/// A head that hashes `length` tokens to eight buckets.
BucketsPage long_example(size_t length) {
  BucketsPage page{.example = "a made-up example", .rounds = 2, .bucket_count = 8, .room = 32};
  BucketsHead head{.occupancy = std::vector<std::int64_t>(length / 8 + 1)};
  head.occupancy.back() = 16;
  for (size_t i = 0; i < length; ++i) {
    page.tokens.push_back(std::to_string(i));
    head.buckets.push_back(static_cast<std::int32_t>(8 * noise(i)));
  }
  for (std::int32_t bucket = 0; bucket < 8; ++bucket)
    for (size_t i = 0; i < length; ++i)
      if (head.buckets[i] == bucket) head.sorted.push_back(static_cast<std::int32_t>(i));
  for (size_t i = 0; i < length * length; ++i) {
    head.meetings.push_back(head.buckets[i / length] == head.buckets[i % length] ? 1.0f : 0.0f);
    head.weights.push_back(static_cast<float>(noise(i)));
  }
  page.heads = {head};
  return page;
}

}  // namespace

TEST_CASE("the numbers of a head are a line of a table", "[buckets]") {
  BucketsPage page = four_tokens();
  CHECK(buckets_table(page) ==
        "a <b> a b\n"
        "4 tokens, 1 round of 2 buckets, chunks of 2\n"
        "layer  head  recall@16 %   chance %     mass %  keys a query    members    entropy  "
        "overflow %\n"
        "    1     2         50.0       33.3       75.5           1.0      2–2–2       1.00        "
        "25.0\n");
  page.note = "Mind this.";
  CHECK(contains(buckets_table(page), "chunks of 2\nMind this.\nlayer"));
}

TEST_CASE("the page of buckets is whole, and escapes what was read", "[buckets]") {
  const std::string page = buckets_page(four_tokens());
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, "a &lt;b&gt; a b"));
  CHECK(!contains(page, "<b>"));
  CHECK(contains(page, "<title>2 · &lt;b&gt; · bucket 2</title>"));
  CHECK(contains(page, "75.5"));
  CHECK(contains(page,
                 "aria-label=\"Layer 1, head 2: meets 50 % of the top 16 keys (by chance "
                 "33.3 %), keeps 75.5 % of the weight"));
  CHECK(contains(page, ">&lt;b&gt;</text>"));  // the tokens are written on the strips
  CHECK(contains(page, "lectern attention run --buckets"));
  CHECK(page == buckets_page(four_tokens()));
  CHECK(!contains(page, "src="));
}

TEST_CASE("sorted by bucket, those who meet lie side by side", "[buckets]") {
  const std::string picture = buckets_picture(four_tokens(), four_tokens().heads[0]);
  // Rows of the small map: token 1 meets 3 and 2 meets 4; sorted, neighbours meet.
  CHECK(contains(picture, "M2 0h1M3 1h1M0 2h1M1 3h1"));
  CHECK(contains(picture, "M1 0h1M0 1h1M3 2h1M2 3h1"));
}

TEST_CASE("buckets stand alone as a file, of bounded size", "[buckets]") {
  const BucketsPage page = long_example(600);
  const std::string file = buckets_file(page);
  CHECK(markup_fault(file) == "");
  CHECK(file.size() < 600'000);
  std::ofstream("example_buckets.svg") << file;
}

TEST_CASE("a head must fit the tokens", "[buckets]") {
  BucketsPage page = four_tokens();
  page.heads[0].weights.pop_back();
  std::string message;
  try {
    buckets_page(page);
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK(contains(message,
                 "layer 0, head 1: 4 buckets, 4 sorted tokens, 16 meetings and 15 weights "
                 "for 4 tokens; give one, one, and two times tokens × tokens"));
  page = four_tokens();
  page.heads.clear();
  CHECK(markup_fault(buckets_page(page)) == "");
}

}  // namespace lectern
