#include "attention/watch.h"

namespace lectern {

AttentionWatch::AttentionWatch(Module& model) {
  const auto found = parts_of<WatchedAttention>(model);
  check(
      !found.empty(),
      "there is no attention to watch: neither the model nor a part that it names in visit() is a "
      "MultiHeadAttention or a ScoreAttention");
  for (const auto& [name, attention] : found) seen_.push_back({name, {}});
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    watched_.push_back(found[i].part);
    watched_.back()->watcher_ = &seen_[i].weights;
  }
}

AttentionWatch::~AttentionWatch() {
  for (WatchedAttention* attention : watched_) attention->watcher_ = nullptr;
}

}  // namespace lectern
