#include "tasks/weights/family.h"

#include "tasks/weights/distilbert.h"

namespace lectern {
namespace {

std::string of_layer(std::string name, std::int64_t layer) {
  const std::size_t star = name.find('*');
  if (star != std::string::npos) name.replace(star, 1, std::to_string(layer));
  return name;
}

void add_tensors(std::vector<WeightPair>& pairs, const ModulePair& module, std::int64_t layer) {
  const std::string theirs = of_layer(module.theirs, layer), ours = of_layer(module.ours, layer);
  using Kind = ModulePair::Kind;
  if (module.kind != Kind::bias)
    pairs.push_back({theirs + ".weight", ours + ".weight", module.kind == Kind::linear});
  if (module.kind != Kind::table) pairs.push_back({theirs + ".bias", ours + ".bias"});
}

}  // namespace

const std::vector<WeightFamily>& weight_families() {
  static const std::vector<WeightFamily> families = {distilbert_family()};
  return families;
}

std::string names_of_weight_families() {
  std::string names;
  for (const WeightFamily& family : weight_families())
    names += (names.empty() ? "\"" : ", \"") + family.name + "\"";
  return names;
}

std::vector<WeightPair> weight_pairs(const WeightFamily& family, std::int64_t layers) {
  std::vector<WeightPair> pairs;
  for (const ModulePair& module : family.modules) {
    const bool in_layers = std::string_view(module.theirs).find('*') != std::string_view::npos;
    for (std::int64_t layer = 0; layer < (in_layers ? layers : 1); ++layer)
      add_tensors(pairs, module, layer);
  }
  return pairs;
}

}  // namespace lectern
