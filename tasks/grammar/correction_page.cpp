#include "tasks/grammar/correction_page.h"

#include <algorithm>
#include <numeric>

#include "tasks/report/charts.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"

namespace lectern {
namespace {

constexpr std::string_view correction_style = R"css(
del{background:#d0403035;text-decoration:line-through}
ins{background:#2e9b5735;text-decoration:underline}
.sentences{padding-left:52px}
.sentences li{margin:0 0 10px;overflow-wrap:anywhere}
.sentences li::marker{color:var(--muted);font-size:13px}
)css";

constexpr std::size_t most_sentences = 2000;

std::string sentence(const CorrectionPage& page, std::size_t line) {
  const Correction& correction = page.corrections[line];
  const EditMarks marks{"<del>", "</del>", "<ins>", "</ins>"};
  std::string inside = marked_edits(correction.words, correction.edits, marks, escape);
  for (const auto& reference : page.references)
    inside += "<br>" + element("span", {{"class", "note"}}, escape(reference[line]));
  return element("li", {{"value", text(line + 1)}}, inside) + "\n";
}

/// Lines to be shown, in their order.
std::vector<std::size_t> shown_lines(const std::vector<Correction>& corrections) {
  std::vector<std::size_t> lines(corrections.size());
  std::iota(lines.begin(), lines.end(), std::size_t{0});
  if (lines.size() <= most_sentences) return lines;
  std::stable_partition(lines.begin(), lines.end(),
                        [&](std::size_t i) { return !corrections[i].edits.empty(); });
  lines.resize(most_sentences);
  std::ranges::sort(lines);
  return lines;
}

std::string kinds_chart(const ErrorCounts& counts) {
  BarGroup group{.title = "Edits of each kind", .unit = "edits"};
  for (const std::size_t kind : by_frequency(counts))
    group.bars.push_back(
        {std::string(name_of(static_cast<ErrorKind>(kind))), static_cast<double>(counts[kind])});
  if (group.bars.empty()) return {};
  return figure([&](double width) {
    return bar_chart({.title = "What was changed", .groups = {group}, .width = width});
  });
}

}  // namespace

std::vector<std::size_t> by_frequency(const ErrorCounts& counts) {
  std::vector<std::size_t> kinds;
  for (std::size_t kind = 0; kind < counts.size(); ++kind)
    if (counts[kind] > 0) kinds.push_back(kind);
  std::ranges::stable_sort(kinds, std::ranges::greater{},
                           [&](std::size_t kind) { return counts[kind]; });
  return kinds;
}

ErrorCounts kinds_of(const std::vector<Correction>& corrections) {
  ErrorCounts counts = {};
  for (const Correction& correction : corrections)
    for (const Edit& edit : correction.edits)
      ++counts[static_cast<std::size_t>(kind_of(correction.words, edit))];
  return counts;
}

std::string counts_text(const ErrorCounts& counts) {
  std::string line;
  for (const std::size_t kind : by_frequency(counts))
    line +=
        text(line.empty() ? "" : ", ", name_of(static_cast<ErrorKind>(kind)), " ", counts[kind]);
  return line.empty() ? "none" : line;
}

std::string correction_page(const CorrectionPage& page) {
  std::string body = page_header(page.title,
                                 "What was left out is struck through, what was put in "
                                 "is underlined.");
  for (const Fact& fact : page.facts) body += paragraph(fact.name + ": " + fact.value);
  body += kinds_chart(kinds_of(page.corrections));
  body += heading("The sentences");
  if (!page.references.empty())
    body += paragraph("Below each sentence stands what people made of it.");
  const std::vector<std::size_t> lines = shown_lines(page.corrections);
  if (lines.size() < page.corrections.size())
    body += paragraph(text(lines.size(), " of ", page.corrections.size(),
                           " sentences are here, the changed ones first of all."));
  std::string items;
  for (const std::size_t line : lines) items += sentence(page, line);
  body += element("ol", {{"class", "sentences"}}, items);
  return html_page({.title = page.title,
                    .style = std::string(correction_style),
                    .body = body,
                    .footer = page_footer(page.command, page.version)});
}

}  // namespace lectern
