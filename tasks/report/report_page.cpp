#include "tasks/report/report_page.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <locale>
#include <sstream>

#include "tasks/report/markup.h"
#include "tasks/report/page.h"

namespace lectern {
namespace {

constexpr double full_width = 980, half_width = 476;

constexpr std::string_view report_style = R"css(
.scores{display:flex;flex-wrap:wrap;gap:14px 44px;margin:22px 0 0;padding:0}
.score dt{color:var(--muted);font-size:13px}
.score dd{margin:0;font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.015em;
 font-variant-numeric:tabular-nums}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:0 40px;
 margin:12px 0 0}
.fact{display:flex;justify-content:space-between;gap:18px;padding:7px 0;
 border-bottom:1px solid var(--grid);font-size:14.5px}
.fact dt{color:var(--muted);flex:none}
.fact dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.two{display:grid;grid-template-columns:1fr 1fr;gap:6px 28px}
.samples{margin:8px 0 0}
.pair{padding:12px 0;border-bottom:1px solid var(--grid)}
.pair p{display:grid;grid-template-columns:86px 1fr;margin:0;padding:1px 0;max-width:none}
.pair b{font-weight:600}
.pair .same{color:var(--good);font-size:13.5px}
.pair mark{background:none;color:var(--warn);text-decoration:underline;
 text-decoration-thickness:1px;text-underline-offset:3px}
@media (max-width:760px){.two{grid-template-columns:1fr}.pair p{display:block}
 .pair p .note{display:block}}
)css";

std::string titled_section(std::string_view title, const std::string& content) {
  return element("section", {}, element("h2", {}, escape(title)) + content) + "\n";
}

std::string definitions(std::string_view list_class, std::string_view item_class,
                        const std::vector<Fact>& facts) {
  std::string out;
  for (const Fact& fact : facts)
    out += element("div", {{"class", item_class}},
                   element("dt", {}, escape(fact.name)) + element("dd", {}, escape(fact.value)));
  return facts.empty() ? "" : element("dl", {{"class", list_class}}, out);
}

std::string heading(const Report& report) {
  std::string out = element("h1", {}, escape(report.title));
  if (!report.summary.empty()) out += element("p", {{"class", "lead"}}, escape(report.summary));
  return element("header", {}, out + definitions("scores", "score", report.scores)) + "\n";
}

/// The mean of the values around each; unlike a running average it does not lag behind.
Curve smoothed(const Curve& curve) {
  const size_t count = curve.value.size();
  // Sums of all values before each, so that a mean costs two subtractions.
  std::vector<double> sum(count + 1), finite(count + 1);
  for (size_t i = 0; i < count; ++i) {
    const bool counts = std::isfinite(curve.value[i]);
    sum[i + 1] = sum[i] + (counts ? curve.value[i] : 0);
    finite[i + 1] = finite[i] + counts;
  }
  Curve out{curve.step, {}};
  for (size_t i = 0; i < count; ++i) {
    // A fortieth of the run to either side: the shape stays and the noise of batches goes.
    const size_t reach = std::min({count / 40, i, count - 1 - i});
    const size_t first = i - reach, end = i + reach + 1;
    const double mean = (sum[end] - sum[first]) / (finite[end] - finite[first]);
    out.value.push_back(std::isfinite(curve.value[i]) ? mean : std::nan(""));
  }
  return out;
}

std::string loss_chart(const Report& report) {
  std::vector<Series> series;
  const auto add = [&](std::string name, const Curve& curve, Stroke stroke, int colour) {
    if (!curve.value.empty())
      series.push_back({std::move(name), curve.value, curve.step, stroke, colour});
  };
  const bool noisy = report.train_loss.value.size() >= 80;
  if (noisy) add("train, each step", report.train_loss, Stroke::faint, 1);
  add("train", noisy ? smoothed(report.train_loss) : report.train_loss, Stroke::solid, 1);
  add("valid", report.valid_loss, Stroke::solid, 2);
  if (series.empty()) return "";
  const auto draw = [&](double width) {
    return line_chart(series, {.title = "Loss",
                               .x = {"training step", AxisScale::from_zero},
                               .y = {"cross entropy per token, nats"},
                               .width = width,
                               .height = 320});
  };
  const std::string note = element("p", {{"class", "note"}}, escape(report.loss_note));
  return figure(draw, full_width) + (report.loss_note.empty() ? "" : note);
}

std::string small_chart(const std::string& title, const std::string& unit, const Curve& curve,
                        int colour) {
  if (curve.value.empty()) return "";
  const auto draw = [&](double width) {
    return line_chart({{"", curve.value, curve.step, Stroke::solid, colour}},
                      {.title = title,
                       .x = {"training step", AxisScale::from_zero},
                       .y = {unit, AxisScale::from_zero},
                       .width = width,
                       .height = 240});
  };
  return figure(draw, half_width);
}

std::string curves(const Report& report) {
  const std::string small = small_chart("BLEU", "on the validation set", report.bleu, 3) +
                            small_chart("Learning rate", "per step", report.learning_rate, 4);
  std::string out = loss_chart(report);
  if (!small.empty()) out += element("div", {{"class", "two"}}, small);
  return out.empty() ? "" : titled_section("How it learnt", out);
}

std::vector<std::string> split(const std::string& sentence) {
  std::istringstream stream(sentence);
  stream.imbue(std::locale::classic());  // another might take a byte of a letter for a space
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Which words of `hypothesis` belong to the longest common subsequence with `reference`.
std::vector<bool> agreeing(const std::vector<std::string>& hypothesis,
                           const std::vector<std::string>& reference) {
  const size_t h = hypothesis.size(), r = reference.size();
  std::vector<std::vector<int>> length(h + 1, std::vector<int>(r + 1));
  for (size_t i = h; i-- > 0;)
    for (size_t j = r; j-- > 0;)
      length[i][j] = hypothesis[i] == reference[j] ? length[i + 1][j + 1] + 1
                                                   : std::max(length[i + 1][j], length[i][j + 1]);
  std::vector<bool> agrees(h);
  for (size_t i = 0, j = 0; i < h && j < r;) {
    if (hypothesis[i] == reference[j])
      agrees[i] = true, ++i, ++j;
    else
      length[i + 1][j] >= length[i][j + 1] ? ++i : ++j;
  }
  return agrees;
}

/// The hypothesis, with the words marked that the reference has not.
std::string compared(const Sample& sample) {
  const auto words = split(sample.hypothesis);
  const auto agrees = agreeing(words, split(sample.reference));
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += ' ';
    out += agrees[i] ? escape(words[i]) : element("mark", {}, escape(words[i]));
  }
  return out;
}

std::string sample_lines(const Sample& sample) {
  const auto row = [](std::string_view name, const std::string& content) {
    return element("p", {},
                   element("span", {{"class", "note"}}, name) + element("span", {}, content));
  };
  const bool judged = !sample.reference.empty();
  const bool same = sample.hypothesis == sample.reference;
  const std::string said = judged ? compared(sample) : escape(sample.hypothesis);
  const std::string praise = element("span", {{"class", "same"}}, " ✓ as the reference");
  std::string out = row("source", escape(sample.source)) +
                    row("Lectern", element("b", {}, said) + (judged && same ? praise : ""));
  if (judged && !same) out += row("reference", escape(sample.reference));
  return element("div", {{"class", "pair"}}, out);
}

std::string samples(const Report& report) {
  if (report.samples.empty()) return "";
  std::string out;
  for (const Sample& sample : report.samples) out += sample_lines(sample);
  return titled_section("What it says", element("p", {{"class", "note"}},
                                                "Words that differ from the reference are "
                                                "underlined.") +
                                            element("div", {{"class", "samples"}}, out));
}

std::string benchmarks(const Report& report) {
  if (report.benchmarks.empty()) return "";
  const BarChart chart{.title = "", .groups = report.benchmarks, .width = full_width};
  return titled_section("How fast it is",
                        element("figure", {{"class", "broad"}}, bar_chart(chart)));
}

}  // namespace

std::string report_page(const Report& report) {
  std::string body = heading(report);
  if (!report.facts.empty())
    body += titled_section("The run", definitions("facts", "fact", report.facts));
  body += curves(report) + samples(report) + benchmarks(report);
  const std::string attention = attention_sections(report.attention);
  return html_page({.title = report.title,
                    .style = std::string(report_style) + attention_style(),
                    .body = body + attention,
                    .script = attention.empty() ? "" : attention_script(),
                    .footer = page_footer(report.command, report.version)});
}

}  // namespace lectern
