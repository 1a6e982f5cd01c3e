#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tasks/config/config.h"
#include "tasks/weights/config_json.h"

namespace lectern {

/// A module of theirs and the one of ours that does the same. `*` stands for the number of a layer.
struct ModulePair {
  enum class Kind {
    table,   ///< `.weight`, as it is
    norm,    ///< `.weight` and `.bias`, as they are
    linear,  ///< `.weight`, `[out, in]` there and `[in, out]` here, and `.bias`
    bias,    ///< `.bias` alone: the weight is another module's
  };
  const char* theirs;
  const char* ours;
  Kind kind;
};

/// A tensor under both names.
struct WeightPair {
  std::string theirs, ours;
  bool transposed = false;
};

/// A kind of model of another library: what its files are called by, and what they mean here.
struct WeightFamily {
  std::string name;          ///< "model_type" in its config.json, and what `--to` says
  std::string architecture;  ///< its class: `DistilBertForMaskedLM`
  std::string task;          ///< which task of ours has such a model
  std::span<const ModulePair> modules;
  /// A tensor that their files may hold a second time, and which one it is equal to.
  std::string copy, original;
  /// Our configuration of such a model. Throws Failure(checkpoint) for what we have not.
  Config (*config)(const ConfigJson& json);
  /// Their configuration. Throws Failure(usage) naming the key for a model of ours that is none.
  ConfigJson::Entries (*json)(const Config& config, std::int64_t vocab);
  /// The model, with weights that are about to be loaded.
  std::unique_ptr<Module> (*model)(const Config& config, std::int64_t vocab);
  const char* embedding;  ///< our name of the table `[vocab, d_model]`
};

/// Every family, in the order in which they were added.
const std::vector<WeightFamily>& weight_families();
/// `"distilbert", …`, for messages.
std::string names_of_weight_families();

/// All tensors of a model of `layers` layers, in the order of the table.
std::vector<WeightPair> weight_pairs(const WeightFamily& family, std::int64_t layers);

}  // namespace lectern
