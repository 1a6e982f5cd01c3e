#pragma once

#include <cstdint>
#include <vector>

#include "nn/module.h"

namespace lectern {

/// The numbers of all parameters in one long row: what ranks send each other at once.
class ParameterRow {
 public:
  /// Each parameter begins at a multiple of so many numbers, as in memory of its own: loops over a
  /// part of it have the bits of loops over the whole.
  static constexpr std::int64_t unit = 32;

  explicit ParameterRow(const std::vector<NamedParameter>& parameters) : starts_{0} {
    for (const NamedParameter& parameter : parameters) {
      sizes_.push_back(parameter.variable.value().size());
      starts_.push_back(starts_.back() + (sizes_.back() + unit - 1) / unit * unit);
    }
  }

  std::int64_t size() const { return starts_.back(); }
  std::int64_t begin(std::size_t parameter) const { return starts_[parameter]; }
  std::int64_t end(std::size_t parameter) const { return begin(parameter) + sizes_[parameter]; }
  /// Where a parameter's numbers lie in `row`, `[number]`: a view.
  Tensor place(const Tensor& row, std::size_t parameter) const {
    return row.slice(begin(parameter), end(parameter));
  }

 private:
  std::vector<std::int64_t> sizes_, starts_;
};

}  // namespace lectern
