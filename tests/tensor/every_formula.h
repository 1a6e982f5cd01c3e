#pragma once

#include <utility>
#include <vector>

#include "tensor/ops/formulas.h"

namespace lectern {

/// Every function of one number that there is; a new one is tested without a word here.
inline std::vector<Formula> every_formula() {
  std::vector<Formula> all = []<std::size_t... i>(std::index_sequence<i...>) {
    return std::vector<Formula>{std::variant_alternative_t<i, Formula>{}...};
  }
  (std::make_index_sequence<std::variant_size_v<Formula>>{});
  all.push_back(formulas::Power{2.5});
  all.push_back(formulas::Power{-1});
  return all;
}

/// Whether the formula is a number for negative x too.
inline bool takes_negative(const Formula& formula) {
  return !std::holds_alternative<formulas::Log>(formula) &&
         !std::holds_alternative<formulas::Sqrt>(formula) &&
         !std::holds_alternative<formulas::Power>(formula);
}

}  // namespace lectern
