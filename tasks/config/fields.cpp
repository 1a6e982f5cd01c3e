// The one table of the configuration: every key is described here and nowhere else.
#include <regex>

#include "tasks/config/rows.h"

namespace lectern {
namespace {

constexpr Range probability{0, 1, true, false};
constexpr Range share{0, 1, false, true};
constexpr Range exponent{0, 100};
constexpr Range width{1, 65'536};
constexpr Range tokens{1, 1'000'000};
constexpr Range count{1, 1'000'000'000};
constexpr Range count_or_none{0, 1'000'000'000};
constexpr Range exact_integer{0, 9'007'199'254'740'992};  // 2^53

void task_fields(std::vector<Field>& fields) {
  using T = TaskConfig;
  Rows rows(fields, "task", &Config::task);
  rows.choice("name", &T::name, {"translation", "language_model", "copy", "reverse", "listops"},
              "what is learned");
  rows.integer("length", &T::length, {2, 1'000'000},
               "of 0w0w, of a window, of an expression [tokens]");
  rows.integer("symbols", &T::symbols, {2, 65'536}, "copy, reverse: w is drawn from 1, 2 ... N");
  rows.integer("min_length", &T::min_length, tokens, "listops: shortest expression [tokens]");
  rows.integer("max_depth", &T::max_depth, {1, 1000}, "listops: levels of an expression");
  rows.integer("max_arguments", &T::max_arguments, {2, 1000}, "listops: arguments of an operator");
  rows.integer("train_size", &T::train_size, count, "examples of an epoch, all of them new");
  rows.integer("valid_size", &T::valid_size, count, "examples that choices are made on");
  rows.integer("test_size", &T::test_size, count, "examples that only `lectern evaluate` sees");
  rows.number("valid_share", &T::valid_share, probability,
              "language_model: end of data.train held out for choices");
}

void data_fields(std::vector<Field>& fields) {
  using D = DataConfig;
  Rows rows(fields, "data", &Config::data);
  rows.text("train", &D::train, "pairs to learn from: the files TRAIN.SRC, TRAIN.TGT, or .gz");
  rows.text("valid", &D::valid, "pairs that choices are made on");
  rows.text("test", &D::test, "pairs that only `lectern evaluate` reads");
  rows.text("src", &D::src, "source language: the ending of its files");
  rows.text("tgt", &D::tgt, "target language: the ending of its files");
  rows.integer("max_length", &D::max_length, tokens, "leave out longer pairs in training [tokens]");
  rows.boolean("lowercase", &D::lowercase, "learn and write small letters only");
}

void tokenizer_fields(std::vector<Field>& fields) {
  using T = TokenizerConfig;
  Rows rows(fields, "tokenizer", &Config::tokenizer);
  rows.choice("kind", &T::kind, {"bpe", "unigram", "word"}, "how text becomes tokens");
  rows.integer("vocab_size", &T::vocab_size, {8, 1'000'000}, "size of a vocabulary [tokens]");
  rows.boolean("shared", &T::shared, "one vocabulary for both languages");
  rows.integer("min_frequency", &T::min_frequency, count,
               "word: rarer words are unknown [occurrences]");
  rows.number("character_coverage", &T::character_coverage, share,
              "bpe, unigram: share of characters with a token");
}

/// A key that a pattern brings along.
Field field_of(const PatternEntry& pattern, const PatternKey& key) {
  const bool whole = std::holds_alternative<std::int64_t>(key.standard);
  const Range range{key.lowest, key.highest};
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
    if (range.holds(size))
      config.attention.own.set(key.name, whole ? PatternSetting(*number) : PatternSetting(size));
    return range.holds(size);
  };
  return field;
}

void attention_fields(std::vector<Field>& fields) {
  using A = AttentionConfig;
  Rows rows(fields, "attention", &Config::attention);
  rows.integer("window", &A::window, {0, 1'000'000},
               "keys to each side; lsh's same_bucket: members [tokens]");
  rows.integer("dilation", &A::dilation, {1, 1'000'000},
               "window: a key at every so many positions");
  rows.integer("global_tokens", &A::global_tokens, {0, 1'000'000},
               "window: the first so many see, and are seen by, all");
  rows.number("sigma", &A::sigma, {0, 1e6, false},
              "learned_window: width of every head at first [tokens]");
  rows.number("width_cost", &A::width_cost, {0, 1e6},
              "learned widths: added to the loss for a token of mean width");
  rows.integer("freeze_widths_at", &A::freeze_widths_at, count_or_none,
               "learned_window: freeze, and cut, at this step; 0: never");
  rows.number("dropped_mass", &A::dropped_mass, probability,
              "learned_window: share of attention a cut may lose");
  rows.integer("num_hashes", &A::num_hashes, {1, 64}, "lsh: rounds");
  rows.integer("num_buckets", &A::num_buckets, {0, 1'000'000},
               "lsh: an even number; 0: as the length asks for");
  rows.integer("lsh_attn_chunk_length", &A::lsh_attn_chunk_length, {1, 1'000'000},
               "lsh: tokens that look at each other, and at the chunk before");
  rows.choice("lsh_candidates", &A::lsh_candidates, {"chunks", "same_bucket"},
              "lsh: same_bucket never looks ahead, and can generate");
  rows.integer("exact_below", &A::exact_below, count_or_none,
               "lsh: shorter ones exactly; 0: where that is faster; 1: none");
  rows.integer("hash_seed", &A::hash_seed, exact_integer, "lsh: decides the buckets in evaluation");
  for (const PatternEntry& pattern : patterns())
    for (const PatternKey& key : pattern.keys) fields.push_back(field_of(pattern, key));
}

void model_fields(std::vector<Field>& fields) {
  using M = ModelConfig;
  Rows rows(fields, "model", &Config::model);
  rows.integer("d_model", &M::d_model, width, "width of every layer [numbers per token]");
  rows.integer("nhead", &M::nhead, width, "attention heads, a divisor of d_model");
  rows.integer("num_encoder_layers", &M::num_encoder_layers, {1, 1000}, "layers of the encoder");
  rows.integer("num_decoder_layers", &M::num_decoder_layers, {1, 1000}, "layers of the decoder");
  rows.integer("num_layers", &M::num_layers, {1, 1000}, "layers of a model that is one stack");
  rows.integer("dim_feedforward", &M::dim_feedforward, {1, 1'000'000},
               "width inside the feed-forward layers");
  rows.number("dropout", &M::dropout, probability, "share of activations dropped in training");
  rows.number("attention_dropout", &M::attention_dropout, probability,
              "share of attention weights dropped in training");
  rows.choice("activation", &M::activation, {"relu", "gelu"}, "bend inside the feed-forward");
  rows.boolean("norm_first", &M::norm_first, "layer norm before a sublayer, not after it");
  rows.choice("positions", &M::positions, {"sinusoidal", "learned", "axial"},
              "how a token knows its place");
  rows.integer("max_length", &M::max_length, tokens, "longest sequence the model reads [tokens]");
  rows.choice("tie_embeddings", &M::tie_embeddings, {"none", "decoder", "all"},
              "one matrix for decoder input and output; all: source too");
  std::vector<std::string> names;
  for (const PatternEntry& pattern : patterns()) names.push_back(pattern.name);
  rows.list("attention", &M::attention, names, "pattern of self-attention; several: layers in turn",
            {"attn-layers"});
  rows.boolean("reversible", &M::reversible, "recalculate activations instead of keeping them");
  rows.integer("feed_forward_chunk", &M::feed_forward_chunk, count_or_none,
               "positions at a time in the feed-forward; 0: all", {"chunk-size-feed-forward"});
}

void schedule_fields(Rows<TrainConfig>& rows) {
  using T = TrainConfig;
  rows.number("learning_rate", &T::learning_rate, {0, 1e6, false},
              "the peak, reached at the end of the warm-up", {"l", "lr", "learn-rate"});
  rows.choice("schedule", &T::schedule, {"constant", "noam", "cosine", "linear"},
              "the rate after the warm-up; noam: 1 / sqrt(step)");
  rows.integer("warmup_steps", &T::warmup_steps, count_or_none,
               "the rate rises linearly for so long [steps]",
               {"warmup-updates", "lr-warmup", "warmup-iters"});
  rows.integer("max_steps", &T::max_steps, count_or_none, "stop after so many steps; 0: no limit",
               {"max-update", "after-batches", "max-iters"});
  rows.integer("max_epochs", &T::max_epochs, count_or_none,
               "stop after so many passes over the data; 0: no limit",
               {"after-epochs", "num-train-epochs"});
  rows.integer("batch_tokens", &T::batch_tokens, count,
               "budget of a batch, with padding [tokens per side]",
               {"max-tokens", "mini-batch-words"});
  rows.integer("batch_size", &T::batch_size, count_or_none,
               "above 0: so many pairs a batch, whatever their length", {"mini-batch"});
  rows.integer("grad_accum", &T::grad_accum, {1, 1'000'000}, "batches added up for one step",
               {"update-freq", "optimizer-delay", "gradient-accumulation-steps"});
  rows.number("clip_norm", &T::clip_norm, {0, 1e9}, "largest norm of the gradient; 0: no clipping",
              {"grad-clip", "max-grad-norm"});
  rows.number("label_smoothing", &T::label_smoothing, probability,
              "probability spread over all wrong tokens", {"label-smoothing-factor"});
}

void optimizer_fields(Rows<TrainConfig>& rows) {
  using T = TrainConfig;
  rows.choice("optimizer", &T::optimizer, {"adam", "adamw", "sgd"},
              "how a gradient becomes a step");
  rows.pair("betas", &T::betas, probability, "Adam: memory of the gradient and of its square");
  rows.number("epsilon", &T::epsilon, share, "Adam: added to the root of the square");
  rows.number("weight_decay", &T::weight_decay, {0, 1e6}, "pull of the weights towards zero");
  rows.integer("seed", &T::seed, exact_integer, "decides weights, order of the data and dropout");
}

void checkpoint_fields(Rows<TrainConfig>& rows) {
  using T = TrainConfig;
  rows.integer("valid_every", &T::valid_every, count, "between validations [steps]",
               {"valid-freq", "eval-interval", "eval-steps"});
  rows.integer("save_every", &T::save_every, count, "between checkpoints [steps]", {"save-freq"});
  rows.integer("keep_last", &T::keep_last, {1, 1'000'000}, "newest checkpoints that are kept",
               {"save-total-limit"});
  rows.integer("keep_best", &T::keep_best, {0, 1'000'000}, "best checkpoints that are kept");
  rows.integer("early_stopping", &T::early_stopping, count_or_none,
               "stop after so many validations without a new best; 0: never", {"patience"});
  rows.choice("valid_metric", &T::valid_metric, {"bleu", "loss", "accuracy"},
              "what makes a checkpoint best");
  rows.integer("average_checkpoints", &T::average_checkpoints, {0, 1000},
               "checkpoints averaged at the end; 0: none");
  rows.integer("threads", &T::threads, {0, 4096}, "0: as many as the process may use",
               {"cpu-threads", "intra-threads"});
  rows.matching("device", &T::device, "auto|cpu|cuda[:N]",
                std::regex("auto|cpu|cuda(:[0-9]{1,3})?"),
                "where to compute; auto: on a GPU if there is one", {"cpu=cpu"});
  rows.choice("precision", &T::precision, {"fp32", "tf32", "bf16"},
              "how a GPU multiplies; weights and sums are always fp32",
              {"dtype", "compute-type", "bf16=bf16", "fp16=fp16", "tf32=tf32"});
  rows.boolean("cuda_graphs", &T::cuda_graphs,
               "on a GPU: record the step of each batch shape and repeat it");
  rows.boolean("detect_anomaly", &T::detect_anomaly,
               "name the operation where the first NaN or Inf appears", {"check-nan"});
}

void decode_fields(std::vector<Field>& fields) {
  using D = DecodeConfig;
  Rows rows(fields, "decode", &Config::decode);
  rows.integer("beam_size", &D::beam_size, {1, 1000}, "hypotheses kept; 1: greedy",
               {"b", "beam", "num-beams"});
  rows.number("length_penalty", &D::length_penalty, exponent,
              "exponent of the length that divides a score",
              {"n", "lenpen", "normalize", "beam-alpha"});
  rows.integer("max_length", &D::max_length, tokens, "longest translation [tokens]",
               {"max-new-tokens", "max-decoding-length"});
  rows.number("max_length_ratio", &D::max_length_ratio, exponent,
              "and at most so many tokens for each source token,");
  rows.integer("max_length_offset", &D::max_length_offset, {1, 1'000'000}, "plus so many [tokens]");
  rows.integer("n_best", &D::n_best, {1, 1000}, "translations written for each sentence",
               {"nbest"});
  rows.integer("batch_tokens", &D::batch_tokens, count, "budget of a batch [source tokens]");
  rows.number("temperature", &D::temperature, exponent, "0: beam search; above 0: sampling");
  rows.integer("top_k", &D::top_k, {0, 1'000'000}, "sample among the k likeliest; 0: among all",
               {"sampling-topk"});
  rows.number("top_p", &D::top_p, share, "sample among the likeliest of this total probability",
              {"sampling-topp"});
  rows.integer("seed", &D::seed, exact_integer, "decides what sampling draws");
}

void log_fields(std::vector<Field>& fields) {
  using L = LogConfig;
  Rows rows(fields, "log", &Config::log);
  rows.integer("log_every", &L::log_every, count, "between lines of the log [steps]",
               {"disp-freq", "log-interval", "logging-steps"});
  rows.boolean("tensorboard", &L::tensorboard, "write TensorBoard event files");
  rows.text("tensorboard_dir", &L::tensorboard_dir, "their folder; empty: the run's own",
            {"tensorboard-logdir"});
}

std::vector<Field> all_fields() {
  std::vector<Field> fields;
  task_fields(fields);
  data_fields(fields);
  tokenizer_fields(fields);
  model_fields(fields);
  attention_fields(fields);
  Rows train(fields, "train", &Config::train);
  schedule_fields(train);
  optimizer_fields(train);
  checkpoint_fields(train);
  decode_fields(fields);
  log_fields(fields);
  return fields;
}

}  // namespace

const std::vector<Field>& config_fields() {
  static const std::vector<Field> fields = all_fields();
  return fields;
}

const Field* find_field(const std::string& key) {
  for (const Field& field : config_fields())
    if (field.key() == key) return &field;
  return nullptr;
}

bool is_config_table(const std::string& name) {
  const auto inside = [&](const Field& field) { return field.table == name; };
  return std::ranges::any_of(config_fields(), inside);
}

}  // namespace lectern
