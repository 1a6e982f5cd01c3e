#include "nn/save.h"

#include <algorithm>
#include <map>

namespace lectern {
namespace {

using Found = std::map<std::string, Tensor>;

/// Why a model and a file do not fit, or nothing: the first few differences.
std::string differences(const std::vector<NamedParameter>& parameters, const Found& tensors) {
  std::vector<std::string> all;
  Found unknown = tensors;
  for (const NamedParameter& parameter : parameters) {
    const Tensor& value = parameter.variable.value();
    const auto found = tensors.find(parameter.name);
    unknown.erase(parameter.name);
    if (found == tensors.end()) {
      all.push_back(text(parameter.name, " ", value.shape(), " is missing"));
    } else if (!(found->second.shape() == value.shape()) ||
               found->second.dtype() != value.dtype()) {
      all.push_back(text(parameter.name, " is ", found->second.dtype(), " ", found->second.shape(),
                         ", but ", value.dtype(), " ", value.shape(), " in the model"));
    }
  }
  for (const auto& [name, tensor] : unknown)
    if (!name.starts_with("optimizer.") && tensor.dtype() != DType::i32)
      all.push_back(text(name, " ", tensor.shape(), " is none of the model's"));
  constexpr std::size_t shown = 3;
  std::string list;
  for (std::size_t i = 0; i < std::min(shown, all.size()); ++i) list += (i ? "; " : "") + all[i];
  return all.size() > shown ? text(list, "; and ", all.size() - shown, " more") : list;
}

}  // namespace

void save(Module& model, const std::string& path) {
  Safetensors contents;
  for (const NamedParameter& parameter : parameters(model))
    contents.tensors.emplace_back(parameter.name, parameter.variable.value());
  write_safetensors(path, contents);
}

void load(Module& model, const std::string& path) {
  load(model, read_safetensors(path).tensors, path);
}

void load(Module& model, const NamedTensors& tensors, const std::string& source) {
  const Found found(tensors.begin(), tensors.end());
  std::vector<NamedParameter> all = parameters(model);
  const std::string problem = differences(all, found);
  if (!problem.empty()) throw Error(text(source, ": does not fit the model: ", problem));
  for (NamedParameter& parameter : all)
    parameter.variable.set_value(found.at(parameter.name).to(parameter.variable.value().device()));
}

}  // namespace lectern
