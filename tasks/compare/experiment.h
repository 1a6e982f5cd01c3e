#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/split.h"

namespace lectern {

/// Settings over those that all runs of an experiment share, under a name.
struct Variant {
  std::string name;  ///< "window-64"; of an experiment without cases, its only case: ""
  std::vector<Override> settings = {};
};

/// A question to a task: the same model, trained in several ways, several times each. The file is
/// TOML:
///
///     [experiment]
///     question = "Which attention finds one token among thousands?"
///     base = "recall.toml"      # what all runs share: a configuration, beside this file
///     baseline = "exact"        # what the others are compared with; without it the first
///     seeds = [1, 2, 3]         # train.seed
///     split = "test"            # what is scored; "valid" while you still choose
///
///     [cases.1024]              # at which every variant is tried; may be missing
///     task.length = 1024
///
///     [variants.exact]          # any keys of a configuration
///     model.attention = "exact"
///
///     [variants.window-64]
///     model.attention = "window"
///     attention.window = 64
struct Experiment {
  std::string path;
  std::string question = {};
  std::string base = {};  ///< path of the configuration
  std::vector<Variant> cases = {};
  std::vector<Variant> variants = {};
  std::string baseline = {};
  std::vector<std::int64_t> seeds = {};
  Split split = Split::test;
};

/// One of an experiment's trainings.
struct Cell {
  std::string setting = {};  ///< the case's name; empty: there is one
  std::string variant = {};
  std::int64_t seed = 0;
  Config config = {};
  /// `1024/window-64/seed-1`: where under the experiment's folder it lives.
  std::string folder() const;
};

/// \throws Failure (usage) with file, line and key for what cannot be read, is missing, is there twice
///         or is no name for a folder
Experiment read_experiment(const std::string& path);

/// Every training, seed after seed, so that an experiment that is stopped has compared all variants
/// with fewer seeds. `typed` is set over everything.
/// \throws Failure (usage) for what no configuration can be, before anything is trained
std::vector<Cell> cells_of(const Experiment& experiment, const std::vector<Override>& typed = {});

}  // namespace lectern
