// The one table of the configuration: every key but those of tasks is described here and nowhere
// else.
#include <regex>

#include "tasks/config/architecture.h"
#include "tasks/config/rows.h"
#include "tasks/config/task_table.h"

namespace lectern {
namespace {

constexpr ValueRange probability{0, 1, true, false};
constexpr ValueRange share{0, 1, false, true};
constexpr ValueRange exponent{0, 100};
constexpr ValueRange width{1, 65'536};
constexpr ValueRange tokens{1, 1'000'000};
constexpr ValueRange words{1, 10'000'000};
constexpr ValueRange count{1, 1'000'000'000};
constexpr ValueRange count_or_none{0, 1'000'000'000};
constexpr ValueRange exact_integer{0, 9'007'199'254'740'992};  // 2^53

bool has_vocabulary(const Config& config) { return config.tokenizer.kind != TokenizerKind::byte; }

/// Its keys are the task's own (TaskTable::keys).
Field task_name_field() {
  Field field{"task", "name", "what is learned; each task has keys of its own",
              {},     "TASK", "the name of a task"};
  field.get = [](const Config& config) { return Value(config.task.name); };
  field.set = [](Config& config, const Value& value) {
    const auto* name = std::get_if<std::string>(&value);
    const TaskTable* table = name ? find_task_table(*name) : nullptr;
    if (table) config.task = {table->name, table->settings};
    return table != nullptr;
  };
  return field;
}

void data_fields(std::vector<Field>& fields) {
  using D = DataConfig;
  FieldRows rows(fields, "data", &Config::data);
  rows.text("train", &D::train, "training set: the files TRAIN.SRC and TRAIN.TGT, plain or .gz")
      .resumable();
  rows.text("valid", &D::valid, "validation set, by which the best checkpoint is chosen")
      .resumable();
  rows.text("test", &D::test, "test set, which only `lectern evaluate` reads").resumable();
  rows.text("src", &D::src, "source language: the ending of its files");
  rows.text("tgt", &D::tgt, "target language: the ending of its files");
  rows.integer("max_length", &D::max_length, tokens, "leave out longer pairs in training [tokens]");
  rows.boolean("lowercase", &D::lowercase, "lowercase all text: learn and write small letters")
      .only_with("another tokenizer.kind than \"byte\"", has_vocabulary);
}

void tokenizer_fields(std::vector<Field>& fields) {
  using T = TokenizerConfig;
  FieldRows rows(fields, "tokenizer", &Config::tokenizer);
  rows.choice("kind", &T::kind, "subword segmentation (BPE, unigram) in NFKC, or whole words");
  rows.integer("vocab_size", &T::vocab_size, {8, 1'000'000}, "vocabulary size [tokens]")
      .only_with("another tokenizer.kind than \"byte\"", has_vocabulary);
  rows.boolean("shared", &T::shared, "joint vocabulary for both languages");
  rows.integer("min_frequency", &T::min_frequency, count,
               "word: rarer words are unknown [occurrences]")
      .only_with("tokenizer.kind = \"word\" or \"whitespace\"",
                 [](const Config& config) { return is_of_words(config.tokenizer.kind); });
  rows.number("character_coverage", &T::character_coverage, share,
              "bpe, unigram: share of characters with a token")
      .only_with("a tokenizer.kind of subwords", [](const Config& config) {
        return has_vocabulary(config) && !is_of_words(config.tokenizer.kind);
      });
}

/// A key that a pattern brings along.
Field field_of(const PatternEntry& pattern, const PatternKey& key) {
  const bool whole = std::holds_alternative<std::int64_t>(key.standard);
  const ValueRange range{key.lowest, key.highest};
  Field field{"attention",
              key.name,
              pattern.name + ": " + key.doc,
              {},
              whole ? "N" : "X",
              (whole ? "a whole number in " : "a number in ") + range.shown()};
  field.get = [=](const Config& config) {
    const PatternSetting* set = config.attention.own.find(key.name);
    return std::visit([](auto number) { return Value(number); }, set ? *set : key.standard);
  };
  field.set = [=](Config& config, const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* real = std::get_if<double>(&value);
    if (whole ? !number : !number && !real) return false;
    const double size = number ? static_cast<double>(*number) : *real;
    const bool held = whole ? range.holds(*number) : range.holds(size);
    if (held)
      config.attention.own.set(key.name, whole ? PatternSetting(*number) : PatternSetting(size));
    return held;
  };
  return field;
}

/// Of the keys that LSH attention reads, the window is for one rule about who meets whom in a bucket,
/// and the chunk for the other.
bool is_for_rule(const std::string& key, CandidateRule rule) {
  return key == "window"                  ? rule == CandidateRule::same_bucket
         : key == "lsh_attn_chunk_length" ? rule == CandidateRule::chunks
                                          : true;
}

bool reads_key(const PatternEntry& pattern, const std::string& key, const Config& config) {
  return pattern.has_key(key) &&
         (!pattern.hashes || is_for_rule(key, config.attention.lsh_candidates));
}

/// `lsh`, or of a key of one rule `lsh with attention.lsh_candidates = "chunks"`.
std::string reader_of(const PatternEntry& pattern, const std::string& key) {
  for (const CandidateRule rule : {CandidateRule::chunks, CandidateRule::same_bucket})
    if (pattern.hashes && !is_for_rule(key, rule))
      return pattern.name + " with another attention.lsh_candidates than " +
             to_toml(Value(std::string(name_of(rule))));
  return pattern.name;
}

/// A key of [attention] changes something where a layer attends by a pattern that reads it.
void only_for_its_patterns(Field& field) {
  std::string names;
  for (const PatternEntry& pattern : patterns())
    if (pattern.has_key(field.name))
      names += (names.empty() ? "" : " or ") + reader_of(pattern, field.name);
  const auto before = field.has_effect;
  const std::string needs = field.needs;
  field.only_with(names + " in model.attention" + (before ? ", and for " + needs : ""),
                  [before, name = field.name](const Config& config) {
                    return (!before || before(config)) &&
                           std::ranges::any_of(patterns_of(config),
                                               [&](const PatternEntry* pattern) {
                                                 return reads_key(*pattern, name, config);
                                               });
                  });
}

void attention_fields(std::vector<Field>& fields) {
  using A = AttentionConfig;
  const std::size_t first = fields.size();
  FieldRows rows(fields, "attention", &Config::attention);
  rows.integer("window", &A::window, {0, 1'000'000},
               "window size: keys to each side, or in a bucket [tokens]");
  rows.integer("dilation", &A::dilation, {1, 1'000'000},
               "window: dilation, a key at every so many positions");
  rows.integer("global_tokens", &A::global_tokens, {0, 1'000'000},
               "window: global attention of the first so many tokens");
  rows.number("sigma", &A::sigma, {0, 1e6, false},
              "learned_window: initial width of every head [tokens]");
  rows.number("width_rate", &A::width_rate, {0, 1e6, false},
              "learned_window: times the learning rate for widths (Adam)");
  rows.number("width_cost", &A::width_cost, {0, 1e6},
              "learned widths: regularization weight of a token of mean width");
  rows.integer("freeze_widths_at", &A::freeze_widths_at, count_or_none,
               "learned_window: freeze, and cut, at this step; 0: never")
      .resumable();
  rows.number("dropped_mass", &A::dropped_mass, probability,
              "learned_window: attention mass that a cut may lose [share]")
      .resumable()
      .only_with("attention.freeze_widths_at > 0",
                 [](const Config& config) { return config.attention.freeze_widths_at > 0; });
  rows.integer("num_hashes", &A::num_hashes, {1, 64}, "lsh: rounds of hashing");
  rows.integer("num_buckets", &A::num_buckets, {0, 1'000'000},
               "lsh: hash buckets, an even number; 0: as the length asks for");
  rows.integer("lsh_attn_chunk_length", &A::lsh_attn_chunk_length, {1, 1'000'000},
               "lsh: chunk length; a chunk sees itself and the one before");
  rows.choice("lsh_candidates", &A::lsh_candidates,
              "lsh: same_bucket is strictly causal, and can generate");
  rows.integer("exact_below", &A::exact_below, count_or_none,
               "lsh: full attention below it; 0: where faster; 1: never");
  rows.integer("hash_seed", &A::hash_seed, exact_integer,
               "lsh: random seed of the rotations in evaluation");
  for (const PatternEntry& pattern : patterns())
    for (const PatternKey& key : pattern.keys) fields.push_back(field_of(pattern, key));
  for (std::size_t i = first; i < fields.size(); ++i) only_for_its_patterns(fields[i]);
}

void model_fields(std::vector<Field>& fields) {
  using M = ModelConfig;
  FieldRows rows(fields, "model", &Config::model);
  const auto transformer = [](Field& field) {
    field.only_with("model.architecture = \"transformer\"",
                    [](const Config& config) { return !is_recurrent(config); });
  };
  rows.choice("architecture", &M::architecture, "a Transformer or a recurrent net");
  rows.integer("d_model", &M::d_model, width, "model dimension: width of every layer");
  transformer(rows.integer("nhead", &M::nhead, width, "attention heads, a divisor of d_model"));
  transformer(rows.integer("num_key_value_heads", &M::num_key_value_heads, {0, 65'536},
                           "heads of keys and values; 1: multi-query; 0: nhead"));
  rows.integer("num_encoder_layers", &M::num_encoder_layers, {1, 1000}, "layers of the encoder");
  rows.integer("num_decoder_layers", &M::num_decoder_layers, {1, 1000}, "layers of the decoder");
  rows.integer("num_layers", &M::num_layers, {1, 1000}, "layers of a model that is one stack");
  transformer(rows.integer("dim_feedforward", &M::dim_feedforward, {1, 1'000'000},
                           "hidden width of the feed-forward layers (d_ff)"));
  rows.number("dropout", &M::dropout, probability, "dropout of activations [probability]");
  transformer(rows.number("attention_dropout", &M::attention_dropout, probability,
                          "dropout of attention weights [probability]"));
  transformer(
      rows.choice("activation", &M::activation, "activation function of the feed-forward layer"));
  transformer(rows.boolean("norm_first", &M::norm_first,
                           "pre-norm: layer norm before a sublayer, not after"));
  transformer(rows.number("layer_norm_eps", &M::layer_norm_eps, {0, 1, false},
                          "epsilon in the root of a layer norm; BERT: 1e-12"));
  transformer(rows.number("attention_scale", &M::attention_scale, {0, 1e6},
                          "factor of attention scores; 0: 1 / sqrt(d_model / nhead)"));
  rows.boolean("scale_embedding", &M::scale_embedding,
               "token embeddings are multiplied by sqrt(d_model)");
  rows.choice("embedding_init", &M::embedding_init,
              "initialization of embeddings; normal: N(0, 1 / d_model)", {"embed-initializer"});
  transformer(
      rows.choice("positions", &M::positions, "positional encoding: how a token knows its place"));
  rows.integer("max_length", &M::max_length, tokens, "maximum sequence length [tokens]");
  rows.choice("tie_embeddings", &M::tie_embeddings,
              "weight tying: decoder input and output; all: source too")
      .only_with("no model.adaptive_softmax_cutoff",
                 [](const Config& config) { return config.model.adaptive_softmax_cutoff.empty(); });
  rows.ascending("adaptive_softmax_cutoff", &M::adaptive_softmax_cutoff, words,
                 "language_model: adaptive softmax, its clusters' first words")
      .only_with("task.name = \"language_model\"",
                 [](const Config& config) { return config.task.name == "language_model"; });
  std::vector<std::string> names;
  for (const PatternEntry& pattern : patterns()) names.push_back(pattern.name);
  transformer(rows.list("attention", &M::attention, names,
                        "pattern of self-attention; several: layers in turn", {"attn-layers"}));
  transformer(rows.boolean("reversible", &M::reversible,
                           "reversible layers: recompute activations, keep none"));
  transformer(rows.integer("feed_forward_chunk", &M::feed_forward_chunk, count_or_none,
                           "feed-forward chunk size [positions]; 0: all at once",
                           {"chunk-size-feed-forward"}));
}

void recurrent_fields(std::vector<Field>& fields) {
  using M = ModelConfig;
  FieldRows rows(fields, "model", &Config::model);
  const std::string recurrent = "model.architecture = \"recurrent\"";
  rows.choice("cell", &M::cell, "recurrent: cell of its layers").only_with(recurrent, is_recurrent);
  rows.boolean("bidirectional", &M::bidirectional,
               "recurrent: the encoder reads in both directions")
      .only_with(recurrent, is_recurrent);
  rows.choice("attention_score", &M::attention_score,
              "recurrent: score function of attention; none: bottleneck")
      .only_with(recurrent, is_recurrent);
}

void schedule_fields(std::vector<Field>& fields) {
  using T = TrainConfig;
  FieldRows rows(fields, "train", &Config::train);
  rows.number("learning_rate", &T::learning_rate, {0, 1e6, false},
              "peak learning rate, reached at the end of the warm-up", {"l", "lr", "learn-rate"});
  rows.choice("schedule", &T::schedule, "learning rate schedule: its decay; noam: 1 / sqrt(step)");
  rows.integer("warmup_steps", &T::warmup_steps, count_or_none,
               "warm-up: the rate rises linearly for so long [steps]",
               {"warmup-updates", "lr-warmup", "warmup-iters"});
  rows.integer("max_steps", &T::max_steps, count_or_none,
               "stop after so many optimizer steps; 0: no limit",
               {"max-update", "after-batches", "max-iters"})
      .resumable();
  rows.integer("max_epochs", &T::max_epochs, count_or_none,
               "stop after so many epochs, passes over the data; 0: no limit",
               {"after-epochs", "num-train-epochs"})
      .resumable();
  rows.integer("batch_tokens", &T::batch_tokens, count,
               "batch size in tokens per side, with padding", {"max-tokens", "mini-batch-words"})
      .only_with("train.batch_size = 0",
                 [](const Config& config) { return config.train.batch_size == 0; });
  rows.integer("batch_size", &T::batch_size, count_or_none,
               "batch size in examples; above 0: instead of batch_tokens", {"mini-batch"});
  rows.integer("grad_accum", &T::grad_accum, {1, 1'000'000},
               "gradient accumulation: batches added up for one step",
               {"update-freq", "optimizer-delay", "gradient-accumulation-steps"});
  rows.number("clip_norm", &T::clip_norm, {0, 1e9},
              "gradient clipping: largest norm; 0: no clipping", {"grad-clip", "max-grad-norm"});
  rows.number("label_smoothing", &T::label_smoothing, probability,
              "label smoothing: probability spread over all tokens", {"label-smoothing-factor"});
}

void optimizer_fields(std::vector<Field>& fields) {
  using T = TrainConfig;
  FieldRows rows(fields, "train", &Config::train);
  const auto adam = [](const Config& config) {
    return config.train.optimizer != TrainConfig::Optimizer::sgd;
  };
  rows.choice("optimizer", &T::optimizer, "optimizer: how a gradient becomes a step");
  rows.pair("betas", &T::betas, probability,
            "exponential decay rates of the moments; sgd: momentum")
      .only_with("an optimizer that takes both: sgd has only the first, as momentum",
                 [adam](const Config& config) {
                   return adam(config) || config.train.betas[1] == TrainConfig{}.betas[1];
                 });
  rows.number("epsilon", &T::epsilon, share, "epsilon of Adam: added to the root of the square")
      .only_with("train.optimizer = \"adam\" or \"adamw\"", adam);
  rows.number("weight_decay", &T::weight_decay, {0, 1e6},
              "weight decay: L2, for adamw decoupled from the gradient");
  rows.integer("seed", &T::seed, exact_integer, "random seed of weights, data order and dropout");
}

void checkpoint_fields(std::vector<Field>& fields) {
  using T = TrainConfig;
  FieldRows rows(fields, "train", &Config::train);
  rows.integer("valid_every", &T::valid_every, count, "validation interval [steps]",
               {"valid-freq", "eval-interval", "eval-steps"});
  rows.integer("save_every", &T::save_every, count, "checkpoint interval [steps]", {"save-freq"})
      .resumable();
  rows.integer("keep_last", &T::keep_last, {1, 1'000'000}, "newest checkpoints that are kept",
               {"save-total-limit"})
      .resumable();
  rows.integer("keep_best", &T::keep_best, {0, 1'000'000}, "best checkpoints that are kept")
      .resumable();
  rows.integer("early_stopping", &T::early_stopping, count_or_none,
               "early stopping: validations without a new best; 0: never", {"patience"})
      .resumable();
  rows.matching("valid_metric", &T::valid_metric, "METRIC", std::regex("[a-z_0-9]+"),
                "metric of the best checkpoint; unset: the task's own");
  rows.integer("average_checkpoints", &T::average_checkpoints, {0, 1000},
               "checkpoint averaging at the end, over so many; 0: none")
      .resumable();
}

void machine_fields(std::vector<Field>& fields) {
  using T = TrainConfig;
  FieldRows rows(fields, "train", &Config::train);
  rows.integer("zero_stage", &T::zero_stage, {0, 1},
               "ZeRO: 1: processes share the optimizer's state; 0: none do")
      .resumable();
  rows.choice("reduce_dtype", &T::reduce_dtype,
              "reduction dtype: gradients are added up and travel in it");
  rows.boolean("overlap_grad_reduce", &T::overlap_grad_reduce,
               "gradients travel while others are still being calculated")
      .resumable();
  rows.integer("threads", &T::threads, {0, 4096}, "CPU threads; 0: as many as the process may use",
               {"cpu-threads", "intra-threads"})
      .resumable();
  rows.matching("device", &T::device, "auto|cpu|cuda[:N]",
                std::regex("auto|cpu|cuda(:[0-9]{1,3})?"),
                "device to compute on; auto: a GPU if there is one", {"cpu=cpu"})
      .resumable();
  rows.choice("precision", &T::precision,
              "mixed precision: of products alone; sums are always fp32",
              {"dtype", "compute-type", "bf16=bf16", "fp16=fp16", "tf32=tf32"});
  rows.boolean("cuda_graphs", &T::cuda_graphs,
               "CUDA graphs: record the step of each batch shape, repeat it")
      .resumable();
  rows.boolean("detect_anomaly", &T::detect_anomaly,
               "name the operation where the first NaN or Inf appears", {"check-nan"})
      .resumable();
}

void search_fields(std::vector<Field>& fields) {
  using D = DecodeConfig;
  FieldRows rows(fields, "decode", &Config::decode);
  const auto beam_search = [](const Config& config) { return config.decode.temperature == 0; };
  const auto compares = [](const Config& config) {
    return config.decode.temperature == 0 && config.decode.beam_size > 1;
  };
  rows.integer("beam_size", &D::beam_size, {1, 1000}, "beam width: hypotheses kept; 1: greedy",
               {"b", "beam", "num-beams"})
      .resumable()
      .only_with("decode.temperature = 0", beam_search);
  rows.number("length_penalty", &D::length_penalty, exponent,
              "length penalty: exponent of the length that divides a score",
              {"n", "lenpen", "normalize", "beam-alpha"})
      .resumable()
      .only_with("decode.temperature = 0 and decode.beam_size > 1", compares);
  rows.integer("max_length", &D::max_length, tokens, "maximum output length [tokens]",
               {"max-new-tokens", "max-decoding-length"})
      .resumable();
  rows.number("max_length_ratio", &D::max_length_ratio, exponent,
              "maximum output length for each source token,")
      .resumable();
  rows.integer("max_length_offset", &D::max_length_offset, {1, 1'000'000}, "plus so many [tokens]")
      .resumable();
  rows.integer("n_best", &D::n_best, {1, 1000}, "n-best list: translations of each sentence",
               {"nbest"})
      .resumable();
  rows.integer("batch_tokens", &D::batch_tokens, count, "batch size [source tokens]").resumable();
}

void sampling_fields(std::vector<Field>& fields) {
  using D = DecodeConfig;
  FieldRows rows(fields, "decode", &Config::decode);
  const auto sampling = [](const Config& config) { return config.decode.temperature > 0; };
  rows.number("temperature", &D::temperature, exponent,
              "temperature of sampling; 0: beam search, no sampling")
      .resumable();
  rows.integer("top_k", &D::top_k, {0, 1'000'000},
               "top-k sampling: among the k likeliest; 0: among all", {"sampling-topk"})
      .resumable()
      .only_with("decode.temperature > 0", sampling);
  rows.number("top_p", &D::top_p, share,
              "nucleus (top-p) sampling: the likeliest of this probability", {"sampling-topp"})
      .resumable()
      .only_with("decode.temperature > 0", sampling);
  rows.integer("seed", &D::seed, exact_integer, "random seed of sampling")
      .resumable()
      .only_with("decode.temperature > 0", sampling);
}

void log_fields(std::vector<Field>& fields) {
  using L = LogConfig;
  FieldRows rows(fields, "log", &Config::log);
  rows.integer("log_every", &L::log_every, count, "logging interval [steps]",
               {"disp-freq", "log-interval", "logging-steps"})
      .resumable();
  rows.boolean("tensorboard", &L::tensorboard, "write TensorBoard event files").resumable();
  rows.text("tensorboard_dir", &L::tensorboard_dir,
            "folder of TensorBoard's files; empty: the run's own", {"tensorboard-logdir"})
      .resumable()
      .only_with("log.tensorboard = true",
                 [](const Config& config) { return config.log.tensorboard; });
}

std::vector<Field> all_fields() {
  std::vector<Field> fields = {task_name_field()};
  data_fields(fields);
  tokenizer_fields(fields);
  model_fields(fields);
  recurrent_fields(fields);
  attention_fields(fields);
  schedule_fields(fields);
  optimizer_fields(fields);
  checkpoint_fields(fields);
  machine_fields(fields);
  search_fields(fields);
  sampling_fields(fields);
  log_fields(fields);
  return fields;
}

}  // namespace

const std::vector<Field>& config_fields() {
  static const std::vector<Field> fields = all_fields();
  return fields;
}

}  // namespace lectern
