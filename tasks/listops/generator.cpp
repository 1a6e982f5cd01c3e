#include "tasks/listops/generator.h"

#include "tasks/listops/expression.h"

namespace lectern {
namespace {

/// Grows one tree, and stops as soon as it is too long: without that, few trees with a deep limit
/// would ever end.
class Grower {
 public:
  Grower(const TaskConfig& task, Draws& draws) : task_(task), draws_(draws) {}

  /// The tokens; none where the length is not wanted.
  std::vector<std::int32_t> tree() {
    grow(1);
    const auto length = static_cast<std::int64_t>(tokens_.size());
    if (length < task_.min_length || length > task_.length) return {};
    return std::move(tokens_);
  }

 private:
  bool too_long() const { return static_cast<std::int64_t>(tokens_.size()) > task_.length; }

  void grow(std::int64_t level) {
    const bool is_operator = level < task_.max_depth && draws_.below(4) == 0;
    if (!is_operator) {
      tokens_.push_back(static_cast<std::int32_t>(draws_.below(ListOps::values)));
      return;
    }
    tokens_.push_back(ListOps::minimum +
                      static_cast<std::int32_t>(draws_.below(ListOps::operators)));
    const std::int64_t arguments = 2 + draws_.below(task_.max_arguments - 1);
    for (std::int64_t i = 0; i < arguments && !too_long(); ++i) grow(level + 1);
    tokens_.push_back(ListOps::close);
  }

  const TaskConfig& task_;
  Draws& draws_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace

std::vector<std::int32_t> draw_expression(const TaskConfig& task, const ExampleKey& key) {
  return draw_example(key, [&](Draws& draws) { return Grower(task, draws).tree(); });
}

}  // namespace lectern
