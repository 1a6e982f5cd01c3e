#include "tasks/task/made_data.h"

#include "tasks/failure.h"

namespace lectern {
namespace {

// Far from the sites of a model's layers, which are counted from 1.
constexpr std::uint32_t first_site = 0x44617461;  // "Data"

}  // namespace

std::int64_t SplitSizes::of(Split split) const {
  switch (split) {
    case Split::train: return train;
    case Split::valid: return valid;
    case Split::test: break;
  }
  return test;
}

std::vector<std::string> made_data_ignores() {
  return {"data",
          "tokenizer",
          "decode",
          "model.architecture",
          "model.num_encoder_layers",
          "model.num_decoder_layers"};
}

Split home_of(std::span<const std::int32_t> tokens) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a, a token at a time
  for (const std::int32_t token : tokens)
    hash = (hash ^ static_cast<std::uint32_t>(token)) * 0x100000001b3u;
  const std::uint64_t sixteenth = (hash * 0x9e3779b97f4a7c15u) >> 60;
  return sixteenth == 0 ? Split::valid : sixteenth == 1 ? Split::test : Split::train;
}

std::vector<std::int32_t> draw_example(
    const ExampleKey& key, const std::function<std::vector<std::int32_t>(Draws&)>& draw) {
  constexpr int attempts = 100'000;
  Draws draws({.seed = key.seed,
               .step = static_cast<std::uint32_t>(key.index),
               .site = first_site + static_cast<std::uint32_t>(key.split)});
  for (int i = 0; i < attempts; ++i) {
    std::vector<std::int32_t> example = draw(draws);
    if (!example.empty() && home_of(example) == key.split) return example;
  }
  throw Failure(ExitCode::usage,
                text("[task]: no ", name_of(key.split), " example in ", attempts,
                     " draws: its settings allow too few; try a larger task.length"));
}

}  // namespace lectern
