#include <algorithm>
#include <cmath>
#include <numeric>

#include "tasks/report/buckets_page.h"
#include "tasks/report/charts.h"
#include "tasks/report/colours.h"
#include "tasks/report/drawing.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr double width = 984, height = 350;
constexpr double strip_left = 112, strip_width = width - strip_left, strip_height = 15;
constexpr double text_strip = 30, sorted_strip = 92;  // top edges
constexpr double maps_top = 166, map_side = 172, map_pitch = 188;
constexpr double small_font = 10.5;
constexpr double bars_left = 4 * map_pitch + 24, bars_width = width - bars_left;

// Longer sequences are drawn in less detail, so that the picture's size is bounded.
constexpr size_t most_cells = 512, most_links = 256, most_map_rows = 128;

using Places = std::vector<std::int32_t>;

void check_head(const BucketsPage& page, const BucketsHead& head) {
  const size_t length = page.tokens.size();
  check(head.buckets.size() == length && head.sorted.size() == length &&
            head.meetings.size() == length * length && head.weights.size() == length * length,
        [&] {
          return text("layer ", head.layer, ", head ", head.head, ": ", head.buckets.size(),
                      " buckets, ", head.sorted.size(), " sorted tokens, ", head.meetings.size(),
                      " meetings and ", head.weights.size(), " weights for ", length,
                      " tokens; give one, one, and two times tokens × tokens");
        });
}

/// Buckets follow each other round the colour circle; neighbours differ in lightness as well.
std::string bucket_colour(std::int32_t bucket, std::int64_t bucket_count) {
  const double buckets = static_cast<double>(std::max<std::int64_t>(1, bucket_count));
  const double turn = 0.07 + 0.9 * bucket / buckets;
  return hue_colour(turn, bucket % 2 == 0 ? 0.72 : 0.58);
}

/// A sequence drawn as cells, each coloured by the bucket of its token.
/// \param order  the token at each place
std::string strip(const BucketsPage& page, const BucketsHead& head, const Places& order,
                  double top) {
  const size_t cells = std::min(order.size(), most_cells);
  const double cell = strip_width / cells;
  std::string out;
  for (size_t i = 0; i < cells; ++i) {
    const std::int32_t token = order[i * order.size() / cells], bucket = head.buckets[token];
    const std::string name =
        text(token + 1, " · ", without_space_mark(page.tokens[token]), " · bucket ", bucket + 1);
    out += element("rect",
                   {{"x", strip_left + i * cell},
                    {"y", top},
                    {"width", cell + 0.2},
                    {"height", strip_height},
                    {"fill", bucket_colour(bucket, page.bucket_count)}},
                   element("title", {}, escape(name)));
    const std::string_view letters = without_space_mark(page.tokens[token]);
    if (text_width(letters, small_font) < cell)
      out += words(strip_left + (i + 0.5) * cell, top + 11, "small on-bucket", Anchor::middle,
                   escape(letters));
  }
  return out;
}

/// From every token's place in the text to its place in the sorted sequence.
std::string links(const BucketsPage& page, const BucketsHead& head) {
  const size_t length = head.sorted.size(), count = std::min(length, most_links);
  const double cell = strip_width / length;
  const double from = text_strip + strip_height, to = sorted_strip, middle = (from + to) / 2;
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = i * length / count;
    const std::int32_t token = head.sorted[place];
    const std::string x1 = coordinate(strip_left + (token + 0.5) * cell);
    const std::string x2 = coordinate(strip_left + (place + 0.5) * cell);
    const std::string y = coordinate(middle);
    const std::string path = joined({"M", x1, " ", coordinate(from), "C", x1, " ", y, " ", x2, " ",
                                     y, " ", x2, " ", coordinate(to)});
    out += element(
        "path", {{"d", path}, {"stroke", bucket_colour(head.buckets[token], page.bucket_count)}});
  }
  return element("g", {{"fill", "none"}, {"stroke-width", "1.2"}, {"opacity", "0.55"}}, out);
}

/// Where the sorted sequence is cut, marked below it.
std::string cuts(const BucketsPage& page) {
  if (!page.chunks) return "";
  const auto length = static_cast<std::int64_t>(page.tokens.size());
  const double cell = strip_width / static_cast<double>(length), bottom = sorted_strip + 24;
  const double chunk_width = cell * static_cast<double>(page.room);
  std::string out;
  for (std::int64_t first = 0; first < length && chunk_width >= 4; first += page.room) {
    const double left = strip_left + static_cast<double>(first) * cell;
    const double right = std::min(left + chunk_width, width);
    const std::string path =
        joined({"M", coordinate(left + 1), " ", coordinate(bottom - 5), "V", coordinate(bottom),
                "H", coordinate(right - 1), "V", coordinate(bottom - 5)});
    out += element("path", {{"d", path}, {"fill", "none"}, {"style", "stroke:var(--muted)"}});
    if (right - left > 54)
      out += words((left + right) / 2, bottom + 12, "quiet small", Anchor::middle,
                   text("chunk ", first / page.room + 1));
  }
  return out;
}

std::string strips(const BucketsPage& page, const BucketsHead& head) {
  Places text_order(head.sorted.size());
  std::iota(text_order.begin(), text_order.end(), 0);
  const auto label = [](double top, std::string_view name) {
    return words(0, top + 11, "quiet", Anchor::start, name);
  };
  return label(text_strip, "as it is read") + strip(page, head, text_order, text_strip) +
         links(page, head) + label(sorted_strip, "sorted by bucket") +
         strip(page, head, head.sorted, sorted_strip) + cuts(page);
}

enum class Pool { mean, largest };

/// A matrix `[token, token]` in another order of its tokens, in at most `most_map_rows` rows.
std::vector<float> shrunk(const std::vector<float>& matrix, const Places& order, Pool pool) {
  const size_t length = order.size(), side = std::min(length, most_map_rows);
  std::vector<float> values(side * side);
  for (size_t row = 0; row < side; ++row)
    for (size_t column = 0; column < side; ++column) {
      float sum = 0, largest = 0;
      int count = 0;
      for (size_t i = row * length / side; i < (row + 1) * length / side; ++i)
        for (size_t j = column * length / side; j < (column + 1) * length / side; ++j) {
          const float value = matrix[order[i] * length + order[j]];
          sum += value;
          largest = std::max(largest, value);
          ++count;
        }
      values[row * side + column] = pool == Pool::mean ? sum / static_cast<float>(count) : largest;
    }
  return values;
}

/// Each row as parts of its largest weight: few keys or many, the heaviest is dark.
std::vector<float> relative(std::vector<float> weights, size_t length) {
  const auto columns = static_cast<std::ptrdiff_t>(length);
  for (auto row = weights.begin(); row != weights.end(); row += columns) {
    const auto end = row + columns;
    const float largest = *std::max_element(row, end);
    if (largest > 0) std::for_each(row, end, [&](float& weight) { weight /= largest; });
  }
  return weights;
}

std::string map(int place, std::string_view title, const std::vector<float>& values) {
  const double left = place * map_pitch;
  const auto side = static_cast<size_t>(std::lround(std::sqrt(values.size())));
  const std::string picture =
      element("svg", {{"x", left}, {"y", maps_top}, {"width", map_side}, {"height", map_side}},
              heat_thumbnail(values, side, side));
  const std::string frame = element("rect", {{"x", left - 0.5},
                                             {"y", maps_top - 0.5},
                                             {"width", map_side + 1},
                                             {"height", map_side + 1},
                                             {"fill", "none"},
                                             {"class", "axis"}});
  return words(left, maps_top - 7, "quiet", Anchor::start, title) + picture + frame;
}

std::string maps(const BucketsHead& head) {
  Places text_order(head.sorted.size());
  std::iota(text_order.begin(), text_order.end(), 0);
  const std::vector<float> weights = relative(head.weights, head.sorted.size());
  return map(0, "exact attention", shrunk(weights, text_order, Pool::largest)) +
         map(1, "who meets whom", shrunk(head.meetings, text_order, Pool::mean)) +
         map(2, "exact, sorted", shrunk(weights, head.sorted, Pool::largest)) +
         map(3, "who meets whom, sorted", shrunk(head.meetings, head.sorted, Pool::mean));
}

/// How many buckets have how many members, some sizes to a bar; those beyond the room stand out.
std::string occupancy(const BucketsPage& page, const BucketsHead& head) {
  const size_t sizes = std::max<size_t>(head.occupancy.size(), static_cast<size_t>(page.room) + 2);
  const size_t step = (sizes + 41) / 42, count = (sizes + step - 1) / step;
  std::vector<double> bars(count);
  for (size_t n = 0; n < head.occupancy.size(); ++n)
    bars[n / step] += static_cast<double>(head.occupancy[n]);
  const double most = std::max(1.0, *std::max_element(bars.begin(), bars.end()));
  const double pitch = bars_width / static_cast<double>(sizes), bottom = maps_top + map_side - 16;
  const double top = maps_top + 12;
  std::string out = words(bars_left, maps_top - 7, "quiet", Anchor::start, "members of a bucket");
  for (size_t i = 0; i < count; ++i) {
    if (bars[i] == 0) continue;
    const size_t first = i * step, last = first + step - 1;
    const double tall = bars[i] / most * (bottom - top);
    const std::string members = step == 1 ? text(first) : text(first, " to ", last);
    const std::string name = text(readable(bars[i]), " buckets of ", members, " tokens");
    const bool over = first > static_cast<size_t>(page.room);
    out += box(bars_left + static_cast<double>(first) * pitch, bottom - tall,
               std::max(pitch * static_cast<double>(step) - 0.6, 0.6), tall,
               over ? "s2 fill" : "s1 fill", element("title", {}, escape(name)));
  }
  const double room = bars_left + (static_cast<double>(page.room) + 1) * pitch;
  out += line(bars_left, bottom, width, bottom, "axis");
  out += line(room, top - 6, room, bottom, "axis dashed");
  out += words(bars_left, bottom + 14, "quiet small", Anchor::start, "0");
  return out + words(std::min(room, width - 34), bottom + 14, "quiet small", Anchor::middle,
                     text(page.chunks ? "a chunk, " : "the window, ", page.room));
}

std::string percent(double part) { return readable(100 * part, 3) + " %"; }

std::string name_of(const BucketsHead& head) {
  return text("Layer ", head.layer + 1, ", head ", head.head + 1);
}

std::string numbers_of(const BucketsPage& page, const BucketsHead& head) {
  return text("meets ", percent(head.recall), " of the top ", page.top, " keys (by chance ",
              percent(head.chance), "), keeps ", percent(head.mass), " of the weight · ",
              readable(head.keys_a_query, 3), " keys a query · ", percent(head.overflow),
              " of the tokens overflow");
}

std::string heading(const BucketsPage& page, const BucketsHead& head) {
  return words(0, 15, "title", Anchor::start, name_of(head)) +
         words(width, 15, "quiet", Anchor::end, escape(numbers_of(page, head)));
}

}  // namespace

std::string buckets_picture(const BucketsPage& page, const BucketsHead& head) {
  check_head(page, head);
  return drawing(width, height, name_of(head) + ": " + numbers_of(page, head),
                 heading(page, head) + strips(page, head) + maps(head) + occupancy(page, head));
}

std::string buckets_file(const BucketsPage& page) {
  std::string pictures;
  for (size_t i = 0; i < page.heads.size(); ++i) {
    const std::string place = joined({"translate(0 ", coordinate(i * (height + 20)), ")"});
    pictures += element("g", {{"transform", place}}, buckets_picture(page, page.heads[i]));
  }
  const std::string description = joined({"Who met whom in LSH attention. ", page.example});
  return svg_file(drawing(width, page.heads.size() * (height + 20), description, pictures));
}

}  // namespace lectern
