#include <map>
#include <set>

#include "tasks/config/field.h"
#include "tasks/config/without_effect.h"
#include "tasks/language_model/settings.h"
#include "tasks/synthetic/repeat_task.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"

using namespace lectern;

TEST_CASE("every key is described once, briefly", "[config]") {
  for (const TaskTable* task : task_tables()) {
    Config config;
    config.task = {task->name, task->settings};
    std::set<std::string> keys;
    for (const Field* field : fields_of(config)) {
      INFO(field->key());
      CHECK(keys.insert(field->key()).second);
      CHECK(field->doc.size() >= 10);
      CHECK(field->doc.size() <= 62);
      Config copy = config;
      CHECK(field->set(copy, field->get(config)));
    }
  }
}

TEST_CASE("help can be found by the words of papers and of PyTorch", "[config]") {
  const std::map<std::string, std::string> words = {
      {"data.train", "training set"},
      {"data.valid", "validation set"},
      {"data.test", "test set"},
      {"data.src", "source language"},
      {"data.tgt", "target language"},
      {"data.max_length", "leave out longer"},
      {"data.lowercase", "lowercase"},
      {"tokenizer.kind", "subword"},
      {"tokenizer.vocab_size", "vocabulary size"},
      {"tokenizer.shared", "joint vocabulary"},
      {"tokenizer.min_frequency", "unknown"},
      {"tokenizer.character_coverage", "characters"},
      {"model.d_model", "model dimension"},
      {"model.nhead", "attention heads"},
      {"model.num_encoder_layers", "encoder"},
      {"model.num_decoder_layers", "decoder"},
      {"model.num_layers", "layers"},
      {"model.dim_feedforward", "feed-forward"},
      {"model.dropout", "dropout"},
      {"model.attention_dropout", "attention weights"},
      {"model.activation", "activation function"},
      {"model.norm_first", "pre-norm"},
      {"model.layer_norm_eps", "epsilon"},
      {"model.attention_scale", "attention scores"},
      {"model.scale_embedding", "sqrt(d_model)"},
      {"model.embedding_init", "initialization"},
      {"model.positions", "positional encoding"},
      {"model.max_length", "maximum sequence length"},
      {"model.tie_embeddings", "weight tying"},
      {"model.attention", "self-attention"},
      {"model.adaptive_softmax_cutoff", "adaptive softmax"},
      {"model.reversible", "reversible"},
      {"model.feed_forward_chunk", "chunk size"},
      {"attention.window", "window size"},
      {"attention.dilation", "dilation"},
      {"attention.global_tokens", "global attention"},
      {"attention.width_cost", "regularization"},
      {"attention.num_hashes", "hashing"},
      {"attention.num_buckets", "buckets"},
      {"attention.lsh_attn_chunk_length", "chunk length"},
      {"attention.lsh_candidates", "causal"},
      {"attention.exact_below", "full attention"},
      {"attention.hash_seed", "random seed"},
      {"train.learning_rate", "learning rate"},
      {"train.schedule", "learning rate schedule"},
      {"train.warmup_steps", "warm-up"},
      {"train.max_steps", "steps"},
      {"train.max_epochs", "epochs"},
      {"train.batch_tokens", "batch size"},
      {"train.batch_size", "batch size"},
      {"train.grad_accum", "gradient accumulation"},
      {"train.clip_norm", "gradient clipping"},
      {"train.label_smoothing", "spread over all tokens"},
      {"train.optimizer", "optimizer"},
      {"train.betas", "exponential decay rates of the moments"},
      {"train.epsilon", "epsilon"},
      {"train.weight_decay", "weight decay"},
      {"train.seed", "random seed"},
      {"train.valid_every", "validation interval"},
      {"train.save_every", "checkpoint interval"},
      {"train.keep_last", "checkpoints"},
      {"train.keep_best", "checkpoints"},
      {"train.early_stopping", "early stopping"},
      {"train.valid_metric", "metric"},
      {"train.average_checkpoints", "checkpoint averaging"},
      {"train.zero_stage", "ZeRO"},
      {"train.reduce_dtype", "reduction dtype"},
      {"train.overlap_grad_reduce", "gradients travel"},
      {"train.threads", "threads"},
      {"train.device", "device"},
      {"train.precision", "mixed precision"},
      {"train.cuda_graphs", "CUDA graphs"},
      {"train.detect_anomaly", "NaN"},
      {"decode.beam_size", "beam width"},
      {"decode.length_penalty", "length penalty"},
      {"decode.max_length", "maximum output length"},
      {"decode.max_length_ratio", "maximum output length"},
      {"decode.max_length_offset", "tokens"},
      {"decode.n_best", "n-best"},
      {"decode.batch_tokens", "batch size"},
      {"decode.temperature", "temperature"},
      {"decode.top_k", "top-k sampling"},
      {"decode.top_p", "nucleus"},
      {"decode.seed", "random seed"},
      {"log.log_every", "logging interval"},
      {"log.tensorboard", "TensorBoard"},
      {"log.tensorboard_dir", "TensorBoard"}};
  for (const auto& [key, word] : words) {
    const Field* field = find_field(Config{}, key);
    INFO(key);
    REQUIRE(field);
    CHECK(contains(field->doc, word));
  }
}

TEST_CASE("a task's keys are its own", "[config]") {
  const Config config = parse_config("[task]\nlength = 64\nname = \"copy\"\n", "c");
  CHECK(config.task.as<RepeatSettings>().length == 64);
  CHECK(contains(to_toml(config), "\nsymbols = 127 "));
  CHECK_FALSE(contains(to_toml(config), "valid_share"));
  CHECK_THROWS(config.task.as<LanguageModelSettings>());
  CHECK(contains(refusal("[task]\nname = \"copy\"\nsymbls = 9\n"), "did you mean task.symbols?"));
  // Another task's keys are passed over, and that is told.
  const auto told = [](const std::string& toml, const std::vector<Override>& typed) {
    return settings_without_effect(parse_config(toml, "c", typed));
  };
  CHECK(told("[task]\nname = \"copy\"\nvalid_share = 0.5\n", {}) ==
        std::vector<std::string>{
            "task.valid_share = 0.5 has no effect: the task copy has no such key"});
  CHECK(told("", {{"task.symbols", "9", "--set"}}) ==
        std::vector<std::string>{
            "task.symbols = 9 has no effect: the task translation has no such key"});
  // What the command line says of the task comes before all keys of the file.
  const Config other = parse_config("[task]\nmin_length = 4\nlength = 24\n", "c",
                                    {{"task.name", "listops", "--set"}});
  CHECK(other.task.name == "listops");
}

TEST_CASE("what is set and changes nothing is told", "[config]") {
  const auto told = [](const std::string& toml) {
    std::string sentences;
    for (const std::string& each : settings_without_effect(parse_config(toml, "c")))
      sentences += each + "\n";
    return sentences;
  };
  CHECK(told("") == "");
  CHECK(told("[decode]\ntop_k = 5\n") ==
        "decode.top_k = 5 has no effect: it is for decode.temperature > 0\n");
  CHECK(told("[decode]\ntop_k = 5\ntemperature = 1\n") == "");
  CHECK(told("[decode]\ntemperature = 1\nlength_penalty = 2\n") ==
        "decode.length_penalty = 2.0 has no effect: it is for decode.temperature = 0 and "
        "decode.beam_size > 1\n");
  CHECK(told("[attention]\nnum_hashes = 8\n") ==
        "attention.num_hashes = 8 has no effect: it is for lsh in model.attention\n");
  CHECK(told("[model]\nattention = \"exact, lsh\"\n[attention]\nnum_hashes = 8\n") == "");
  // A name within a name is another name.
  CHECK(contains(told("[model]\nattention = \"learned_window\"\n[attention]\ndilation = 2\n"),
                 "attention.dilation = 2 has no effect"));
  CHECK(contains(told("[train]\noptimizer = \"sgd\"\nepsilon = 1e-8\n"), "train.epsilon"));
  CHECK(contains(told("[train]\noptimizer = \"sgd\"\nbetas = [0.9, 0.5]\n"), "train.betas"));
  CHECK(told("[train]\noptimizer = \"sgd\"\nbetas = [0.5, 0.98]\n") == "");
  CHECK(contains(told("[train]\nbatch_size = 8\nbatch_tokens = 9\n"), "train.batch_tokens = 9"));
  CHECK(contains(told("[tokenizer]\nmin_frequency = 2\n"), "tokenizer.kind = \"word\""));
  CHECK(contains(told("[model]\nnum_layers = 2\n"), "the task translation has no use for it"));
  CHECK(contains(told("[log]\ntensorboard = false\ntensorboard_dir = \"t\"\n"), "tensorboard_dir"));
  CHECK(
      contains(told("[decode]\nbeam_size = 1\nlength_penalty = 2\n"), "length_penalty = 2.0 has"));
  // LSH attention has two rules about who meets whom, each with a key of its own.
  const std::string lsh = "[model]\nattention = \"lsh\"\n[attention]\n",
                    bucket = lsh + "lsh_candidates = \"same_bucket\"\n";
  CHECK(told(lsh + "window = 9\n") ==
        "attention.window = 9 has no effect: it is for window or lsh with another "
        "attention.lsh_candidates than \"chunks\" in model.attention\n");
  CHECK(told(bucket + "window = 9\n") == "");
  CHECK(told("[model]\nattention = \"window\"\n[attention]\nwindow = 9\n") == "");
  CHECK(contains(told(bucket + "lsh_attn_chunk_length = 9\n"), "lsh_attn_chunk_length = 9 has no"));
  CHECK(told(lsh + "lsh_attn_chunk_length = 9\n") == "");
  const std::string learned = "[model]\nattention = \"learned_window\"\n[attention]\n";
  CHECK(told(learned + "dropped_mass = 0.5\n") ==
        "attention.dropped_mass = 0.5 has no effect: it is for learned_window in model.attention, "
        "and for attention.freeze_widths_at > 0\n");
  CHECK(told(learned + "dropped_mass = 0.5\nfreeze_widths_at = 5\n") == "");
  const std::string recurrent = "[model]\narchitecture = \"recurrent\"\n";
  CHECK(told(recurrent + "cell = \"gru\"\nbidirectional = false\n") == "");
  CHECK(told(recurrent + "nhead = 7\n") ==
        "model.nhead = 7 has no effect: it is for model.architecture = \"transformer\"\n");
  CHECK(contains(told(recurrent + "attention = \"lsh\"\n[attention]\nnum_hashes = 8\n"),
                 "attention.num_hashes = 8 has no effect"));
  CHECK(told("[model]\nattention_score = \"none\"\n") ==
        "model.attention_score = \"none\" has no effect: it is for model.architecture = "
        "\"recurrent\"\n");
  const std::string copy = "[task]\nname = \"copy\"\n";
  // A task whose model is one stack has no other architecture: its heads are heads.
  CHECK(told(copy + recurrent + "nhead = 4\n") ==
        "model.architecture = \"recurrent\" has no effect: the task copy has no use for it\n");
  CHECK(contains(refusal(copy + recurrent + "nhead = 7\n"), "does not divide"));
  CHECK(contains(told(copy + "[data]\ntrain = \"x\"\n"), "data.train = \"x\" has no effect"));
  CHECK(told(copy + "[model]\nnum_layers = 2\n") == "");
}

TEST_CASE("the recipes set nothing in vain", "[config]") {
  for (const std::string name :
       {"translation/multi30k", "translation/multi30k-en-fr", "translation/recurrent",
        "translation/toy", "synthetic/copy", "synthetic/reverse", "synthetic/duplicate",
        "listops/listops", "language_model/language_model", "question_answering/squad",
        "question_answering/tiny"}) {
    INFO(name);
    const Config config = read_config(LECTERN_TEST_DATA "/../tasks/" + name + ".toml");
    CHECK(settings_without_effect(config).empty());
  }
}

TEST_CASE("a run can be resumed with other values of just these keys", "[config]") {
  std::string keys;
  for (const Field& field : config_fields())
    if (field.may_change && field.table != "decode" && field.table != "log")
      keys += field.key() + " ";
  CHECK(keys ==
        "data.train data.valid data.test attention.freeze_widths_at attention.dropped_mass "
        "train.max_steps train.max_epochs train.save_every "
        "train.keep_last train.keep_best train.early_stopping train.average_checkpoints "
        "train.zero_stage train.overlap_grad_reduce train.threads train.device train.cuda_graphs "
        "train.detect_anomaly ");
}
