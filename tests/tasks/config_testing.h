#pragma once

#include <cmath>
#include <random>
#include <string>

#include "tasks/config/config.h"
#include "tasks/failure.h"
#include "tasks/language_model/settings.h"
#include "tests/catch.h"

namespace lectern {

/// The message of the usage error that `action` must end with.
template <class Action>
std::string usage_error(Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    CHECK(failure.code == ExitCode::usage);
    return failure.what();
  }
  FAIL_CHECK("no error");
  return "";
}

/// The message with which a short file is refused.
inline std::string refusal(const std::string& toml) {
  return usage_error([&] { parse_config(toml, "conf.toml"); });
}

/// A configuration far from its defaults.
inline Config unusual() {
  Config config;
  config.task = {"language_model", LanguageModelSettings{.length = 77, .valid_share = 1.0 / 7}};
  config.train.valid_metric = "loss";
  config.data = {.train = "päth \"with\" \\ quotes\t",
                 .valid = "v",
                 .test = "t",
                 .src = "fr",
                 .tgt = "en-GB",
                 .max_length = 77,
                 .lowercase = true};
  config.tokenizer = {.kind = TokenizerKind::word,
                      .vocab_size = 12345,
                      .shared = false,
                      .min_frequency = 3,
                      .character_coverage = 0.9995};
  config.model = {.d_model = 96,
                  .nhead = 12,
                  .num_layers = 3,
                  .dropout = 1.0 / 3,
                  .activation = Activation::gelu,
                  .norm_first = true,
                  .positions = PositionKind::learned,
                  .max_length = 200,
                  .tie_embeddings = TiedEmbeddings::decoder,
                  .adaptive_softmax_cutoff = {500, 7000}};
  config.train.learning_rate = 0.1 + 0.2;
  config.train.label_smoothing = 0;
  config.train.betas = {0.5, 1.0 / 7};
  config.train.epsilon = 1e-300;
  config.train.seed = 9'007'199'254'740'992;
  config.train.schedule = Schedule::Kind::linear;
  config.train.optimizer = TrainConfig::Optimizer::sgd;
  config.train.device = "cuda:1";
  config.decode.length_penalty = std::nextafter(1.0, 2.0);
  config.log.tensorboard = false;
  return config;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// `name` with one slip of the fingers: a letter lost, added, replaced, or swapped with the next.
/// `first` is the first place where a slip may happen.
inline std::string misspell(const std::string& name, std::mt19937& random, std::size_t first = 0) {
  const auto below = [&](std::size_t end) { return random() % end; };
  std::string typed = name;
  while (typed == name) {
    const std::size_t at = first + below(name.size() - first);
    const char letter = "abcdefghijklmnopqrstuvwxyz_"[below(27)];
    switch (below(4)) {
      case 0: typed.erase(at, 1); break;
      case 1: typed.insert(at, 1, letter); break;
      case 2: typed[at] = letter; break;
      default:
        if (at + 1 < name.size()) std::swap(typed[at], typed[at + 1]);
    }
  }
  return typed;
}

}  // namespace lectern
