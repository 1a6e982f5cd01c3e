#pragma once

#include <any>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "attention/ops/lsh/lsh_options.h"
#include "attention/pattern_settings.h"
#include "attention/score_functions.h"
#include "models/architecture.h"
#include "models/tied_embeddings.h"
#include "nn/embedding.h"
#include "nn/feed_forward.h"
#include "nn/optim/schedule.h"
#include "nn/positions.h"
#include "tasks/text/tokenizer.h"
#include "tensor/check.h"
#include "tensor/ops/recurrent.h"
#include "tensor/precision.h"

namespace lectern {

/// `[task]`: what is learned, and the settings of that task alone (tasks/config/task_table.h).
struct TaskConfig {
  std::string name = "translation";
  std::any settings = {};  ///< a struct of the task's own; empty where it has no keys

  /// The settings as the task's struct. Throws where they are another task's.
  template <class Settings>
  const Settings& as() const {
    const auto* found = std::any_cast<Settings>(&settings);
    check(found, [&] { return text("these are no settings of the task ", name); });
    return *found;
  }
  template <class Settings>
  Settings& as() {
    return const_cast<Settings&>(std::as_const(*this).as<Settings>());
  }
};

/// `[data]`: sentence pairs. A prefix `P` stands for the files `P.src` and `P.tgt`, or the same
/// names with `.gz`, where `src` and `tgt` are the two languages. A language model reads
/// one file for each part instead.
struct DataConfig {
  std::string train;  ///< prefix of the pairs to learn from
  std::string valid;  ///< prefix of the pairs that choices are made on
  std::string test;   ///< prefix of the pairs that only `evaluate` reads
  std::string src = "de";
  std::string tgt = "en";
  std::int64_t max_length = 128;  ///< longer pairs are left out of training [tokens]
  bool lowercase = false;
};

/// `[tokenizer]`: words to numbers.
struct TokenizerConfig {
  TokenizerKind kind = TokenizerKind::bpe;
  std::int64_t vocab_size = 8000;   ///< [tokens]
  bool shared = true;               ///< one vocabulary for both languages
  std::int64_t min_frequency = 1;   ///< kind "word": rarer words are unknown [occurrences]
  double character_coverage = 1.0;  ///< bpe, unigram: share of characters that get a token
};

/// `[model]`: the names of PyTorch's nn.Transformer and, for recurrent networks, nn.LSTM.
struct ModelConfig {
  Architecture architecture = Architecture::transformer;
  std::int64_t d_model = 512;            ///< width of every layer [numbers per token]
  std::int64_t nhead = 8;                ///< attention heads, a divisor of d_model
  std::int64_t num_key_value_heads = 0;  ///< heads of keys, a divisor of nhead; 0: nhead
  std::int64_t num_encoder_layers = 6;
  std::int64_t num_decoder_layers = 6;
  std::int64_t num_layers = 6;          ///< of a model that is one stack, as a language model is
  std::int64_t dim_feedforward = 2048;  ///< [numbers per token]
  double dropout = 0.1;                 ///< [probability]
  double attention_dropout = 0.1;       ///< of attention weights [probability]
  Activation activation = Activation::relu;
  bool norm_first = false;       ///< layer norm before each sublayer (pre-norm) instead of after it
  double layer_norm_eps = 1e-5;  ///< keeps a constant row from dividing by zero
  double attention_scale = 0;    ///< what scores are multiplied by; 0: 1/√d_head
  bool scale_embedding = true;   ///< by √d_model
  EmbeddingInit embedding_init = EmbeddingInit::normal;
  PositionKind positions = PositionKind::sinusoidal;
  std::int64_t max_length = 512;  ///< longest sequence the model can read [tokens]
  TiedEmbeddings tie_embeddings = TiedEmbeddings::all;
  /// Language models: AdaptiveSoftmax::Options::cutoffs; none: a whole softmax.
  std::vector<std::int64_t> adaptive_softmax_cutoff = {};
  /// Who meets whom in the self-attention of an encoder or a stack: one name, or several for the
  /// layers in turn.
  std::string attention = "exact";
  bool reversible = false;              ///< two residual streams, recalculated in the backward pass
  std::int64_t feed_forward_chunk = 0;  ///< positions at a time, 0: all
  CellKind cell = CellKind::lstm;       ///< recurrent
  bool bidirectional = true;            ///< recurrent: the encoder
  ScoreKind attention_score = ScoreKind::dot_product;  ///< recurrent: none is the bottleneck
};

/// `[attention]`: settings of the patterns that model.attention names.
struct AttentionConfig {
  std::int64_t window = 128;          ///< window, lsh's same_bucket: keys to each side [tokens]
  std::int64_t dilation = 1;          ///< window: every so many positions a key
  std::int64_t global_tokens = 0;     ///< window: the first so many see and are seen by all
  double sigma = 16;                  ///< learned_window: of every head at first [tokens]
  double width_rate = 1;              ///< learned_window: of the learning rate, for the widths
  double width_cost = 0;              ///< learned_window, adaptive_span: price of a token's width
  std::int64_t freeze_widths_at = 0;  ///< learned_window: cut from then on [steps], 0: never
  double dropped_mass = 0.01;         ///< learned_window: of attention that a cut may lose [share]
  std::int64_t num_hashes = 4;        ///< lsh: rounds
  std::int64_t num_buckets = 0;       ///< lsh: 0: as many as the length asks for
  std::int64_t lsh_attn_chunk_length = 64;  ///< lsh [tokens]
  CandidateRule lsh_candidates = CandidateRule::chunks;
  std::int64_t exact_below = 0;  ///< lsh: shorter sequences exactly; 0: where that is faster
  std::int64_t hash_seed = 42;   ///< lsh: of the rotations in evaluation
  PatternSettings own;           ///< keys that a pattern from outside the library brings along
};

/// `[train]`
struct TrainConfig {
  enum class Optimizer { adam, adamw, sgd };
  enum class ReduceDType { f32, bf16 };
  double learning_rate = 7e-4;  ///< peak, reached at the end of the warm-up
  Schedule::Kind schedule = Schedule::Kind::noam;
  std::int64_t warmup_steps = 4000;  ///< [optimiser steps]
  std::int64_t max_steps = 100'000;  ///< [optimiser steps], 0: no limit
  std::int64_t max_epochs = 0;       ///< [passes over the pairs], 0: no limit
  std::int64_t batch_tokens = 4096;  ///< budget of a batch, padding included [tokens per side]
  std::int64_t batch_size = 0;       ///< above 0: replaces the budget [pairs]
  std::int64_t grad_accum = 1;       ///< batches whose gradients are added up before a step
  double clip_norm = 1.0;            ///< largest norm of the whole gradient, 0: no clipping
  double label_smoothing = 0.1;      ///< [probability]
  Optimizer optimizer = Optimizer::adam;
  std::array<double, 2> betas = {0.9, 0.98};
  double epsilon = 1e-9;
  double weight_decay = 0.0;
  std::int64_t seed = 42;
  std::int64_t valid_every = 1000;       ///< [optimiser steps]
  std::int64_t save_every = 1000;        ///< [optimiser steps]
  std::int64_t keep_last = 3;            ///< [checkpoints]
  std::int64_t keep_best = 1;            ///< [checkpoints]
  std::int64_t early_stopping = 0;       ///< [validations without improvement], 0: never
  std::string valid_metric = "bleu";     ///< where unset, what suits the task
  std::int64_t average_checkpoints = 0;  ///< [checkpoints] averaged at the end, 0: none
  std::int64_t zero_stage = 0;           ///< 1: ranks share the optimiser's state (ZeroOptimizer)
  ReduceDType reduce_dtype = ReduceDType::f32;  ///< in which gradients are added up (SumInHalves)
  bool overlap_grad_reduce = true;  ///< they travel to other ranks during the backward pass
  std::int64_t threads = 0;         ///< 0: as many as the process may use
  std::string device = "auto";      ///< auto, cpu, cuda or cuda:N
  Precision precision = Precision::f32;
  bool cuda_graphs = true;      ///< record the step of each batch shape and repeat it on a GPU
  bool detect_anomaly = false;  ///< name the operation in which the first NaN or Inf appeared
};

constexpr std::string_view name_of(TrainConfig::Optimizer optimizer) {
  switch (optimizer) {
    case TrainConfig::Optimizer::adam: return "adam";
    case TrainConfig::Optimizer::adamw: return "adamw";
    case TrainConfig::Optimizer::sgd: return "sgd";
  }
  return {};
}

/// As PyTorch's users write it.
constexpr std::string_view name_of(TrainConfig::ReduceDType dtype) {
  switch (dtype) {
    case TrainConfig::ReduceDType::f32: return "fp32";
    case TrainConfig::ReduceDType::bf16: return "bf16";
  }
  return {};
}

/// `[decode]`: from probabilities back to words. A translation of a source of `n` tokens is cut at
/// `min(max_length, max_length_ratio * n + max_length_offset)` tokens.
struct DecodeConfig {
  std::int64_t beam_size = 5;     ///< [hypotheses], 1: greedy
  double length_penalty = 1.0;    ///< exponent of the length that a hypothesis' score is divided by
  std::int64_t max_length = 256;  ///< [tokens]
  double max_length_ratio = 2.0;  ///< [target tokens per source token]
  std::int64_t max_length_offset = 10;  ///< [tokens]
  std::int64_t n_best = 1;              ///< [translations per sentence]
  std::int64_t batch_tokens = 4096;     ///< budget of a batch, padding included [source tokens]
  double temperature = 0.0;             ///< 0: beam search; above 0: sampling
  std::int64_t top_k = 0;               ///< sample among the k likeliest tokens, 0: among all
  double top_p = 1.0;      ///< sample among the likeliest tokens of this total [probability]
  std::int64_t seed = 42;  ///< decides what sampling draws
};

/// `[log]`
struct LogConfig {
  std::int64_t log_every = 100;  ///< [optimiser steps]
  bool tensorboard = true;       ///< write TensorBoard event files
  std::string tensorboard_dir;   ///< where; empty: the run folder
};

/// Everything that a run depends on. The defaults are the Transformer base model
/// (Vaswani et al. 2017, table 3).
struct Config {
  TaskConfig task;
  DataConfig data;
  TokenizerConfig tokenizer;
  ModelConfig model;
  AttentionConfig attention;
  TrainConfig train;
  DecodeConfig decode;
  LogConfig log;
  /// What was given for other tasks, and is passed over: `task.length = 64`. Not compared or printed.
  std::vector<std::string> passed_over = {};
  friend bool operator==(const Config& a, const Config& b);
};

/// One key that the command line sets over the file's.
struct Override {
  std::string key;     ///< `train.learning_rate`
  std::string value;   ///< as typed: `3e-4`
  std::string origin;  ///< the flag that was typed, for messages: `--lr`
};

/// The configuration in the TOML file at `path`, with `overrides` set over it in their order.
///
/// \throws Failure (ExitCode::usage) with file, line and key for what cannot be read, an unknown
///         key (with the nearest known one), a wrong type, a value out of range, and values that
///         contradict each other
Config read_config(const std::string& path, const std::vector<Override>& overrides = {});

/// As read_config, from the TOML text itself; `name` stands for the file in messages.
Config parse_config(const std::string& toml, const std::string& name,
                    const std::vector<Override>& overrides = {});

/// As parse_config, from the text that a checkpoint holds of the run that made it.
///
/// \throws Failure (ExitCode::checkpoint) for what is wrong with that text, (ExitCode::usage) for what
///         is wrong with `overrides`
Config stored_config(const std::string& toml, const std::string& name,
                     const std::vector<Override>& overrides = {});

/// `config` as TOML, every key with what it does. parse_config gives the same config back, bit for
/// bit and in every locale.
std::string to_toml(const Config& config);

}  // namespace lectern
