#pragma once

#include <string>
#include <vector>

#include "nn/module.h"

namespace lectern {

/// An attention whose weights can be looked at while it works.
class WatchedAttention : public Module {
 protected:
  /// Leaves the weights of a call, `[batch, head, query, key]`, with whoever watches: `weights()` is
  /// called only then.
  template <class Weights>
  void show(const Weights& weights) const {
    if (watcher_) watcher_->push_back(weights());
  }

 private:
  friend class AttentionWatch;
  std::vector<Tensor>* watcher_ = nullptr;
};

/// While one is alive, every attention of a model leaves its weights here: for pictures.
/// Errors: a model without a WatchedAttention. Costs the L×L matrices that the kernel avoids.
class AttentionWatch {
 public:
  explicit AttentionWatch(Module& model);
  ~AttentionWatch();
  AttentionWatch(const AttentionWatch&) = delete;
  AttentionWatch& operator=(const AttentionWatch&) = delete;

  struct Seen {
    std::string name;             ///< `decoder.layers.0.cross_attention`; "": the model itself
    std::vector<Tensor> weights;  ///< of each call, `[batch, head, query, key]`
  };
  const std::vector<Seen>& seen() const { return seen_; }

 private:
  std::vector<Seen> seen_;
  std::vector<WatchedAttention*> watched_;
};

}  // namespace lectern
