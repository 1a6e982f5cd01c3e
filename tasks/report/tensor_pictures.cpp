#include "tasks/report/tensor_pictures.h"

#include <algorithm>

#include "tasks/report/drawing.h"

namespace lectern {
namespace {

constexpr double memory_cell = 36, matrix_cell = 50, row_height = 26, bar_height = 20, font = 12,
                 margin = 4;
constexpr std::int64_t most_numbers = 16;

std::string quoted(const NamedTensor& x) { return text(x.name, " ", x.tensor.shape()); }

/// A number in its cell of memory.
std::string number_cell(double x, double y, double number) {
  return box(x, y, memory_cell, row_height, "cell h2") + words(x + memory_cell / 2,
                                                               y + row_height / 2 + 4, "",
                                                               Anchor::middle, readable(number, 3));
}

/// Where a tensor's numbers begin and end.
struct Range {
  std::int64_t begin = 0, end = 0;
};

std::int64_t address_of(const Tensor& x) {
  switch (x.dtype()) {
    case DType::f32: return reinterpret_cast<std::intptr_t>(x.data<float>());
    case DType::f64: return reinterpret_cast<std::intptr_t>(x.data<double>());
    case DType::i32: return reinterpret_cast<std::intptr_t>(x.data<std::int32_t>());
    case DType::bf16: return reinterpret_cast<std::intptr_t>(x.data<bfloat16>());
  }
  return 0;
}

Range range_of(const Tensor& x) {
  const std::int64_t begin = address_of(x);
  return {begin, begin + x.size() * size_of(x.dtype())};
}

/// A row of numbers in memory, and which tensors read some of it.
struct Storage {
  Range range;
  std::vector<std::size_t> readers{};
};

/// The rows, in the order of their first readers.
std::vector<Storage> storages_of(const std::vector<NamedTensor>& tensors) {
  std::vector<Storage> storages;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Storage mine{range_of(tensors[i].tensor), {i}};
    const auto shared = [&](const Storage& other) {
      return other.range.begin < mine.range.end && mine.range.begin < other.range.end;
    };
    for (auto other = std::ranges::find_if(storages, shared); other != storages.end();
         other = std::ranges::find_if(storages, shared)) {
      mine.range = {std::min(mine.range.begin, other->range.begin),
                    std::max(mine.range.end, other->range.end)};
      mine.readers.insert(mine.readers.begin(), other->readers.begin(), other->readers.end());
      storages.erase(other);
    }
    storages.push_back(mine);
  }
  std::ranges::sort(storages, {}, [](const Storage& s) { return s.readers.front(); });
  return storages;
}

class MemoryPicture {
 public:
  MemoryPicture(const std::vector<NamedTensor>& tensors, const std::string& title)
      : tensors_(tensors), y_(title.empty() ? 0 : 28) {
    if (!title.empty()) content_ = words(0, 15, "title", Anchor::start, escape(title));
    description_ = title.empty() ? "" : title + ". ";
    for (const NamedTensor& each : tensors)
      left_ = std::max(left_, text_width(quoted(each), font) + 14);
  }

  std::string draw(Where where) {
    for (const Storage& storage : storages_of(tensors_)) draw(storage, where);
    return drawing(left_ + memory_cell * static_cast<double>(widest_) + margin, y_, description_,
                   content_);
  }

 private:
  void draw(const Storage& storage, Where where) {
    const std::int64_t each = size_of(tensors_[storage.readers[0]].tensor.dtype());
    const std::int64_t count = (storage.range.end - storage.range.begin) / each;
    check(
        count <= most_numbers,
        [&] {
          return text("memory_picture: a row of ", count, " numbers; at most ", most_numbers,
                      " can be read in a picture");
        },
        where);
    widest_ = std::max(widest_, count);
    content_ += words(left_ - 12, y_ + row_height / 2 + 4, "quiet", Anchor::end, "memory");
    description_ += text("A row of ", count, " numbers, read by ");
    const double top = y_;
    y_ += row_height + 6;
    for (const std::size_t reader : storage.readers) {
      if (reader != storage.readers.front()) description_ += ", ";
      draw_bar(reader, (range_of(tensors_[reader].tensor).begin - storage.range.begin) / each, top);
    }
    description_ += ". ";
    y_ += 20;
  }

  /// The tensor's bar, and above it the numbers that it reads.
  void draw_bar(std::size_t reader, std::int64_t first, double top) {
    const NamedTensor& named = tensors_[reader];
    const Tensor flat = named.tensor.reshape({-1});
    const double left = left_ + memory_cell * static_cast<double>(first);
    for (std::int64_t i = 0; i < flat.size(); ++i)
      content_ += number_cell(left + memory_cell * static_cast<double>(i), top, flat.at({i}));
    content_ += words(left_ - 12, y_ + bar_height / 2 + 4, "", Anchor::end, escape(quoted(named)));
    content_ += box(left + 2, y_ + 4, memory_cell * static_cast<double>(flat.size()) - 4,
                    bar_height - 10, text("fill s", reader % 6 + 1));
    description_ += text(quoted(named), " from number ", first, " to ", first + flat.size() - 1);
    y_ += bar_height;
  }

  const std::vector<NamedTensor>& tensors_;
  std::string content_, description_;
  double left_ = 60, y_;
  std::int64_t widest_ = 0;
};

/// Draws `x` repeated to `shape`, a matrix, with its name above; its left upper corner is (left, 24).
std::string repeated(const NamedTensor& x, const Shape& shape, double left) {
  const auto extent = [&](int axis) {  // of the last axes; a missing one is 1
    const int mine = axis - shape.rank() + x.tensor.rank();
    return mine < 0 ? 1 : x.tensor.dim(mine);
  };
  const Tensor flat = x.tensor.reshape({-1});
  const std::int64_t own_rows = shape.rank() < 2 ? 1 : extent(shape.rank() - 2);
  const std::int64_t own_columns = shape.rank() < 1 ? 1 : extent(shape.rank() - 1);
  const std::int64_t rows = shape.rank() < 2 ? 1 : shape[-2];
  const std::int64_t columns = shape.rank() < 1 ? 1 : shape[-1];
  std::string out = words(left, 14, "subtitle", Anchor::start, escape(quoted(x)));
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column) {
      const bool own = row < own_rows && column < own_columns;
      const std::int64_t place = row % own_rows * own_columns + column % own_columns;
      const double at = left + matrix_cell * static_cast<double>(column) + 2;
      const double y = 24 + row_height * static_cast<double>(row) + 2;
      out += box(at, y, matrix_cell - 4, row_height - 4, own ? "cell h3" : "repeated");
      out += words(at + matrix_cell / 2 - 2, y + row_height / 2 + 2, own ? "" : "quiet",
                   Anchor::middle, readable(flat.at({place}), 3));
    }
  return out;
}

}  // namespace

std::string memory_picture(const std::vector<NamedTensor>& tensors, const std::string& title,
                           Where where) {
  check(!tensors.empty(), "memory_picture: there is no tensor to draw", where);
  return MemoryPicture(tensors, title).draw(where);
}

std::string broadcast_picture(const NamedTensor& a, const std::string& sign, const NamedTensor& b,
                              const NamedTensor& result, Where where) {
  const Shape shape = broadcast(a.tensor.shape(), b.tensor.shape(), where);
  check(
      shape.rank() <= 2 && result.tensor.shape() == shape,
      [&] {
        return text(
            "broadcast_picture: expected a result of two axes at most with the shape of both, ",
            shape, "; got ", result.tensor.shape());
      },
      where);
  const double columns = static_cast<double>(shape.rank() < 1 ? 1 : shape[-1]);
  const double rows = static_cast<double>(shape.rank() < 2 ? 1 : shape[-2]);
  double step = matrix_cell * columns;
  for (const NamedTensor* each : {&a, &b, &result})
    step = std::max(step, text_width(quoted(*each), 13));
  step += 34;
  const double middle = 24 + rows * row_height / 2 + 5;
  std::string content = repeated(a, shape, 0) + repeated(b, shape, step) +
                        repeated(result, shape, 2 * step) +
                        words(step - 17, middle, "title", Anchor::middle, escape(sign)) +
                        words(2 * step - 17, middle, "title", Anchor::middle, "=");
  const std::string description =
      text(quoted(a), " ", sign, " ", quoted(b), " = ", quoted(result), ", each drawn as ", shape,
           "; repeated numbers have a dashed border.");
  return drawing(3 * step - 34, 24 + rows * row_height + margin, description, content);
}

}  // namespace lectern
