#include "tasks/report/blocks.h"

#include <cmath>

#include "tasks/report/markup.h"
#include "tasks/report/matrix.h"

namespace lectern {
namespace {

constexpr int steps = 4;
constexpr std::string_view positive[] = {"·", "░", "▒", "▓", "█"};
constexpr std::string_view negative[] = {"·", "∘", "○", "◉", "●"};

/// The letter of `amount`, a part between −1 and 1.
std::string_view letter(double amount) {
  if (std::isnan(amount)) return "?";
  const double nearest = std::round(steps * std::min(std::abs(amount), 1.0));
  return (amount < 0 ? negative : positive)[static_cast<int>(nearest)];
}

/// A cell is two letters wide, about as wide as it is tall.
std::string cell(double amount) {
  const std::string_view shown = letter(amount);
  return std::string(shown) + (shown == "·" ? " " : std::string(shown));
}

size_t longest(const std::vector<std::string>& labels) {
  size_t most = 0;
  for (const std::string& label : labels) most = std::max(most, characters(label));
  return most;
}

/// Character number `index` of a label that ends in the last of `height` lines.
std::string character(const std::string& label, size_t height, size_t index) {
  const size_t above = height - characters(label);
  if (index < above) return " ";
  return std::string(character_at(label, index - above));
}

std::string without_spaces_at_end(std::string line) {
  return line.erase(line.find_last_not_of(' ') + 1) + "\n";
}

/// The columns' labels, written downwards.
std::string heading(const std::vector<std::string>& columns, size_t indent) {
  const size_t height = longest(columns);
  std::string out;
  for (size_t i = 0; i < height; ++i) {
    std::string line(indent, ' ');
    for (const std::string& label : columns) line += character(label, height, i) + " ";
    out += without_spaces_at_end(line);
  }
  return out;
}

std::string legend(const LabelledMatrix& matrix, size_t indent) {
  const std::string beyond = matrix.exceeded ? " and beyond" : "";
  const std::string most = readable(matrix.maximum, 3);
  std::string out = std::string(indent, ' ') + "· 0   █ " + most + beyond;
  if (matrix.negative) out += "   ● −" + most + beyond;
  return out + "\n";
}

}  // namespace

std::string blocks(const Tensor& matrix, const BlocksOptions& options, Where where) {
  const LabelledMatrix drawn =
      labelled_matrix("blocks", matrix, options.rows, options.columns, options.maximum, where);
  const std::vector<std::string> rows = readable_tokens(options.rows);
  const size_t width = longest(rows), indent = width + (width > 0 ? 1 : 0);
  std::string out = heading(readable_tokens(options.columns), indent);
  for (size_t row = 0; row < drawn.rows; ++row) {
    std::string line(indent, ' ');
    if (width > 0) line = std::string(width - characters(rows[row]), ' ') + rows[row] + " ";
    for (size_t column = 0; column < drawn.columns; ++column)
      line += cell(drawn.at(row, column) / drawn.maximum);
    out += without_spaces_at_end(line);
  }
  return out + legend(drawn, indent);
}

}  // namespace lectern
