#include "nn/save.h"

#include "nn/linear.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("save and load: another model becomes the same", "[save]") {
  const TemporaryFolder folder;
  Initializer init(1);
  Linear first(3, 2, init), second(3, 2, init);
  save(first, folder.file("model.safetensors"));
  load(second, folder.file("model.safetensors"));
  const std::vector<NamedParameter> a = parameters(first), b = parameters(second);
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(same_bits(a[i].variable.value(), b[i].variable.value()));
}

TEST_CASE("load: what does not fit is named, and nothing is changed", "[save]") {
  const TemporaryFolder folder;
  Initializer init(1);
  Linear small(3, 2, init), large(3, 4, init);
  const Tensor before = parameters(large)[0].variable.value().clone();
  save(small, folder.file("small"));
  const std::string message = message_of([&] { load(large, folder.file("small")); });
  CHECK(contains(message, "small: does not fit the model: weight is f32 [3, 2], but f32 [3, 4]"));
  CHECK(contains(message, "bias is f32 [2], but f32 [4] in the model"));
  CHECK(same_bits(parameters(large)[0].variable.value(), before));

  NamedTensors tensors = read_safetensors(folder.file("small")).tensors;
  tensors.emplace_back("optimizer.first.weight", zeros({1}));
  CHECK_NOTHROW(load(small, tensors, "file"));
  tensors.emplace_back("gate", zeros({1}));
  CHECK(contains(message_of([&] { load(small, tensors, "file"); }),
                 "gate [1] is none of the model's"));
  tensors.erase(tensors.begin());
  CHECK(contains(message_of([&] { load(small, tensors, "file"); }), "weight [3, 2] is missing"));
}
