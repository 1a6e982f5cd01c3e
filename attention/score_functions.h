#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "attention/mask.h"
#include "nn/init.h"
#include "nn/module.h"

namespace lectern {

/// \defgroup score_functions Score functions
/// How well a query q matches a key k. Attention is always the same: scores become weights by a
/// softmax, and the answer is the mean of the values by these weights. What was invented one after
/// another is the score:
///
/// | name               | score                                          | source             |
/// |--------------------|------------------------------------------------|--------------------|
/// | content-based      | \f$ \beta \cos(q, k) \f$, β learned           | Graves, eq. 5, 6   |
/// | additive           | \f$ v \cdot \tanh(q W + k U) \f$, all learned | Bahdanau, A.1.2    |
/// | location-based     | \f$ (q W)_j \f$, whatever stands at place j    | Luong, eq. 8       |
/// | general            | \f$ q W \cdot k \f$                            | Luong, section 3.1 |
/// | dot product        | \f$ q \cdot k \f$                              | Luong, section 3.1 |
/// | scaled dot product | \f$ q \cdot k / \sqrt{d} \f$                   | Vaswani, eq. 1     |
///
/// Graves et al. 2014, "Neural Turing Machines"; Bahdanau et al. 2015, "Neural Machine Translation
/// by Jointly Learning to Align and Translate"; Luong et al. 2015, "Effective Approaches to
/// Attention-based Neural Machine Translation"; Vaswani et al. 2017, "Attention Is All You Need".
///
/// All are compositions of differentiable operations, to be read and compared; for long sequences
/// use attend (attention/scaled_dot_product.h).
/// @{
enum class ScoreKind {
  content_based,
  additive,
  location_based,
  general,
  dot_product,
  scaled_dot_product,
  none  ///< no attention at all; the table has no row for it
};

/// As configurations write it.
constexpr std::string_view name_of(ScoreKind kind) {
  switch (kind) {
    case ScoreKind::content_based: return "content";
    case ScoreKind::additive: return "additive";
    case ScoreKind::location_based: return "location";
    case ScoreKind::general: return "general";
    case ScoreKind::dot_product: return "dot";
    case ScoreKind::scaled_dot_product: return "scaled_dot";
    case ScoreKind::none: return "none";
  }
  return {};
}

/// What a score function is made for.
struct ScoreOptions {
  std::int64_t d_query = 512;
  std::int64_t d_key = 512;       ///< content-based and the dot products need d_query
  std::int64_t d_hidden = 512;    ///< of the additive score's one layer
  std::int64_t max_length = 512;  ///< keys that a location-based score knows places for
};

class ScoreFunction : public Module {
 public:
  /// \param queries  `[batch, query, d_query]`
  /// \param keys     `[batch, key, d_key]`
  /// \return         `[batch, query, key]`
  /// Cost: memory for that matrix; the additive score's, d_hidden times as much.
  virtual Variable operator()(const Variable& queries, const Variable& keys) const = 0;
};

/// A row of the table above.
struct ScoreEntry {
  ScoreKind kind;
  const char *name, *formula, *source;
  std::unique_ptr<ScoreFunction> (*make)(const ScoreOptions& options, Initializer& init);
};

/// The whole table, in the order of ScoreKind; all but `none`.
std::span<const ScoreEntry> score_functions();

/// Throws an Error where `options` do not fit the kind, and for `none`.
std::unique_ptr<ScoreFunction> make_score_function(ScoreKind kind, const ScoreOptions& options,
                                                   Initializer& init);

/// Attention with that score.
///
/// \f[ o_i = \sum_j p_{ij} v_j, \qquad p_{ij} = \mathrm{softmax}_j\, \mathrm{score}(q_i, k_j) \f]
///
/// A query that sees no key gets zeros.
/// \param values  `[batch, key, d_value]`
/// \return        `[batch, query, d_value]`
Variable attend_by_score(const ScoreFunction& score, const Variable& queries, const Variable& keys,
                         const Variable& values, const Mask& mask);

/// The attention weights, for pictures: the probabilities p.
/// \return  `[batch, query, key]`, each row summing to one
Tensor score_weights(const ScoreFunction& score, const Tensor& queries, const Tensor& keys,
                     const Mask& mask);
/// @}

}  // namespace lectern
