#include "tasks/weights/weights.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/finite.h"
#include "tasks/training/output_file.h"
#include "tasks/weights/family.h"
#include "tensor/ops/permute.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

constexpr const char *weights_name = "/model.safetensors", *config_name = "/config.json";

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

/// Takes tensors out of a file by name, so that what nobody asked for is seen at the end.
class Weights {
 public:
  explicit Weights(const std::string& path) : path_(path) {
    for (auto& [name, tensor] : read_weights(path)) tensors_.emplace(name, std::move(tensor));
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

std::map<std::string, Shape> shapes_of(const WeightFamily& family, const Config& config,
                                       std::int64_t vocab) {
  const std::unique_ptr<Module> model = family.model(config, vocab);
  std::map<std::string, Shape> shapes;
  for (const NamedParameter& parameter : parameters(*model))
    shapes.emplace(parameter.name, parameter.variable.value().shape());
  return shapes;
}

/// The shape that their tensor must have.
Shape shape_there(const WeightPair& pair, const Shape& ours) {
  return pair.transposed ? Shape{ours[1], ours[0]} : ours;
}

bool same_numbers(const Tensor& a, const Tensor& b) {
  return std::memcmp(a.data<float>(), b.data<float>(),
                     static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

/// A second copy of a shared table says nothing new, or contradicts.
void pass_over_copy(const WeightFamily& family, Weights& weights, const Tensor& original,
                    std::vector<std::string>& notes) {
  if (!weights.has(family.copy)) return;
  if (!same_numbers(weights.take(family.copy, original.shape()), original))
    weights.refuse(text("\"", family.copy, "\" is not equal to \"", family.original,
                        "\", but the model has one table for both"));
  notes.push_back(
      text("passed over \"", family.copy, "\": it is \"", family.original, "\" once more"));
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

}  // namespace

ImportedWeights import_weights(const std::string& folder) {
  const std::string json_path = folder + config_name;
  const ConfigJson json(json_path);
  const WeightFamily& family = family_of(json);
  const Config config = family.config(json);
  stored_config(to_toml(config), json_path);  // values that go together, in their ranges
  const auto shapes = shapes_of(family, config, config.tokenizer.vocab_size);

  ImportedWeights result;
  Weights weights(folder + weights_name);
  std::map<std::string, Tensor> taken;
  for (const WeightPair& pair : weight_pairs(family, config.model.num_layers)) {
    const Tensor theirs = weights.take(pair.theirs, shape_there(pair, shapes.at(pair.ours)));
    if (pair.theirs == family.original) pass_over_copy(family, weights, theirs, result.notes);
    taken.emplace(pair.ours, pair.transposed ? transpose(theirs) : theirs);
  }
  weights.expect_empty();
  for (auto& [name, tensor] : taken) result.checkpoint.tensors.emplace_back(name, tensor);
  describe_task(config, result.checkpoint);
  result.checkpoint.metadata["imported"] = family.architecture;
  result.notes.push_back(
      "no vocabulary: `inspect`, `average` and `export` work on this checkpoint; what reads text "
      "(`evaluate`, `attention`) does not");
  return result;
}

std::vector<std::string> export_weights(const Checkpoint& checkpoint, const std::string& name,
                                        const std::string& folder) {
  const WeightFamily* family = find_family(name);
  if (!family)
    throw Failure(ExitCode::usage, text("export: --to ", name, " is no known family; known are ",
                                        names_of_weight_families()));
  const Config config = trained_config(checkpoint);
  if (config.task.name != family->task)
    throw Failure(ExitCode::usage,
                  text(checkpoint.path, ": a run of the task ", config.task.name, ", but a ",
                       family->architecture, " is a model of the task ", family->task));
  const std::int64_t vocab = checkpoint.tensor(family->embedding).dim(0);
  const std::string json = ConfigJson::written(family->json(config, vocab));
  load_parameters(*family->model(config, vocab), checkpoint);  // names and shapes

  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Failure(ExitCode::io, text(folder, ": cannot be made: ", error.message()));
  std::vector<std::string> paths = {folder + weights_name, folder + config_name};
  for (const std::string& path : paths) expect_new(path);

  Safetensors file{.metadata = {{"format", "pt"}}, .tensors = {}, .blobs = {}};
  for (const WeightPair& pair : weight_pairs(*family, config.model.num_layers)) {
    const Tensor& ours = checkpoint.tensor(pair.ours);
    file.tensors.emplace_back(pair.theirs, pair.transposed ? transpose(ours) : ours);
  }
  std::ranges::sort(file.tensors, {}, [](const auto& entry) { return entry.first; });
  write_safetensors(paths[0], file);
  write_output(paths[1], json);
  return paths;
}

}  // namespace lectern
