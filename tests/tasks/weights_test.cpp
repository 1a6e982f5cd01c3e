#include "tasks/weights/weights.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "models/language_model.h"
#include "models/masked_lm.h"
#include "tasks/language_model/data.h"
#include "tasks/language_model/masked_kind.h"
#include "tasks/task/evaluation.h"
#include "tasks/task/model_options.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/trainer.h"
#include "tasks/weights/vocabulary.h"
#include "tests/reference.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"
#include "tests/temporary_folder.h"

using namespace lectern;

namespace {

std::string reference_folder(const std::string& family) {
  return LECTERN_TEST_DATA "/reference/" + family;
}
const std::string distilbert = reference_folder("distilbert");

/// A copy of the reference whose files a test may spoil.
class Model {
 public:
  explicit Model(const std::string& family = "distilbert") {
    for (const char* name : {"config.json", "model.safetensors"})
      std::filesystem::copy_file(reference_folder(family) + "/" + name, folder_.file(name));
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

/// What the model of a checkpoint says of some tokens.
Tensor logits_of(const Checkpoint& checkpoint, const Tensor& ids) {
  const Config config = trained_config(checkpoint);
  const bool causal = config.task.name == "language_model";
  const std::int64_t vocab = checkpoint.tensor("encoder.embedding.weight").dim(0);
  const SequenceEncoderOptions encoder = sequence_encoder_options(config, vocab, causal);
  Initializer init = Initializer::blank();
  const auto run = [&](auto model) {
    load_parameters(model, checkpoint);
    prepare_for_inference(model);
    return model({ids, {}}).value();
  };
  if (causal) return run(LanguageModel({.encoder = encoder}, init));
  return run(MaskedLanguageModel({.encoder = encoder}, init));
}

void expect_same_tensors(const std::string& before, const std::string& after) {
  Safetensors theirs = read_safetensors(before + "/model.safetensors");
  Safetensors ours = read_safetensors(after + "/model.safetensors");
  REQUIRE(ours.tensors.size() == theirs.tensors.size());
  for (const auto& [name, tensor] : theirs.tensors) {
    INFO(name);
    CHECK(same_bits(named(ours.tensors, name), tensor));
  }
  CHECK(ours.metadata == theirs.metadata);  // "format": "pt", without which theirs reads nothing
}

}  // namespace

TEST_CASE("an imported model computes what Hugging Face's does, and can be given back",
          "[weights]") {
  for (const std::string family : {"distilbert", "bert", "gpt2"}) {
    INFO(family);
    const TemporaryFolder folder;
    const Model model(family);
    save_checkpoint(folder.file("ours"), import_weights(model.path()).checkpoint);
    const Checkpoint ours = load_checkpoint(folder.file("ours"));
    CHECK(ours.has_checksums);
    const Reference reference(family + "/logits");
    const Tensor &ids = reference["input_ids"], &logits = reference["logits"];
    expect_close("logits", logits_of(ours, ids), logits, {.rtol = 0, .atol = 1e-5});

    const std::string given_back = folder.file("theirs");
    export_weights(ours, "", given_back);
    // Positions and segments are two tables there and one here.
    if (family != "bert") expect_same_tensors(reference_folder(family), given_back);
    const Checkpoint again = import_weights(given_back).checkpoint;
    CHECK(again.text_of("config") == ours.text_of("config"));
    CHECK(same_bits(logits_of(again, ids), logits_of(ours, ids)));
  }
}

TEST_CASE("an imported vocabulary splits texts as Hugging Face's does, and its tables follow it",
          "[weights]") {
  for (const std::string family : {"distilbert", "bert", "gpt2"}) {
    INFO(family);
    const TemporaryFolder folder;
    save_checkpoint(folder.file("ours"), import_weights(reference_folder(family)).checkpoint);
    const Checkpoint ours = load_checkpoint(folder.file("ours"));
    const std::vector<std::int32_t> order = imported_vocabulary(ours)->order;
    const auto tokenizer = stored_vocabulary(ours, trained_config(ours));
    std::ifstream stored(reference_folder(family) + "/texts.json");
    const nlohmann::json examples = nlohmann::json::parse(stored);
    REQUIRE(examples.size() == 15);
    for (const nlohmann::json& example : examples) {
      const std::string text = example["text"];
      INFO(text);
      std::vector<std::int32_t> numbers;
      for (const std::int32_t token : tokenizer->encode(text)) numbers.push_back(order[token]);
      CHECK(numbers == example["ids"].get<std::vector<std::int32_t>>());
      if (family == "gpt2") CHECK(tokenizer->decode(tokenizer->encode(text)) == text);
    }

    // Their numbers as ours, and the logits in our order.
    const Reference reference(family + "/logits");
    Tensor ids = reference["input_ids"].clone();
    for (std::int32_t& id : std::span(ids.data<std::int32_t>(), ids.size()))
      id = static_cast<std::int32_t>(std::ranges::find(order, id) - order.begin());
    const Tensor logits = logits_of(ours, ids), &expected = reference["logits"];
    const std::int64_t rows = ids.size(), known = expected.dim(2);
    Tensor theirs({rows, known});
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t token = 0; token < std::ssize(order); ++token) {
        const float logit = logits.data<float>()[row * std::ssize(order) + token];
        if (order[token] >= 0)
          theirs.data<float>()[row * known + order[token]] = logit;
        else
          CHECK(logit < -1e8F);  // they have no such token
      }
    expect_close("logits", theirs.reshape(expected.shape()), expected, {.rtol = 0, .atol = 1e-5});

    export_weights(ours, "", folder.file("theirs"));
    if (family != "bert") expect_same_tensors(reference_folder(family), folder.file("theirs"));
    for (const auto& [name, content] : vocabulary_files(ours))
      CHECK(read_file(folder.file("theirs/" + name)) ==
            read_file(reference_folder(family) + "/" + name));
  }
}

TEST_CASE("a vocabulary that cannot be understood is refused by file", "[weights]") {
  const auto refusal = [](const std::string& family, const std::string& file,
                          const std::string& content) {
    const TemporaryFolder folder;
    for (const auto& entry : std::filesystem::directory_iterator(reference_folder(family)))
      std::filesystem::copy(entry.path(), folder.path());
    folder.write(file, content);
    return failure_of(ExitCode::checkpoint, [&] { import_weights(folder.path()); });
  };
  CHECK(mentions(refusal("bert", "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nword\n"),
                 "vocab.txt: the special token [MASK] is missing"));
  CHECK(mentions(refusal("bert", "vocab.txt", "[PAD]\nword\nword\n"),
                 "vocab.txt: line 3 has the piece \"word\" a second time"));
  CHECK(mentions(refusal("bert", "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nword\n"),
                 "the vocabulary has 6 tokens, but \"vocab_size\" is 200"));
  CHECK(mentions(refusal("gpt2", "vocab.json", "[1, 2]"), "vocab.json: is no JSON object"));
  CHECK(mentions(refusal("gpt2", "vocab.json", "{\"a\": 0, \"b\": 2}"),
                 "the token \"b\" has the number 2, but the 2 tokens have 0 … 1"));
  CHECK(mentions(refusal("gpt2", "vocab.json", "{\"a\": 0, \"b c\": 1}"),
                 "the token \"b c\" has a letter that stands for no byte"));
  CHECK(mentions(refusal("gpt2", "merges.txt", "#version: 0.2\nu m\num\n"),
                 "merges.txt:3: \"um\" is not two tokens with a space between"));
  CHECK(mentions(refusal("gpt2", "merges.txt", "u m\nz z\n"),
                 "merges.txt:2: \"z z\" joins to or from a token that vocab.json has not"));
}

TEST_CASE("GPT-2 comes under the names of the bare stack, and with its mask", "[weights]") {
  const Model model("gpt2");
  model.change_weights([](NamedTensors& all) {
    for (auto& [name, tensor] : all) name = name.substr(std::string("transformer.").size());
    for (const char* layer : {"0", "1"})
      all.emplace_back(text("h.", layer, ".attn.bias"), zeros({1, 1, 24, 24}));
  });
  const ImportedWeights bare = import_weights(model.path());
  REQUIRE(bare.notes.size() == 2);
  CHECK(mentions(bare.notes[0], "passed over \"transformer.h.*.attn.bias\", 2 tensors"));
  const Reference reference("gpt2/logits");
  expect_close("logits", logits_of(bare.checkpoint, reference["input_ids"]), reference["logits"],
               {.rtol = 0, .atol = 1e-5});
}

TEST_CASE("BERT comes with the old names of norms and with its other head", "[weights]") {
  const Model model("bert");
  model.change_weights([](NamedTensors& all) {
    Tensor& weight = named(all, "bert.embeddings.LayerNorm.weight");
    all.emplace_back("bert.embeddings.LayerNorm.gamma", weight);
    std::erase_if(
        all, [](const auto& entry) { return entry.first == "bert.embeddings.LayerNorm.weight"; });
    all.emplace_back("cls.seq_relationship.weight", zeros({2, 16}));
  });
  const ImportedWeights imported = import_weights(model.path());
  REQUIRE(imported.notes.size() == 3);
  CHECK(mentions(imported.notes[0], "passed over \"cls.seq_relationship.weight\""));
  CHECK(mentions(imported.notes[1], "the other 1 passed over"));
  const Reference reference("bert/logits");
  expect_close("logits", logits_of(imported.checkpoint, reference["input_ids"]),
               reference["logits"], {.rtol = 0, .atol = 1e-5});
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
  CHECK(mentions(refusal("\"gelu\"", "\"mish\""), "\"activation\" is \"mish\", but"));
  CHECK(mentions(refusal("\"dim\": 16", "\"dim\": true"), "a whole number is needed"));
  CHECK(mentions(refusal("\"n_heads\": 2", "\"n_heads\": 3"), "nhead"));
  CHECK(mentions(refusal("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"),
                 "the table that it reads with"));
  CHECK(mentions(refusal("{", "["), "is no JSON object"));
}

TEST_CASE("what cannot be exported says why", "[weights]") {
  const TemporaryFolder folder;
  save_checkpoint(folder.file("ours"), import_weights(Model().path()).checkpoint);
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
  Checkpoint trained = ours;
  trained.metadata.erase("imported");
  CHECK(mentions(refusal(trained, ""), "was not imported; say whose names"));
  CHECK(mentions(refusal(ours, "gpt2"), "is a model of the task language_model"));
  Checkpoint gpt2 = import_weights(Model("gpt2").path()).checkpoint;
  named(gpt2.tensors, "generator.bias").data<float>()[3] = 1;
  CHECK(mentions(refusal(gpt2, "gpt2"), "\"generator.bias\" is not zero"));
  export_weights(ours, "distilbert", folder.file("theirs"));
  CHECK(mentions(refusal(ours, "distilbert"), "is there already; choose another folder"));
}

TEST_CASE("an imported model without a vocabulary says so when it is to read a text", "[weights]") {
  const Checkpoint ours = import_weights(Model().path()).checkpoint;
  const Config config = trained_config(ours);
  const std::string refusal = failure_of(ExitCode::checkpoint, [&] {
    masked_language_model_kind().evaluate({.checkpoint = ours, .config = config});
  });
  CHECK(mentions(refusal, "imported without a vocabulary"));
}
