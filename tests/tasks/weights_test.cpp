#include "tasks/weights/weights.h"

#include <algorithm>
#include <filesystem>

#include "models/masked_lm.h"
#include "tasks/language_model/masked_kind.h"
#include "tasks/task/evaluation.h"
#include "tasks/task/model_options.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/trainer.h"
#include "tests/reference.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"
#include "tests/temporary_folder.h"

using namespace lectern;

namespace {

const std::string distilbert = LECTERN_TEST_DATA "/reference/distilbert";

/// A copy of the reference whose files a test may spoil.
class Model {
 public:
  Model() {
    for (const char* name : {"config.json", "model.safetensors"})
      std::filesystem::copy_file(distilbert + "/" + name, folder_.file(name));
  }
  const std::string& path() const { return folder_.path(); }

  void replace_in_config(const std::string& old, const std::string& now) const {
    std::string json = read_file(folder_.file("config.json"));
    REQUIRE(json.find(old) != std::string::npos);
    folder_.write("config.json", json.replace(json.find(old), old.size(), now));
  }
  template <class Change>
  void change_weights(Change change) const {
    Safetensors file = read_safetensors(folder_.file("model.safetensors"));
    change(file.tensors);
    write_safetensors(folder_.file("model.safetensors"), file);
  }
  std::string refusal() const {
    return failure_of(ExitCode::checkpoint, [&] { import_weights(path()); });
  }

 private:
  TemporaryFolder folder_;
};

Tensor& named(NamedTensors& tensors, const std::string& name) {
  const auto found =
      std::ranges::find_if(tensors, [&](const auto& entry) { return entry.first == name; });
  REQUIRE(found != tensors.end());
  return found->second;
}

}  // namespace

TEST_CASE("an imported DistilBERT computes what Hugging Face's does, and can be given back",
          "[weights]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("ours"), import_weights(distilbert).checkpoint);
  const Checkpoint ours = load_checkpoint(folder.file("ours"));
  CHECK(ours.has_checksums);

  const Config config = trained_config(ours);
  CHECK(config.task.name == "masked_language_model");
  CHECK(config.tokenizer.vocab_size == 40);
  Initializer init = Initializer::blank();
  MaskedLanguageModel model(
      {.encoder = sequence_encoder_options(config, config.tokenizer.vocab_size, false)}, init);
  load_parameters(model, ours);
  prepare_for_inference(model);
  const Reference reference("distilbert/logits");
  const Tensor logits = model({reference["input_ids"], {}}).value();
  expect_close("logits", logits, reference["logits"], {.rtol = 0, .atol = 1e-5});

  const std::string given_back = folder.file("theirs");
  export_weights(ours, "distilbert", given_back);
  Safetensors before = read_safetensors(distilbert + "/model.safetensors");
  Safetensors after = read_safetensors(given_back + "/model.safetensors");
  REQUIRE(after.tensors.size() == before.tensors.size());
  for (const auto& [name, tensor] : before.tensors) {
    INFO(name);
    CHECK(same_bits(named(after.tensors, name), tensor));
  }
  CHECK(after.metadata == before.metadata);  // "format": "pt", without which theirs reads nothing
  // Its config.json is understood, too.
  const Checkpoint again = import_weights(given_back).checkpoint;
  CHECK(again.text_of("config") == ours.text_of("config"));
}

TEST_CASE("what does not fit an imported model is refused by name", "[weights]") {
  const std::string bias = "vocab_transform.bias", table = "vocab_projector.weight";
  {
    const Model model;
    model.change_weights([&](NamedTensors& all) {
      std::erase_if(all, [&](const auto& entry) { return entry.first == bias; });
    });
    CHECK(mentions(model.refusal(), "the tensor \"vocab_transform.bias\" [16] is missing"));
  }
  {
    const Model model;
    model.change_weights([&](NamedTensors& all) { all.emplace_back("pooler", Tensor(Shape{3})); });
    CHECK(mentions(model.refusal(), "\"pooler\" [3] is none of the model's"));
  }
  {
    const Model model;
    model.change_weights([&](NamedTensors& all) {
      Tensor& lin1 = named(all, "distilbert.transformer.layer.1.ffn.lin1.weight");
      lin1 = lin1.reshape({16, 32});  // as many numbers, in another order
    });
    CHECK(mentions(model.refusal(), "f32 [16, 32], but f32 [32, 16] was expected"));
  }
  {
    const Model model;
    model.replace_in_config("\"n_layers\": 2", "\"n_layers\": 1");
    CHECK(mentions(model.refusal(), "layer.1.attention.k_lin.bias\" [16] and 15 more tensors"));
  }
}

TEST_CASE("a shared table that a file holds twice is passed over aloud", "[weights]") {
  const std::string table = "vocab_projector.weight";
  const Model model;
  model.change_weights([&](NamedTensors& all) {
    all.emplace_back(table, named(all, "distilbert.embeddings.word_embeddings.weight").clone());
  });
  const auto notes = import_weights(model.path()).notes;
  REQUIRE(notes.size() == 2);
  CHECK(mentions(notes[0], "passed over \"vocab_projector.weight\""));
  model.change_weights([&](NamedTensors& all) { named(all, table).data<float>()[5] += 1; });
  CHECK(mentions(model.refusal(), "is not equal to"));
}

TEST_CASE("a config.json of another model is refused", "[weights]") {
  const auto refusal = [](const std::string& old, const std::string& now) {
    const Model model;
    model.replace_in_config(old, now);
    return model.refusal();
  };
  CHECK(mentions(refusal("\"distilbert\"", "\"bart\""), "only these can be imported: \"distilb"));
  CHECK(mentions(refusal("\"gelu\"", "\"swish\""), "\"activation\" is \"swish\", but"));
  CHECK(mentions(refusal("\"dim\": 16", "\"dim\": true"), "a whole number is needed"));
  CHECK(mentions(refusal("\"n_heads\": 2", "\"n_heads\": 3"), "nhead"));
  CHECK(mentions(refusal("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"),
                 "the table that it reads with"));
  CHECK(mentions(refusal("{", "["), "is no JSON object"));
}

TEST_CASE("what cannot be exported says why", "[weights]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("ours"), import_weights(distilbert).checkpoint);
  const Checkpoint ours = load_checkpoint(folder.file("ours"));
  const auto refusal = [&](Checkpoint checkpoint, const std::string& family,
                           const std::string& old = "", const std::string& now = "") {
    std::string& config = checkpoint.metadata["config"];
    if (!old.empty()) {
      REQUIRE(config.find(old) != std::string::npos);
      config.replace(config.find(old), old.size(), now);
    }
    return failure_of(ExitCode::usage,
                      [&] { export_weights(checkpoint, family, folder.file("theirs")); });
  };
  CHECK(mentions(refusal(ours, "bart"), "no known family; known are \"distilbert\""));
  CHECK(mentions(refusal(ours, "distilbert", "layer_norm_eps = 1e-12", "layer_norm_eps = 1e-5"),
                 "has model.layer_norm_eps = 1e-12, but this model has not"));
  CHECK(mentions(refusal(ours, "distilbert", "positions = \"learned\"", "positions = \"none\""),
                 "has model.positions"));
  CHECK_FALSE(std::filesystem::exists(folder.file("theirs")));
  export_weights(ours, "distilbert", folder.file("theirs"));
  CHECK(mentions(refusal(ours, "distilbert"), "is there already; choose another folder"));
}

TEST_CASE("an imported model without a vocabulary says so when it is to read a text", "[weights]") {
  const Checkpoint ours = import_weights(distilbert).checkpoint;
  const Config config = trained_config(ours);
  const std::string refusal = failure_of(ExitCode::checkpoint, [&] {
    masked_language_model_kind().evaluate({.checkpoint = ours, .config = config});
  });
  CHECK(mentions(refusal, "imported without a vocabulary"));
}
