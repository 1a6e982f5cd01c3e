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
    conv1d,  ///< `.weight`, `[in, out]` there, too, and `.bias`
    bias,    ///< `.bias` alone: the weight is another module's
  };
  const char* theirs;
  const char* ours;
  Kind kind;
  /// Theirs holds so many of ours side by side, along `out`, and this is number `part` of them.
  int part = 0, parts = 1;
};

/// A tensor under both names.
struct WeightPair {
  std::string theirs, ours;
  bool transposed = false;
  int part = 0, parts = 1;
};

/// A tensor that their files may hold although it says nothing new: it equals another.
struct TensorCopy {
  const char* name;
  const char* original;
};

/// A kind of model of another library: what its files are called by, and what they mean here.
struct WeightFamily {
  std::string name;          ///< "model_type" in its config.json, and what `--to` says
  std::string architecture;  ///< its class: `DistilBertForMaskedLM`
  std::string task;          ///< which task of ours has such a model
  TokenizerKind tokenizer;   ///< which vocabulary
  std::string prefix = {};  ///< of all names, if files may leave it out: those of the bare stack do
  std::span<const ModulePair> modules;
  std::span<const TensorCopy> copies = {};
  /// Their tensors that have no part in what the model computes here: buffers, other heads.
  std::span<const char* const> unused = {};
  /// Their table of segments, `[segments, d_model]`, or nothing. Ours reads texts of one segment, whose
  /// vector becomes part of the positions' ones.
  std::string segments = {};
  /// A parameter of ours that they have not: zero.
  std::string zero = {};
  /// Our configuration of such a model. Throws Failure(checkpoint) for what we have not.
  Config (*config)(const ConfigJson& json);
  /// Their configuration. Throws Failure(usage) naming the key for a model of ours that is none.
  ConfigJson::Entries (*json)(const Config& config, std::int64_t vocab);
  /// The model, with weights that are about to be loaded.
  std::unique_ptr<Module> (*model)(const Config& config, std::int64_t vocab);
};

/// Our names of the tables that every family has: `[vocab, d_model]`, `[max_length, d_model]`.
inline constexpr const char *embedding_name = "encoder.embedding.weight",
                            *positions_name = "encoder.positions.weight",
                            *output_bias_name = "generator.bias";

/// Every family, in the order in which they were added.
const std::vector<WeightFamily>& weight_families();
/// `"distilbert", …`, for messages.
std::string names_of_weight_families();

/// All tensors of a model of `layers` layers, in the order of the table.
std::vector<WeightPair> weight_pairs(const WeightFamily& family, std::int64_t layers);
/// The names that `*` stands for, one for each layer.
std::vector<std::string> names_in_layers(const std::string& name, std::int64_t layers);

/// The activation function that `key` names.
Activation imported_activation(const ConfigJson& json, const char* key);
/// What Hugging Face's transformers call it.
std::string exported_activation(Activation activation);

/// What every family asks of a stack of ours: learned positions, exact attention with heads of keys
/// for every head, norms on this side of the sublayers, no scaled embedding, no reversible layers.
/// Throws Failure(usage) naming the first key that says otherwise.
void expect_plain_stack(const Config& config, const std::string& architecture, bool norm_first);
/// Throws Failure(usage) unless the model has what its class has: `model.norm_first = true`.
void expect_model_has(bool condition, const std::string& architecture, const std::string& needed);

}  // namespace lectern
