#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lectern {

/// The tokens of ListOps (Nangia and Bowman 2018): digits are themselves, an operator is its
/// opening bracket. `[MAX 4 [MIN 2 3 ] 1 ]` has eight tokens and the value 4.
struct ListOps {
  static constexpr std::int32_t minimum = 10;  ///< `[MIN`
  static constexpr std::int32_t maximum = 11;  ///< `[MAX`
  static constexpr std::int32_t median = 12;   ///< `[MED`, cut to a whole number
  static constexpr std::int32_t sum = 13;      ///< `[SM`, modulo 10
  static constexpr std::int32_t close = 14;    ///< `]`
  static constexpr std::int32_t whole = 15;    ///< stands for the whole expression, before it
  static constexpr std::int32_t padding = 16;  ///< after an expression
  static constexpr std::int32_t vocab = 17;
  static constexpr std::int32_t operators = 4;
  static constexpr std::int32_t values = 10;  ///< an expression's value is a digit
};

/// The tokens of a written expression. Parentheses, which only repeat the tree, are passed over.
/// \throws Failure (data) for any other word
std::vector<std::int32_t> parse_expression(const std::string& written);

/// The expression as it is written, tokens between spaces.
std::string expression_text(std::span<const std::int32_t> tokens);

/// The value of an expression, 0 … 9. One pass; memory for the arguments of the open operators.
/// \throws Failure (data) that names the token where it ceases to be an expression
std::int32_t evaluate_expression(std::span<const std::int32_t> tokens);

}  // namespace lectern
