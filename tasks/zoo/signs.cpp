#include "tasks/zoo/signs.h"

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/reduce.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/pointwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/sum_of_squares.h"

namespace lectern {
namespace {

double squares(const std::vector<Tensor>& tensors) {
  return sum_of_squares(tensors).item<double>();
}
double root_mean_square(const Tensor& x) {
  return std::sqrt(squares({x}) / static_cast<double>(x.size()));
}

/// How far the logits of all words but the last move when the last word read is another.
double looks_ahead(const Patient& patient, const Batch& batch) {
  const Tokens source{batch.source, batch.source_lengths};
  const Variable memory = patient.encode(source);
  Tensor other = batch.target_input.clone();  // [batch, target]
  const std::int64_t rows = other.shape()[0], length = other.shape()[1];
  for (std::int64_t row = 0; row < rows; ++row)
    other.set({row, -1}, other.at({row, -1}) == 5 ? 6 : 5);
  const auto before_last = [&](const Tensor& target) {
    return slice(patient.logits(target, memory, source).value(), 1, 0, length - 1);
  };
  return largest_difference(before_last(batch.target_input), before_last(other));
}

/// −Σ p ln p of the first layer's attention, over ln of the number of keys, the mean of all rows that
/// are no padding: 1 where a word looks at all alike, 0 where it looks at one.
double entropy(Patient& patient, const Batch& batch) {
  AttentionWatch watch(patient);
  const Tokens source{batch.source, batch.source_lengths};
  patient.encode(source);
  const Tensor& weights = watch.seen().at(0).weights.at(0);  // [batch, head, query, key]
  double shares = 0, rows = 0;
  for (std::int64_t sentence = 0; sentence < weights.shape()[0]; ++sentence) {
    const auto keys = source.lengths.at<std::int64_t>({sentence});
    for (std::int64_t head = 0; head < weights.shape()[1]; ++head)
      for (std::int64_t query = 0; query < keys; ++query, ++rows)
        for (std::int64_t key = 0; key < keys; ++key) {
          const double p = weights.at({sentence, head, query, key});
          if (p > 0) shares -= p * std::log(p) / std::log(static_cast<double>(keys));
        }
  }
  return shares / rows;
}

/// The reversible encoder's gradients of its parameters against those of ordinary sums, which keep
/// everything and run nothing twice: ‖difference‖ / ‖gradient‖.
double gradient_error(Patient& patient, const Batch& batch, RandomKey key) {
  const auto gradients = [&](bool by_definition) {
    train(patient, key);
    for (const NamedParameter& parameter : parameters(patient)) {
      Variable variable = parameter.variable;
      variable.zero_gradient();
    }
    const std::vector<StreamFunction> streams = patient.streams(padding_mask(batch.source_lengths));
    const Variable x = patient.read(batch.source);  // [batch, source, d_model]
    const Variable y = by_definition ? reversible_stack_by_definition(streams, x, x)
                                     : reversible_stack(streams, x, x);
    backward(sum(y * y));
    std::vector<Tensor> found;
    for (const NamedParameter& parameter : parameters(patient))
      if (parameter.name.starts_with("encoder."))
        found.push_back(parameter.variable.gradient().clone());
    return found;
  };
  const std::vector<Tensor> right = gradients(true), got = gradients(false);
  double off = 0, all = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    off += squares({got.at(i) - right[i]});
    all += squares({right[i]});
  }
  for (const NamedParameter& parameter : parameters(patient)) {
    Variable variable = parameter.variable;
    variable.zero_gradient();
  }
  return std::sqrt(off / all);
}

}  // namespace

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

void look_at_patient(Patient& patient, const Batch& batch, RandomKey key,
                     std::map<Sign, double>& signs) {
  if (patient.reversible()) signs[Sign::gradient_error] = gradient_error(patient, batch, key);
  evaluate(patient);
  const NoGradient no_gradient;
  signs[Sign::looks_ahead] = looks_ahead(patient, batch);
  signs[Sign::entropy] = entropy(patient, batch);
  const double scale =
      std::sqrt(static_cast<double>(patient.source_embedding().weight().value().shape()[1]));
  signs[Sign::word_size] = scale * root_mean_square(patient.source_embedding().weight().value());
}

Movement::Movement(const std::vector<NamedParameter>& parameters) : parameters_(parameters) {
  for (const NamedParameter& parameter : parameters)
    before_.push_back(parameter.variable.value().clone());
}

double Movement::share() const {
  double moved = 0, size = 0;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    moved += squares({parameters_[i].variable.value() - before_[i]});
    size += squares({before_[i]});
  }
  return size > 0 ? std::sqrt(moved / size) : 0;
}

std::string in_pieces(const Tokenizer& tokenizer, const std::string& line) {
  std::string pieces;
  for (const std::int32_t token : tokenizer.encode(line)) {
    if (!pieces.empty()) pieces += ' ';
    pieces += tokenizer.piece(token);
  }
  return pieces;
}

double share_read(const Tensor& reads, const Tensor& says) {
  const std::vector<std::int32_t> read = reads.to_vector<std::int32_t>();
  const std::vector<std::int32_t> wanted = says.to_vector<std::int32_t>();
  double same = 0, all = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == Tokenizer::pad) continue;
    ++all;
    if (read.at(i) == wanted[i]) ++same;
  }
  return same / all;
}

double share_of_padding(const Tensor& says, std::int32_t ignore) {
  double padding = 0, counted = 0;
  for (const std::int32_t token : says.to_vector<std::int32_t>()) {
    if (token == ignore) continue;
    ++counted;
    padding += token == Tokenizer::pad;
  }
  return padding / counted;
}

}  // namespace lectern
