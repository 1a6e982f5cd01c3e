#include "models/adaptive_softmax.h"

#include <algorithm>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/softmax.h"
#include "models/group.h"
#include "tensor/ops/ids.h"

namespace lectern {
namespace {

/// How much narrower a cluster's vectors are than those of the cluster before it.
constexpr std::int64_t narrower = 4;

const AdaptiveSoftmax::Options& checked(const AdaptiveSoftmax::Options& options) {
  std::int64_t before = 0;
  for (const std::int64_t cutoff : options.cutoffs) {
    check(cutoff > before && cutoff < options.vocab, [&] {
      return text("AdaptiveSoftmax: the cutoff ", cutoff, " is not between ", before, " and ",
                  options.vocab, ", the words of the vocabulary; cutoffs ascend");
    });
    before = cutoff;
  }
  check(before > 0,
        [] { return text("AdaptiveSoftmax without cutoffs; an OutputLayer has none"); });
  return options;
}

/// The rows whose target is a word of one cluster.
struct RowsOfCluster {
  std::vector<std::int32_t> rows;   // of x
  std::vector<std::int32_t> words;  // counted from the cluster's first
};

Tensor on_device_of(const Variable& x, const std::vector<std::int32_t>& ids) {
  return tensor_of<std::int32_t>({std::ssize(ids)}, ids).to(x.value().device());
}

}  // namespace

AdaptiveSoftmax::AdaptiveSoftmax(const Options& options, Initializer& init)
    : vocab_(checked(options).vocab),
      frequent_(options.cutoffs.front()),
      head_(options.d_model, frequent_ + std::ssize(options.cutoffs), init) {
  std::int64_t width = options.d_model;
  for (std::size_t i = 0; i < options.cutoffs.size(); ++i) {
    const std::int64_t begin = options.cutoffs[i];
    const std::int64_t end = i + 1 < options.cutoffs.size() ? options.cutoffs[i + 1] : vocab_;
    width = std::max<std::int64_t>(1, width / narrower);
    clusters_.emplace_back(options.d_model, width, begin, end - begin, init);
  }
}

Variable AdaptiveSoftmax::operator()(const Variable& x) const {
  const PartAtWork at_work(*this);
  const int last = x.value().rank() - 1;
  const Variable head = log_softmax(head_(x));  // [..., frequent + clusters]
  std::vector<Variable> parts{slice(head, last, 0, frequent_)};
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const Cluster& cluster = clusters_[i];
    const std::int64_t entry = frequent_ + static_cast<std::int64_t>(i);
    const Variable within = log_softmax(cluster.output(cluster.projection(x)));
    parts.push_back(slice(head, last, entry, entry + 1) + within);
  }
  return concatenate(parts, last);
}

Variable AdaptiveSoftmax::cross_entropy(const Variable& x, const Tensor& targets,
                                        const CrossEntropyOptions& options) const {
  check(options.label_smoothing == 0, [&] {
    return text("AdaptiveSoftmax with label smoothing ", options.label_smoothing,
                ", which asks for the probability of every word; try 0");
  });
  expect_ids("AdaptiveSoftmax", targets, vocab_, options.ignore);
  const PartAtWork at_work(*this);

  std::vector<std::int32_t> entries = targets.to_vector<std::int32_t>();  // of the head
  std::vector<RowsOfCluster> rare(clusters_.size());
  double real = 0;
  for (std::size_t row = 0; row < entries.size(); ++row) {
    std::int32_t& entry = entries[row];
    if (entry == options.ignore) continue;
    ++real;
    if (entry < frequent_) continue;
    std::size_t i = clusters_.size() - 1;
    while (entry < clusters_[i].begin) --i;
    rare[i].rows.push_back(static_cast<std::int32_t>(row));
    rare[i].words.push_back(entry - static_cast<std::int32_t>(clusters_[i].begin));
    entry = static_cast<std::int32_t>(frequent_ + static_cast<std::int64_t>(i));
  }

  Variable loss = head_.cross_entropy(x, on_device_of(x, entries), options);
  for (std::size_t i = 0; i < clusters_.size(); ++i) {
    const double share = static_cast<double>(rare[i].rows.size()) / real;
    // Every parameter has a gradient, if only zeros, and every step the same shape of a graph.
    const RowsOfCluster& its = share > 0 ? rare[i] : RowsOfCluster{{0}, {0}};
    const Variable read = clusters_[i].projection(embedding(x, on_device_of(x, its.rows)));
    const Variable mean = clusters_[i].output.cross_entropy(read, on_device_of(x, its.words), {});
    loss = loss + scale(mean, share);
  }
  return loss;
}

void AdaptiveSoftmax::visit(Visitor& visitor) {
  visitor("head", head_);
  Group clusters = numbered(clusters_);
  visitor("clusters", clusters);
}

}  // namespace lectern
