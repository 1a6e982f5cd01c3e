#include "tasks/listops/generator.h"

#include "tasks/listops/expression.h"

namespace lectern {
namespace {

/// Grows one tree, and stops as soon as it is too long: without that, few trees with a deep limit
/// would ever end.
class Grower {
 public:
  Grower(const ListOpsSettings& settings, Draws& draws) : settings_(settings), draws_(draws) {}

  /// The tokens; none where the length is not wanted.
  std::vector<std::int32_t> tree() {
    grow(1);
    const auto length = static_cast<std::int64_t>(tokens_.size());
    if (length < settings_.min_length || length > settings_.length) return {};
    return std::move(tokens_);
  }

 private:
  bool too_long() const { return static_cast<std::int64_t>(tokens_.size()) > settings_.length; }

  void grow(std::int64_t level) {
    const bool is_operator = level < settings_.max_depth && draws_.below(4) == 0;
    if (!is_operator) {
      tokens_.push_back(static_cast<std::int32_t>(draws_.below(ListOps::values)));
      return;
    }
    tokens_.push_back(ListOps::minimum +
                      static_cast<std::int32_t>(draws_.below(ListOps::operators)));
    const std::int64_t arguments = 2 + draws_.below(settings_.max_arguments - 1);
    for (std::int64_t i = 0; i < arguments && !too_long(); ++i) grow(level + 1);
    tokens_.push_back(ListOps::close);
  }

  const ListOpsSettings& settings_;
  Draws& draws_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace

std::vector<std::int32_t> draw_expression(const ListOpsSettings& settings, const ExampleKey& key) {
  return draw_example(key, [&](Draws& draws) { return Grower(settings, draws).tree(); });
}

}  // namespace lectern
