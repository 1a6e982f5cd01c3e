#include "attention/score_functions.h"

#include <array>
#include <cmath>

#include "attention/ops/mask_scores.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"

namespace lectern {
namespace {

/// Every query by every key. `[batch, query, key]`
Variable products(const Variable& queries, const Variable& keys) {
  return matmul(queries, keys, {.transpose_b = true});
}

/// x / ‖x‖, row by row; a row of zeros stays one.
Variable unit_rows(const Variable& x) {
  const Variable tiny(full({}, 1e-12, x.value().dtype(), x.value().device()));
  const Variable norms = sqrt(add(sum_axis(multiply(x, x), 2), tiny));  // [batch, length]
  return divide(x, reshape(norms, {x.dim(0), x.dim(1), 1}));
}

class ContentBased : public ScoreFunction {
 public:
  ContentBased(const ScoreOptions&, Initializer& init)
      : strength_(Variable::parameter(init.constant({}, 1))) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    return multiply(products(unit_rows(queries), unit_rows(keys)), strength_);
  }
  void visit(Visitor& visitor) override { visitor("strength", strength_); }

 private:
  Variable strength_;  // β; in the paper the controller gives one with every query
};

class Additive : public ScoreFunction {
 public:
  Additive(const ScoreOptions& options, Initializer& init)
      : query_(Variable::parameter(init.xavier_uniform(options.d_query, options.d_hidden))),
        key_(Variable::parameter(init.xavier_uniform(options.d_key, options.d_hidden))),
        vector_(Variable::parameter(init.xavier_uniform(options.d_hidden, 1))) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    const std::int64_t batch = queries.dim(0), query = queries.dim(1), key = keys.dim(1);
    const Variable q = reshape(matmul(queries, query_), {batch, query, 1, -1});
    const Variable k = reshape(matmul(keys, key_), {batch, 1, key, -1});
    const Variable hidden = tanh(add(q, k));  // [batch, query, key, d_hidden]
    return reshape(matmul(hidden, vector_), {batch, query, key});
  }
  void visit(Visitor& visitor) override {
    visitor("query", query_);
    visitor("key", key_);
    visitor("vector", vector_);
  }

 private:
  Variable query_, key_, vector_;  // W, U, v
};

class LocationBased : public ScoreFunction {
 public:
  LocationBased(const ScoreOptions& options, Initializer& init)
      : weight_(Variable::parameter(init.xavier_uniform(options.d_query, options.max_length))) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    const std::int64_t key = keys.dim(1);
    check(key <= weight_.dim(1), [&] {
      return text("a location-based score knows places for ", weight_.dim(1), " keys, got ", key,
                  "; raise ScoreOptions::max_length");
    });
    return matmul(queries, slice(weight_, 1, 0, key));
  }
  void visit(Visitor& visitor) override { visitor("weight", weight_); }

 private:
  Variable weight_;  // [d_query, max_length]
};

class General : public ScoreFunction {
 public:
  General(const ScoreOptions& options, Initializer& init)
      : weight_(Variable::parameter(init.xavier_uniform(options.d_query, options.d_key))) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    return products(matmul(queries, weight_), keys);
  }
  void visit(Visitor& visitor) override { visitor("weight", weight_); }

 private:
  Variable weight_;  // [d_query, d_key]
};

class DotProduct : public ScoreFunction {
 public:
  DotProduct(const ScoreOptions&, Initializer&) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    return products(queries, keys);
  }
  void visit(Visitor&) override {}
};

class ScaledDotProduct : public ScoreFunction {
 public:
  ScaledDotProduct(const ScoreOptions& options, Initializer&)
      : factor_(1 / std::sqrt(static_cast<double>(options.d_query))) {}
  Variable operator()(const Variable& queries, const Variable& keys) const override {
    return scale(products(queries, keys), factor_);
  }
  void visit(Visitor&) override {}

 private:
  double factor_;
};

template <class Function>
std::unique_ptr<ScoreFunction> make(const ScoreOptions& options, Initializer& init) {
  return std::make_unique<Function>(options, init);
}

constexpr std::array table{
    ScoreEntry{ScoreKind::content_based, "content-based", "β q·k / (‖q‖ ‖k‖)", "Graves et al. 2014",
               make<ContentBased>},
    ScoreEntry{ScoreKind::additive, "additive", "v · tanh(q W + k U)", "Bahdanau et al. 2015",
               make<Additive>},
    ScoreEntry{ScoreKind::location_based, "location-based", "(q W)_j", "Luong et al. 2015",
               make<LocationBased>},
    ScoreEntry{ScoreKind::general, "general", "q W · k", "Luong et al. 2015", make<General>},
    ScoreEntry{ScoreKind::dot_product, "dot product", "q · k", "Luong et al. 2015",
               make<DotProduct>},
    ScoreEntry{ScoreKind::scaled_dot_product, "scaled dot product", "q · k / √d",
               "Vaswani et al. 2017", make<ScaledDotProduct>}};

/// softmax of the masked scores, `[batch, query, key]`.
Variable weights_of(const ScoreFunction& score, const Variable& queries, const Variable& keys,
                    const Mask& mask) {
  const std::int64_t batch = queries.dim(0), query = queries.dim(1), key = keys.dim(1);
  check_mask(mask, batch, 1, key);
  Variable scores = score(queries, keys);
  EXPECT_SHAPE(scores, batch, query, key);
  if (mask.hides_something()) scores = mask_scores(scores, mask);
  return softmax(scores);
}

}  // namespace

std::span<const ScoreEntry> score_functions() { return table; }

std::unique_ptr<ScoreFunction> make_score_function(ScoreKind kind, const ScoreOptions& options,
                                                   Initializer& init) {
  check(kind != ScoreKind::none, "without attention there is no score function");
  const ScoreEntry& entry = table.at(static_cast<std::size_t>(kind));
  const bool multiplies = kind == ScoreKind::content_based || kind == ScoreKind::dot_product ||
                          kind == ScoreKind::scaled_dot_product;
  check(!multiplies || options.d_query == options.d_key, [&] {
    return text("the ", entry.name, " score multiplies a query of ", options.d_query,
                " numbers with a key of ", options.d_key, "; general and additive scores can");
  });
  return entry.make(options, init);
}

Variable attend_by_score(const ScoreFunction& score, const Variable& queries, const Variable& keys,
                         const Variable& values, const Mask& mask) {
  return matmul(weights_of(score, queries, keys, mask), values);
}

Tensor score_weights(const ScoreFunction& score, const Tensor& queries, const Tensor& keys,
                     const Mask& mask) {
  const NoGradient no_gradient;
  return weights_of(score, Variable(queries), Variable(keys), mask).value();
}

}  // namespace lectern
