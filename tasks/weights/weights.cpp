#include "tasks/weights/weights.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

#include "tasks/failure.h"
#include "tasks/language_model/data.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/finite.h"
#include "tasks/training/output_file.h"
#include "tasks/weights/family.h"
#include "tasks/weights/vocabulary.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/permute.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

constexpr std::int32_t absent_token = ImportedTokenizer::absent;
/// The logit of a token that they have not. (Their logits may all be far below zero.)
constexpr float never = -1e9F;

constexpr const char *weights_name = "model.safetensors", *config_name = "config.json";

const WeightFamily* find_family(const std::string& name) {
  for (const WeightFamily& family : weight_families())
    if (family.name == name) return &family;
  return nullptr;
}

NamedTensors read_weights(const std::string& path) try {
  Safetensors file = read_safetensors(path);
  if (const std::string found = first_not_finite(file.tensors); !found.empty())
    throw Failure(ExitCode::checkpoint, text(path, ": the weight ", found,
                                             ", and weights are finite numbers; fetch it again"));
  for (const auto& [name, bytes] : file.blobs)
    throw Failure(ExitCode::checkpoint,
                  text(path, ": \"", name, "\" holds bytes (U8), but weights are F32"));
  return std::move(file.tensors);
} catch (const DamagedFile& error) {
  throw Failure(ExitCode::checkpoint,
                text(path, ": the file is damaged: ", error.problem, "; fetch it again"));
} catch (const FileError& error) {
  throw Failure(ExitCode::checkpoint, error.what());
}

/// The name that a tensor has today: norms once had `gamma` and `beta`.
std::string present_name(const std::string& name) {
  for (const auto& [old, now] : {std::pair{".gamma", ".weight"}, std::pair{".beta", ".bias"}})
    if (name.ends_with(old)) return name.substr(0, name.size() - std::string(old).size()) + now;
  return name;
}

/// Takes tensors out of a file by name, so that what nobody asked for is seen at the end.
class Weights {
 public:
  /// \param prefix  is put before every name if no name of the file has it
  Weights(const std::string& path, const std::string& prefix) : path_(path) {
    NamedTensors all = read_weights(path);
    const auto has_prefix = [&](const auto& entry) { return entry.first.starts_with(prefix); };
    const std::string before = std::ranges::any_of(all, has_prefix) ? "" : prefix;
    for (auto& [name, tensor] : all) {
      const std::string known_as = before + present_name(name);
      if (!tensors_.emplace(known_as, std::move(tensor)).second)
        refuse(text("\"", known_as, "\" is there twice, under an old name and under its own"));
    }
  }

  Tensor take(const std::string& name, const Shape& shape) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) refuse(text("the tensor \"", name, "\" ", shape, " is missing"));
    Tensor tensor = std::move(found->second);
    tensors_.erase(found);
    if (!(tensor.shape() == shape) || tensor.dtype() != DType::f32)
      refuse(text("\"", name, "\" is ", tensor.dtype(), " ", tensor.shape(), ", but ", DType::f32,
                  " ", shape, " was expected"));
    return tensor;
  }

  /// A table of vectors, of whatever number.
  Tensor take_table(const std::string& name, std::int64_t d_model) {
    const auto found = tensors_.find(name);
    const bool is_table = found != tensors_.end() && found->second.rank() == 2;
    return take(name, {is_table ? found->second.dim(0) : 1, d_model});
  }
  /// Whether it was there. Its shape and numbers do not matter.
  bool pass_over(const std::string& name) { return tensors_.erase(name) > 0; }
  bool has(const std::string& name) const { return tensors_.contains(name); }

  void expect_empty() const {
    if (!tensors_.empty())
      refuse(text(
          "\"", tensors_.begin()->first, "\" ", tensors_.begin()->second.shape(),
          tensors_.size() > 1 ? text(" and ", tensors_.size() - 1, " more tensors are") : " is",
          " none of the model's"));
  }

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Failure(ExitCode::checkpoint,
                  text(path_, ": ", problem,
                       "; save the whole model in float32 (save_pretrained), and give the "
                       "config.json that belongs to it"));
  }

 private:
  std::string path_;
  std::map<std::string, Tensor> tensors_;
};

/// Our tensors of such a model, all zero.
std::map<std::string, Tensor> zeros_of(const WeightFamily& family, const Config& config,
                                       std::int64_t vocab) {
  const std::unique_ptr<Module> model = family.model(config, vocab);
  std::map<std::string, Tensor> tensors;
  for (const NamedParameter& parameter : parameters(*model))
    tensors.emplace(parameter.name, zeros(parameter.variable.value().shape()));
  return tensors;
}

/// Ours, out of theirs.
Tensor part_of(const Tensor& whole, const WeightPair& pair) {
  if (pair.parts == 1) return whole;
  const int last = whole.rank() - 1;
  const std::int64_t width = whole.dim(last) / pair.parts;
  return slice(whole, last, pair.part * width, (pair.part + 1) * width);
}

/// The shape that their tensor must have.
Shape shape_there(const WeightPair& pair, const Shape& ours) {
  if (ours.rank() == 1) return {ours[0] * pair.parts};
  const Shape shape = {ours[0], ours[1] * pair.parts};
  return pair.transposed ? Shape{shape[1], shape[0]} : shape;
}

bool same_numbers(const Tensor& a, const Tensor& b) {
  return std::memcmp(a.data<float>(), b.data<float>(),
                     static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

using TensorsByName = std::map<std::string, Tensor>;

/// A second copy of a shared tensor says nothing new, or contradicts.
void pass_over_copies(const WeightFamily& family, Weights& weights, const TensorsByName& theirs,
                      std::vector<std::string>& notes) {
  for (const auto& [copy, original] : family.copies) {
    if (!weights.has(copy)) continue;
    const Tensor& once = theirs.at(original);
    if (!same_numbers(weights.take(copy, once.shape()), once))
      weights.refuse(text("\"", copy, "\" is not equal to \"", original,
                          "\", but the model has one for both"));
    notes.push_back(text("passed over \"", copy, "\": it is \"", original, "\" once more"));
  }
}

void pass_over_unused(const WeightFamily& family, Weights& weights, std::int64_t layers,
                      std::vector<std::string>& notes) {
  for (const char* unused : family.unused) {
    std::int64_t count = 0;
    for (const std::string& name : names_in_layers(unused, layers))
      count += weights.pass_over(name);
    if (count > 0)
      notes.push_back(text("passed over \"", unused, "\"",
                           count > 1 ? text(", ", count, " tensors") : "",
                           ": it has no part in what this model computes"));
  }
}

/// Makes the first segment's vector a part of every position's.
void take_segments(const WeightFamily& family, Weights& weights, TensorsByName& ours,
                   std::vector<std::string>& notes) {
  if (family.segments.empty()) return;
  Tensor& positions = ours.at(positions_name);
  const Tensor segments = weights.take_table(family.segments, positions.dim(1));
  positions = add(positions, segments.slice(0, 1));
  notes.push_back(text("texts are read as one segment: the first vector of \"", family.segments,
                       "\" is part of the positions, the other ", segments.dim(0) - 1,
                       " passed over"));
}

/// Puts the rows of the tables into the order of our tokens, and the tokens into the checkpoint.
void take_vocabulary(const WeightFamily& family, const std::string& folder, TensorsByName& ours,
                     Config& config, ImportedWeights& result) {
  const auto vocabulary = read_vocabulary(folder, family.tokenizer);
  if (!vocabulary) {
    result.notes.push_back(
        "no vocabulary: `inspect`, `average` and `export` work on this checkpoint; what reads text "
        "(`evaluate`, `attention`) does not");
    return;
  }
  const auto& [tokenizer, order] = vocabulary->tokens;
  const std::int64_t rows = config.tokenizer.vocab_size,
                     known = std::ssize(order) - std::ranges::count(order, absent_token);
  if (known != rows)
    throw Failure(ExitCode::checkpoint,
                  text(folder, ": the vocabulary has ", known, " tokens, but \"vocab_size\" is ",
                       rows, "; give the files that belong together"));
  Tensor &table = ours.at(embedding_name), &bias = ours.at(output_bias_name);
  table = rows_in_our_order(table, order, 0);
  bias = rows_in_our_order(bias, order, never);
  config.tokenizer.kind = family.tokenizer;
  config.tokenizer.vocab_size = tokenizer->size();
  config.data.lowercase = vocabulary->lowercase;
  store_vocabulary(tokenizer.get(), result.checkpoint);
  result.notes.push_back(text("read the vocabulary, ", known, " tokens",
                              vocabulary->lowercase ? ", of texts in lower case" : ""));
}

const WeightFamily& family_of(const ConfigJson& json) {
  const WeightFamily* family = find_family(json.word("model_type"));
  if (!family)
    json.refuse("model_type", text("only these can be imported: ", names_of_weight_families()));
  return *family;
}

void expect_new(const std::string& path) {
  expect_output(path);
  if (std::filesystem::exists(path))
    throw Failure(ExitCode::usage, path + ": is there already; choose another folder");
}

const WeightFamily& family_to_export(const Checkpoint& checkpoint, const std::string& name) {
  if (name.empty()) {
    const auto imported = checkpoint.metadata.find("imported");
    for (const WeightFamily& family : weight_families())
      if (imported != checkpoint.metadata.end() && imported->second == family.architecture)
        return family;
    throw Failure(ExitCode::usage, text(checkpoint.path, ": was not imported; say whose names its ",
                                        "weights are to have: --to ", names_of_weight_families()));
  }
  const WeightFamily* family = find_family(name);
  if (!family)
    throw Failure(ExitCode::usage, text("export: --to ", name, " is no known family; known are ",
                                        names_of_weight_families()));
  return *family;
}

/// All of theirs, in the order of their names.
NamedTensors tensors_to_export(const WeightFamily& family, const Config& config,
                               const Checkpoint& checkpoint) {
  const auto vocabulary = imported_vocabulary(checkpoint);
  const auto tensor = [&](const std::string& name) {
    const bool has_rows = name == embedding_name || name == output_bias_name;
    const Tensor& ours = checkpoint.tensor(name);
    return vocabulary && has_rows ? rows_in_their_order(ours, vocabulary->order) : ours;
  };
  std::map<std::string, std::vector<Tensor>> parts;
  std::map<std::string, bool> transposed;
  for (const WeightPair& pair : weight_pairs(family, config.model.num_layers)) {
    parts[pair.theirs].push_back(tensor(pair.ours));
    transposed[pair.theirs] = pair.transposed;
  }
  if (!family.segments.empty())
    parts[family.segments] = {zeros({1, checkpoint.tensor(positions_name).dim(1)})};
  if (!family.zero.empty()) {
    const Tensor zero = tensor(family.zero);
    if (!same_numbers(zero, zeros(zero.shape())))
      throw Failure(ExitCode::usage,
                    text(checkpoint.path, ": \"", family.zero, "\" is not zero, but a ",
                         family.architecture, " has no such tensor, and would compute otherwise"));
  }
  NamedTensors tensors;
  for (const auto& [name, some] : parts) {
    const Tensor whole = some.size() == 1 ? some[0] : concatenate(some, some[0].rank() - 1);
    tensors.emplace_back(name, transposed[name] ? transpose(whole) : whole);
  }
  return tensors;
}

}  // namespace

ImportedWeights import_weights(const std::string& folder) {
  const std::string json_path = folder + "/" + config_name;
  const ConfigJson json(json_path);
  const WeightFamily& family = family_of(json);
  const Config config = family.config(json);
  stored_config(to_toml(config), json_path);  // values that go together, in their ranges
  const std::int64_t layers = config.model.num_layers;

  ImportedWeights result;
  Weights weights(folder + "/" + weights_name, family.prefix);
  TensorsByName theirs, ours = zeros_of(family, config, config.tokenizer.vocab_size);
  for (const WeightPair& pair : weight_pairs(family, layers)) {
    Tensor& part = ours.at(pair.ours);
    const auto [whole, is_new] = theirs.try_emplace(pair.theirs);
    if (is_new) whole->second = weights.take(pair.theirs, shape_there(pair, part.shape()));
    part = part_of(pair.transposed ? transpose(whole->second) : whole->second, pair);
  }
  pass_over_copies(family, weights, theirs, result.notes);
  pass_over_unused(family, weights, layers, result.notes);
  take_segments(family, weights, ours, result.notes);
  weights.expect_empty();
  Config described = config;
  take_vocabulary(family, folder, ours, described, result);
  for (auto& [name, tensor] : ours) result.checkpoint.tensors.emplace_back(name, tensor);
  describe_task(described, result.checkpoint);
  result.checkpoint.metadata["imported"] = family.architecture;
  return result;
}

std::vector<std::string> export_weights(const Checkpoint& checkpoint, const std::string& name,
                                        const std::string& folder) {
  const WeightFamily& family = family_to_export(checkpoint, name);
  const Config config = trained_config(checkpoint);
  if (config.task.name != family.task)
    throw Failure(ExitCode::usage,
                  text(checkpoint.path, ": a run of the task ", config.task.name, ", but a ",
                       family.architecture, " is a model of the task ", family.task));
  const std::int64_t vocab = checkpoint.tensor(embedding_name).dim(0);
  const auto vocabulary = imported_vocabulary(checkpoint);
  const std::int64_t theirs =
      vocabulary ? vocab - std::ranges::count(vocabulary->order, absent_token) : vocab;
  const std::string json = ConfigJson::written(family.json(config, theirs));
  load_parameters(*family.model(config, vocab), checkpoint);  // names and shapes
  Safetensors file{.metadata = {{"format", "pt"}},
                   .tensors = tensors_to_export(family, config, checkpoint),
                   .blobs = {}};

  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Failure(ExitCode::io, text(folder, ": cannot be made: ", error.message()));
  auto texts = vocabulary_files(checkpoint);
  texts.emplace_back(config_name, json);
  std::vector<std::string> paths = {folder + "/" + weights_name};
  for (const auto& [name, content] : texts) paths.push_back(folder + "/" + name);
  for (const std::string& path : paths) expect_new(path);
  write_safetensors(paths[0], file);
  for (const auto& [name, content] : texts) write_output(folder + "/" + name, content);
  return paths;
}

}  // namespace lectern
