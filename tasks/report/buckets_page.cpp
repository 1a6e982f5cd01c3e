#include "tasks/report/buckets_page.h"

#include <algorithm>
#include <cmath>

#include "tasks/report/colours.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"
#include "tensor/check.h"

namespace lectern {
namespace {

/// How many members the buckets of a head have.
struct Members {
  std::int64_t fewest = 0, median = 0, most = 0;
};

Members members_of(const BucketsHead& head) {
  std::vector<std::int64_t> sizes;
  for (size_t n = 0; n < head.occupancy.size(); ++n)
    sizes.insert(sizes.end(), static_cast<size_t>(head.occupancy[n]), static_cast<std::int64_t>(n));
  if (sizes.empty()) return {};
  return {sizes.front(), sizes[sizes.size() / 2], sizes.back()};
}

/// One number of a head, as both tables print it.
struct Cell {
  std::string text;
  double shade = 0;  ///< of the cell's colour, from 0 to 1
};

/// A number that is not below zero, always with as many decimals: a column's digits are alike.
std::string with_decimals(double value, int decimals) {
  const auto power = static_cast<long>(std::lround(std::pow(10, decimals)));
  const long units = std::lround(value * static_cast<double>(power));
  const std::string rest = std::to_string(power + units % power).substr(1);
  return text(units / power, ".", rest);
}

std::string percent(double part) { return with_decimals(100 * part, 1); }

std::vector<Cell> cells_of(const BucketsPage& page, const BucketsHead& head) {
  const Members members = members_of(head);
  return {{text(head.layer + 1)},
          {text(head.head + 1)},
          {percent(head.recall), head.recall},
          {percent(head.chance), head.chance},
          {percent(head.mass), head.mass},
          {with_decimals(head.keys_a_query, 1),
           head.keys_a_query / static_cast<double>(std::max<size_t>(1, page.tokens.size()))},
          {text(members.fewest, "–", members.median, "–", members.most)},
          {with_decimals(head.entropy, 2)},
          {percent(head.overflow), head.overflow}};
}

std::vector<std::string> columns_of(const BucketsPage& page) {
  return {"layer",    "head",    text("recall@", page.top, " %"),
          "chance %", "mass %",  "keys a query",
          "members",  "entropy", "overflow %"};
}

std::string settings(const BucketsPage& page) {
  return text(page.tokens.size(), " tokens, ", page.rounds, page.rounds == 1 ? " round" : " rounds",
              " of ", page.bucket_count, " buckets, ",
              page.chunks ? "chunks of " : "the last of a bucket, ", page.room);
}

std::string padded(const std::string& cell, size_t size) {
  return std::string(size - std::min(size, characters(cell)), ' ') + cell;
}

std::string html_table(const BucketsPage& page) {
  std::string head_row, rows;
  for (const std::string& column : columns_of(page)) head_row += element("th", {}, escape(column));
  for (const BucketsHead& head : page.heads) {
    std::string row;
    for (const Cell& cell : cells_of(page, head)) {
      const std::string level = joined({"h", std::to_string(heat_level(cell.shade))});
      row += element("td", {{"class", cell.shade > 0 ? level : ""}}, escape(cell.text));
    }
    rows += element("tr", {}, row) + "\n";
  }
  return element("div", {{"class", "broad"}},
                 element("table", {{"class", "numbers"}}, element("tr", {}, head_row) + rows));
}

constexpr std::string_view style = R"css(
.numbers{border-collapse:separate;border-spacing:2px;font-size:14px;margin:18px 0 6px;
 font-variant-numeric:tabular-nums}
.numbers th{font-weight:600;font-size:12.5px;color:var(--muted);text-align:right;padding:2px 10px}
.numbers td{text-align:right;padding:3px 10px;border-radius:3px;
 background:var(--level,transparent);color:var(--on,inherit)}
.heads figure{margin:26px 0 0;padding-top:22px;border-top:1px solid var(--rule)}
.heads .broad>svg{min-width:900px}
)css";

constexpr std::string_view about_numbers =
    "Recall: of the keys with the largest weights in exact attention, the part that a query meets. "
    "Chance: what the recall would be if a query met as many keys at random; what lies above it is "
    "what hashing finds. Mass: the part of all its weight that lies on keys it meets. Members: how "
    "many tokens the "
    "smallest, the middle and the largest bucket have. Entropy: of the buckets, in bits. Overflow: "
    "tokens whose bucket has more members than there is room for, so that some of them do not "
    "meet.";

constexpr std::string_view about_pictures =
    "Above: the tokens as they are read and sorted by bucket in the first round, a colour for each "
    "bucket. Below: rows look at columns. In exact attention a row's largest weight has the "
    "strongest colour; beside it, a pair's colour says how many of the rounds let it meet. What is "
    "strong on the left and empty beside it is missed. Sorted by the first round, those it lets "
    "meet lie near the diagonal; the rest meet in other rounds. Right: how many buckets, of all "
    "rounds, have how many members.";

}  // namespace

std::string buckets_table(const BucketsPage& page) {
  const std::vector<std::string> columns = columns_of(page);
  std::string out = page.example + "\n" + settings(page) + "\n";
  if (!page.note.empty()) out += page.note + "\n";
  const auto size = [&](size_t i) {
    return std::max<size_t>(characters(columns[i]), i < 2 ? 0 : 9);
  };
  for (size_t i = 0; i < columns.size(); ++i) out += (i ? "  " : "") + padded(columns[i], size(i));
  out += "\n";
  for (const BucketsHead& head : page.heads) {
    const std::vector<Cell> cells = cells_of(page, head);
    for (size_t i = 0; i < cells.size(); ++i)
      out += (i ? "  " : "") + padded(cells[i].text, size(i));
    out += "\n";
  }
  return out;
}

std::string buckets_page(const BucketsPage& page) {
  const auto note = [](std::string_view words) {
    return element("p", {{"class", "note"}}, escape(words));
  };
  std::string figures;
  for (const BucketsHead& head : page.heads)
    figures +=
        element("figure", {}, element("div", {{"class", "broad"}}, buckets_picture(page, head))) +
        "\n";
  const std::string header = page_header("Who met whom", page.example + ": " + settings(page)) +
                             (page.note.empty() ? "" : paragraph(page.note));
  return html_page(
      {.title = "Buckets: " + page.example,
       .style = std::string(style),
       .body = header + "\n" +
               element("section", {},
                       element("h2", {}, "What hashing keeps") + html_table(page) +
                           note(about_numbers)) +
               "\n" +
               element("section", {{"class", "heads"}},
                       element("h2", {}, "Every head") + note(about_pictures) + figures),
       .footer = page_footer(page.command, page.version)});
}

}  // namespace lectern
