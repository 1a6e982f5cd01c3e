#include <algorithm>
#include <set>

#include "tasks/text/batches.h"
#include "tasks/text/parallel_text.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Tokens = std::vector<std::int32_t>;
using Plan = std::vector<std::vector<std::int64_t>>;

namespace {

/// Every letter is a token.
class Letters : public Tokenizer {
 public:
  using Tokenizer::Tokenizer;
  std::string decode(const Tokens& tokens) const override { return {tokens.begin(), tokens.end()}; }
  std::int32_t size() const override { return 128; }
  std::string piece(std::int32_t token) const override { return {static_cast<char>(token)}; }
  std::string kind() const override { return "letters"; }
  std::string serialize() const override { return ""; }

 private:
  Tokens split(std::string_view text) const override { return {text.begin(), text.end()}; }
};

/// Sentences whose lengths vary as those of a corpus do.
std::vector<TokenPair> corpus(std::size_t size) {
  std::vector<TokenPair> pairs;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t length = 1 + i * 7919 % 30;
    pairs.push_back({Tokens(length, 10), Tokens(length + i % 3, 11)});
  }
  return pairs;
}

std::size_t width_of(const std::vector<TokenPair>& pairs, const std::vector<std::int64_t>& which) {
  std::size_t width = 0;
  for (const std::int64_t i : which)
    width = std::max({width, pairs[i].source.size() + 1, pairs[i].target.size() + 1});
  return width;
}

std::vector<std::int64_t> sorted_indices(const Plan& plan) {
  std::vector<std::int64_t> all;
  for (const auto& which : plan) all.insert(all.end(), which.begin(), which.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("pairs with an empty side go after pairing", "[corpus]") {
  const TemporaryFolder folder;
  folder.write("a.de", "eins\n\ndrei\nvier\n \t\nsechs\n");
  folder.write("a.en", "one\ntwo\nthree\n  \nfive\nsix\n");
  const ParallelText text = read_parallel(find_parallel_files(folder.file("a"), "de", "en"));
  REQUIRE(text.pairs.size() == 3);
  CHECK(mentions(text.report.summary(),
                 "a.en: 3 lines with an empty side, left out (first: line 2)"));
  CHECK(text.pairs[1].source == "drei");
  CHECK(text.pairs[1].target == "three");
  CHECK(text.pairs[2].source == "sechs");
  CHECK(text.pairs[2].target == "six");
  CHECK(text.pairs[2].line == 6);
  const ParallelFiles files = find_parallel_files(folder.file("a"), "de", "en");
  CHECK(read_parallel(files, {.keep_empty = true}).pairs.size() == 6);
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_parallel(files, {.strict = true}); }),
                 "a.en:2: an empty side"));
}

TEST_CASE("a line of nothing but white space is empty, whatever white space it is", "[corpus]") {
  const TemporaryFolder folder;
  folder.write("a.de", "eins\n\u3000\n\u00A0 \u2003\nvier\n");
  folder.write("a.en", "one\ntwo\nthree\n\u3000\n");
  const ParallelText text = read_parallel(find_parallel_files(folder.file("a"), "de", "en"));
  CHECK(text.pairs.size() == 1);
  CHECK(text.report.count(empty_side) == 3);
}

TEST_CASE("texts of different lengths are refused with both lengths", "[corpus]") {
  const TemporaryFolder folder;
  folder.write("a.de", "eins\nzwei\ndrei\n");
  folder.write("a.en", "one\ntwo\n");
  const std::string message = failure_of(
      ExitCode::data, [&] { read_parallel(find_parallel_files(folder.file("a"), "de", "en")); });
  CHECK(mentions(message, "a.de has 3 lines"));
  CHECK(mentions(message, "a.en has 2"));
}

TEST_CASE("a corpus that is not there is named with what was tried", "[corpus]") {
  const TemporaryFolder folder;
  const std::string message =
      failure_of(ExitCode::data, [&] { find_parallel_files(folder.file("absent"), "de", "en"); });
  CHECK(mentions(message, folder.file("absent.de")));
  CHECK(mentions(message, folder.file("absent.de.gz")));
  folder.write("a.de.gz", "");
  folder.write("a.en", "");
  CHECK(find_parallel_files(folder.file("a"), "de", "en").source == folder.file("a.de.gz"));
  failure_of(ExitCode::data, [&] { find_parallel_files(std::string(5000, 'x'), "de", "en"); });
}

TEST_CASE("pairs longer than the limit are left out and counted", "[corpus]") {
  const Letters letters(/*lowercase=*/false);
  const std::vector<SentencePair> pairs = {
      {"abc", "a", 1}, {"abcd", "a", 2}, {"a", "abcd", 3}, {"ab", "abc", 4}, {"", "a", 5}};
  const TokenCorpus encoded = encode_corpus(pairs, letters, letters, 3, TextReport("a"));
  CHECK(encoded.pairs.size() == 2);
  CHECK(encoded.report.count(empty_side) == 1);
  CHECK(mentions(encoded.report.summary(),
                 "a: 2 lines with more tokens than fit, left out (first: line 2: 4 tokens, at "
                 "most 3 fit)"));
  CHECK(mentions(
      failure_of(ExitCode::data,
                 [&] { encode_corpus(pairs, letters, letters, 3, TextReport("a", true)); }),
      "a:2: more tokens than fit"));
}

TEST_CASE("a batch is padded, begun and ended", "[batches]") {
  const std::vector<TokenPair> pairs = {{{7, 8}, {9}}, {{5}, {6, 7, 8}}};
  const Batch batch = make_batch(pairs, {1, 0});
  CHECK(batch.source.to_vector<std::int32_t>() == Tokens{5, 2, 0, 7, 8, 2});
  CHECK(batch.source_lengths.to_vector<std::int32_t>() == Tokens{2, 3});
  CHECK(batch.target_input.to_vector<std::int32_t>() == Tokens{1, 6, 7, 8, 1, 9, 0, 0});
  CHECK(batch.target_output.to_vector<std::int32_t>() == Tokens{6, 7, 8, 2, 9, 2, 0, 0});
  CHECK(batch.source_tokens == 5);
  CHECK(batch.target_tokens == 6);
}

TEST_CASE("every pair is in an epoch exactly once", "[batches]") {
  for (const std::size_t size : {1, 2, 7, 1000}) {
    const std::vector<TokenPair> pairs = corpus(size);
    const std::vector<std::int64_t> all =
        sorted_indices(plan_epoch(pairs, {.batch_tokens = 300}, 1, 0));
    REQUIRE(all.size() == size);
    for (std::size_t i = 0; i < size; ++i) CHECK(all[i] == static_cast<std::int64_t>(i));
  }
  CHECK(plan_epoch(std::vector<TokenPair>{}, {}, 1, 0).empty());
}

TEST_CASE("batches keep within their budget, with little padding", "[batches]") {
  const std::vector<TokenPair> pairs = corpus(3000);
  std::size_t cells = 0, tokens = 0;
  for (const auto& which : plan_epoch(pairs, {.batch_tokens = 500}, 1, 0)) {
    CHECK(which.size() * width_of(pairs, which) <= 500);
    cells += which.size() * width_of(pairs, which);
    for (const std::int64_t i : which) tokens += pairs[i].target.size() + 1;
  }
  CHECK(static_cast<double>(tokens) / static_cast<double>(cells) > 0.9);
}

TEST_CASE("a sentence longer than the budget is a batch by itself", "[batches]") {
  const std::vector<TokenPair> pairs = {{Tokens(3, 9), Tokens(3, 9)},
                                        {Tokens(50, 9), Tokens(3, 9)}};
  for (const auto& which : plan_epoch(pairs, {.batch_tokens = 10}, 1, 0)) CHECK(which.size() == 1);
}

TEST_CASE("a batch size replaces the budget", "[batches]") {
  const std::vector<TokenPair> pairs = corpus(103);
  const Plan plan = plan_epoch(pairs, {.batch_tokens = 1, .batch_size = 10}, 1, 0);
  CHECK(plan.size() == 11);
  for (const auto& which : plan) CHECK((which.size() == 10 || which.size() == 3));
}

TEST_CASE("the order of an epoch is a function of seed and epoch", "[batches]") {
  const std::vector<TokenPair> pairs = corpus(500);
  const BatchOptions options{.batch_tokens = 300};
  std::set<Plan> plans;
  for (const std::uint64_t seed : {1, 2})
    for (const std::uint32_t epoch : {0, 1, 2}) {
      const Plan plan = plan_epoch(pairs, options, seed, epoch);
      CHECK(plan == plan_epoch(pairs, options, seed, epoch));
      plans.insert(plan);
    }
  CHECK(plans.size() == 6);
}

TEST_CASE("evaluation takes the longest sentences first", "[batches]") {
  std::vector<Tokens> sentences;
  for (const TokenPair& pair : corpus(200)) sentences.push_back(pair.source);
  const Plan plan = plan_by_length(sentences, {.batch_tokens = 100});
  CHECK(sorted_indices(plan).size() == 200);
  std::size_t before = sentences[plan[0][0]].size();
  for (const auto& which : plan)
    for (const std::int64_t i : which) {
      CHECK(sentences[i].size() <= before);
      before = sentences[i].size();
    }
}
