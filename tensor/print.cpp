#include "tensor/print.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "tensor/launch.h"
#include "tensor/ops/convert.h"

namespace lectern {
namespace {

/// Letters on the screen: the bytes that begin one.
std::size_t letters(const std::string& word) {
  return static_cast<std::size_t>(std::count_if(
      word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// The places of an axis that are shown; −1 stands for those left out.
std::vector<std::int64_t> shown_places(std::int64_t extent, std::int64_t edge) {
  std::vector<std::int64_t> places;
  const bool whole = extent <= 2 * edge;
  for (std::int64_t i = 0; i < (whole ? extent : edge); ++i) places.push_back(i);
  if (whole) return places;
  places.push_back(-1);
  for (std::int64_t i = extent - edge; i < extent; ++i) places.push_back(i);
  return places;
}

class Printer {
 public:
  Printer(const Tensor& tensor, const PrintOptions& options)
      : tensor_(tensor.to(cpu)), options_(options) {
    check(options.digits > 0 && options.edge > 0, "text_of needs at least one digit and one edge");
    align(0, 0);
  }

  std::string brackets() { return part(0, 0); }
  std::string table();

 private:
  std::string number(std::int64_t position) const {
    double x = 0;
    launch_any(tensor_, [&](auto, auto zero) {
      using T = decltype(zero);
      x = convert<double>(tensor_.data<T>()[position]);
    });
    char room[40];
    std::snprintf(room, sizeof room, "%.*g", tensor_.dtype() == DType::i32 ? 10 : options_.digits,
                  x);
    return room;
  }

  /// Finds how much room the shown numbers need before the decimal point, and from there on.
  void align(int axis, std::int64_t first) {
    if (axis == tensor_.rank()) {
      const std::string digits = number(first);
      const std::size_t whole = std::min(digits.find_first_of(".e"), digits.size());
      before_point_ = std::max(before_point_, whole);
      after_point_ = std::max(after_point_, digits.size() - whole);
      return;
    }
    for (const std::int64_t i : shown_places(tensor_.dim(axis), options_.edge))
      if (i >= 0) align(axis + 1, first + i * tensor_.shape().inner(axis));
  }

  std::string aligned(std::int64_t position) const {
    const std::string digits = number(position);
    const std::size_t whole = std::min(digits.find_first_of(".e"), digits.size());
    return spaces(before_point_ - whole) + digits + spaces(after_point_ - (digits.size() - whole));
  }

  /// What lies at one place of the first axes, from element `first` on.
  std::string part(int axis, std::int64_t first) const {
    if (axis == tensor_.rank()) return aligned(first);
    const int inside = tensor_.rank() - axis;  // axes
    const std::string between =
        inside == 1 ? " "
                    : std::string(inside - 1, '\n') + spaces(static_cast<std::size_t>(axis) + 1);
    std::string line = "[";
    for (const std::int64_t i : shown_places(tensor_.dim(axis), options_.edge)) {
      if (line.size() > 1) line += between;
      line += i < 0 ? "…" : part(axis + 1, first + i * tensor_.shape().inner(axis));
    }
    return line + "]";
  }

  Tensor tensor_;
  const PrintOptions& options_;
  std::size_t before_point_ = 1, after_point_ = 0;
};

std::string Printer::table() {
  const auto label = [](const std::vector<std::string>& labels, std::int64_t i) {
    return labels.empty() ? std::string() : i < 0 ? std::string("…") : labels[i];
  };
  check(tensor_.rank() == 2,
        [&] { return text("only a matrix has labels, not ", tensor_.shape()); });
  const auto expect_labels = [&](const std::vector<std::string>& labels, int axis) {
    check(labels.empty() || std::ssize(labels) == tensor_.dim(axis),
          [&] { return text(labels.size(), " labels for axis ", axis, " of ", tensor_.shape()); });
  };
  expect_labels(options_.rows, 0);
  expect_labels(options_.columns, 1);
  const std::vector<std::int64_t> rows = shown_places(tensor_.dim(0), options_.edge);
  const std::vector<std::int64_t> columns = shown_places(tensor_.dim(1), options_.edge);
  std::size_t margin = 0, width = before_point_ + after_point_;
  for (const std::int64_t i : rows) margin = std::max(margin, letters(label(options_.rows, i)));
  for (const std::int64_t j : columns) width = std::max(width, letters(label(options_.columns, j)));

  const auto padded = [](const std::string& word, std::size_t room) {
    return spaces(room - letters(word)) + word;
  };
  std::string page;
  if (!options_.columns.empty()) {
    page += spaces(margin);
    for (const std::int64_t j : columns) page += "  " + padded(label(options_.columns, j), width);
    page += "\n";
  }
  for (const std::int64_t i : rows) {
    if (i != rows.front()) page += "\n";
    page += padded(label(options_.rows, i), margin);
    for (const std::int64_t j : columns)
      page += "  " + padded(i < 0 || j < 0 ? "…" : aligned(i * tensor_.dim(1) + j), width);
  }
  return page;
}

}  // namespace

std::string text_of(const Tensor& tensor, const PrintOptions& options) {
  if (!tensor.defined()) return "a tensor without numbers";
  Printer printer(tensor, options);
  const bool labelled = !options.rows.empty() || !options.columns.empty();
  return text(labelled ? printer.table() : printer.brackets(), "\n", tensor.shape(), " ",
              tensor.dtype());
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << text_of(tensor); }

}  // namespace lectern
