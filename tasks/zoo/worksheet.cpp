#include "tasks/zoo/worksheet.h"

#include <algorithm>

#include "tasks/metrics/metric.h"
#include "tasks/report/charts.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"

namespace lectern {
namespace {

constexpr std::string_view style = R"css(
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:6px 18px}
.curves figure{margin:6px 0 0}
.names{columns:2;column-gap:34px;padding-left:20px;max-width:900px}
.names li{break-inside:avoid;margin-bottom:7px}
.facts{font-size:15px}
.guess{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin:10px 0;font-size:15px}
select{font:inherit;max-width:100%;padding:4px 8px;border:1px solid var(--rule);border-radius:6px;
 background:var(--paper);color:var(--ink)}
details{margin:10px 0 0;padding:10px 14px;border:1px solid var(--rule);border-radius:8px}
summary{cursor:pointer;font-weight:600}
.count{font-weight:600}
.measured{border-collapse:collapse;font-size:14.5px;margin:8px 0}
.measured td,.measured th{padding:4px 14px 4px 0;text-align:left;border-bottom:1px solid var(--grid)}
@media (max-width:640px){.names{columns:1}}
)css";

constexpr std::string_view how_to_read = R"html(
Each mistake occurs once. The line with dots is the first of the ill trainings, thin lines of its
colour are those with other seeds. The curves are what the ill program itself reports. Read the
losses first: which of them differs, from which step on, upwards or downwards? Then BLEU, then what
it makes of <em lang="de">Heute hat sie dem großen Pferd geholfen</em>, which should be “Today she
helped the big horse.” After so short a training a healthy one has not learned that, either. Where
the mistake needs a reversible encoder, the healthy trainings beside it have one, too.
)html";

constexpr std::string_view script = R"js(
const cards = [...document.querySelectorAll('.guess')];
function count() {
  const said = cards.filter(card => card.querySelector('select').value);
  const right = said.filter(card => card.querySelector('select').value === card.dataset.bug);
  document.querySelectorAll('.count').forEach(place => {
    place.textContent = said.length < cards.length
      ? said.length + ' of ' + cards.length + ' named'
      : right.length + ' of ' + cards.length + ' are right';
  });
}
cards.forEach(card => card.querySelector('select').addEventListener('change', count));
count();
)js";

/// A paragraph in which `code` is marked as in Markdown.
std::string prose(std::string_view text) {
  std::string inside;
  for (bool code = false; !text.empty(); code = !code) {
    const std::size_t end = std::min(text.find('`'), text.size());
    const std::string part = escape(text.substr(0, end));
    inside += code ? element("code", {}, part) : part;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return element("p", {}, inside) + "\n";
}

const std::string few_seeds = "Fewer than three seeds say little about what is apart.";

/// A bug of the record, and the healthy trials that it is compared with.
struct Specimen {
  const BugNotes* notes;
  std::vector<const Trial*> ill, healthy;
};

std::vector<Specimen> specimens_of(const ZooRecord& record) {
  std::vector<Specimen> found;
  for (const BugNotes& notes : bug_notes) {
    const bool reversible = notes.bug == Bug::stale_randomness;
    Specimen specimen{.notes = &notes,
                      .ill = trials_of(record, notes.bug, reversible),
                      .healthy = trials_of(record, Bug::none, reversible)};
    if (!specimen.ill.empty() && !specimen.healthy.empty()) found.push_back(std::move(specimen));
  }
  return found;
}

/// Any order but the list's.
std::vector<Specimen> shuffled(std::vector<Specimen> specimens) {
  const Tensor order = random_permutation(static_cast<std::int64_t>(specimens.size()), {.seed = 9});
  std::vector<Specimen> found;
  for (const std::int32_t at : order.to_vector<std::int32_t>())
    found.push_back(specimens[static_cast<std::size_t>(at)]);
  return found;
}

std::string chart(const Specimen& specimen, const ZooCurve& curve) {
  std::vector<Series> lines;
  for (const Trial* trial : specimen.healthy)
    lines.push_back({.name = "healthy",
                     .y = trial->*curve.values,
                     .x = trial->steps,
                     .stroke = Stroke::faint,
                     .colour = 1});
  for (const Trial* trial : specimen.ill)
    lines.push_back({.name = trial == specimen.ill[0] ? "bug" : "",
                     .y = trial->*curve.values,
                     .x = trial->steps,
                     .stroke = trial == specimen.ill[0] ? Stroke::solid : Stroke::faint,
                     .colour = 2});
  return element("figure", {},
                 line_chart(lines, {.title = curve.name,
                                    .x = {.label = "step"},
                                    .y = {.scale = AxisScale::from_zero},
                                    .width = 330,
                                    .height = 220}));
}

template <class Value>
double mean_of(const std::vector<const Trial*>& trials, const Value& value) {
  double sum = 0;
  for (const Trial* trial : trials) sum += value(*trial);
  return sum / static_cast<double>(trials.size());
}

/// Whether the ill training differs from the healthy one of the same seed at all, and since when.
std::string same_until(const Specimen& specimen) {
  const Trial& ill = *specimen.ill[0];
  for (const Trial* healthy : specimen.healthy) {
    if (healthy->seed != ill.seed || healthy->training.size() != ill.training.size()) continue;
    const auto [one, other] = std::ranges::mismatch(ill.training, healthy->training);
    if (one == ill.training.end())
      return "With the same seed its loss in training is the healthy one to the last digit. ";
    const auto at = static_cast<std::size_t>(one - ill.training.begin());
    return at == 0
               ? text("It differs before the first step already: the loss of its first batch is ",
                      fixed(*one, 3), ", with the same seed and no bug ", fixed(*other, 3), ". ")
               : text("With the same seed it begins as the healthy one does; at step ",
                      ill.steps[at], ", the next point, it differs. ");
  }
  return {};
}

/// "0.53, 0.29 and 0.0 (healthy 0.97, 0.70 and 47.5)"
std::string ends(const Specimen& specimen) {
  const auto three = [](const std::vector<const Trial*>& trials) {
    const auto mean = [&](const ZooCurve& curve) {
      return mean_of(trials, [&](const Trial& trial) { return (trial.*curve.values).back(); });
    };
    return fixed(mean(curves[0]), 2) + ", " + fixed(mean(curves[1]), 2) + " and " +
           fixed(mean(curves[2]), 1);
  };
  return three(specimen.ill) + " (healthy " + three(specimen.healthy) + ")";
}

std::string facts(const Specimen& specimen) {
  const auto length = [](const Trial& trial) { return trial.length_ratio; };
  return element(
      "p", {{"class", "facts"}},
      joined({same_until(specimen), "At the end, the mean of the seeds: ", ends(specimen), ", and ",
              fixed(100 * mean_of(specimen.ill, length), 0),
              " words for 100 of the references (healthy ",
              fixed(100 * mean_of(specimen.healthy, length), 0),
              "). The first seed says: ", element("q", {}, escape(specimen.ill[0]->translation)),
              "; the healthy one: ", element("q", {}, escape(specimen.healthy[0]->translation))}));
}

std::string measured(const Specimen& specimen) {
  std::string rows;
  for (const ZooCurve& curve : curves) {
    const Apart found = apart(specimen.ill, specimen.healthy, curve.values);
    rows += element("tr", {},
                    element("td", {}, escape(curve.name)) + "\n" +
                        element("td", {},
                                text("apart in ", found.points, " of ", found.of, " points"))) +
            "\n";
  }
  const Sign sign = specimen.notes->sign;
  rows +=
      element("tr", {},
              element("td", {}, escape(specimen.notes->instrument)) + "\n" +
                  element("td", {},
                          escape(text(sign_text(sign, sign_of(specimen.ill, sign)), "; healthy ",
                                      sign_text(sign, sign_of(specimen.healthy, sign))))));
  return element("table", {{"class", "measured"}}, rows);
}

bool visible(const Specimen& specimen) {
  return std::ranges::any_of(curves, [&](const ZooCurve& curve) {
    return apart(specimen.ill, specimen.healthy, curve.values).visible();
  });
}

std::string answer(const Specimen& specimen) {
  const std::string blind = visible(specimen)
                                ? ""
                                : paragraph(
                                      "This bug cannot be seen in these curves: no curve is apart "
                                      "from the healthy ones in a quarter of its points. The "
                                      "instrument below sees it.");
  return element("details", {},
                 element("summary", {}, "What it is") + "\n" +
                     element("h3", {}, escape(specimen.notes->title)) + "\n" +
                     prose(specimen.notes->mistake) + blind + prose(specimen.notes->curve) +
                     measured(specimen) + prose(specimen.notes->mend));
}

std::string guess(const Specimen& specimen, const std::vector<Specimen>& all, char letter) {
  std::string options = element("option", {{"value", ""}}, "which is it?") + "\n";
  for (const Specimen& other : all)
    options +=
        element("option", {{"value", name_of(other.notes->bug)}}, escape(other.notes->title)) +
        "\n";
  return element("div", {{"class", "guess"}, {"data-bug", name_of(specimen.notes->bug)}},
                 element("select", {{"aria-label", text("Training ", letter, " is")}}, options) +
                     element("span", {{"class", "count"}, {"aria-live", "polite"}})) +
         "\n";
}

std::string card(const Specimen& specimen, const std::vector<Specimen>& all, char letter) {
  std::string drawn;
  for (const ZooCurve& curve : curves) drawn += chart(specimen, curve);
  return element("section", {{"id", std::string(1, letter)}},
                 heading(text("Training ", letter)) + "\n" +
                     element("div", {{"class", "curves"}}, drawn) + "\n" + facts(specimen) +
                     guess(specimen, all, letter) + answer(specimen)) +
         "\n";
}

}  // namespace

std::string worksheet(const ZooRecord& record) {
  const std::vector<Specimen> all = specimens_of(record);
  std::string names, body;
  for (const Specimen& specimen : all)
    names += element("li", {},
                     element("b", {}, escape(specimen.notes->title)) + ". " +
                         escape(specimen.notes->mistake)) +
             "\n";
  body += page_header("Which bug is it?", text("The same small translator was trained ", all.size(),
                                               all.size() == 1 ? " time" : " times",
                                               " with one mistake each, and without (thin blue). "
                                               "Find the mistake by what the program shows."));
  body += element("p", {}, how_to_read) + "\n";
  body += element("ul", {{"class", "names"}}, names);
  char letter = 'A';
  for (const Specimen& specimen : shuffled(all)) body += card(specimen, all, letter++);
  const std::size_t seeds = all.empty() ? 0 : all[0].ill.size();
  body += element(
      "section", {},
      heading("How it was measured") + "\n" +
          paragraph(text(
              "A Transformer of 2 + 2 layers of width 64 (tasks/zoo/patient.cpp) learns the "
              "toy corpus in pieces of words, ",
              seeds, seeds == 1 ? " seed" : " seeds",
              ". In a point two kinds of training are apart where their means differ by more than "
              "the seeds of either kind do among themselves. ",
              seeds < 3 ? few_seeds + " " : "", "Measured on ", record.machine, ".")));
  return html_page({.title = "Which bug is it?",
                    .style = std::string(style),
                    .body = body,
                    .script = std::string(script),
                    .footer = page_footer(record.command, record.version)});
}

std::string zoo_table(const ZooRecord& record) {
  std::string table;
  std::size_t fewest = 3;
  for (const Specimen& specimen : specimens_of(record)) {
    fewest = std::min(fewest, specimen.ill.size());
    table += text(name_of(specimen.notes->bug), "\n  ", specimen.notes->mistake, "\n");
    for (const ZooCurve& curve : curves) {
      const Apart found = apart(specimen.ill, specimen.healthy, curve.values);
      double last = 0;
      for (const Trial* trial : specimen.ill) last += (trial->*curve.values).back();
      table +=
          text("  ", curve.name, ": ", fixed(last / static_cast<double>(specimen.ill.size()), 2),
               ", apart from the healthy ones in ", found.points, " of ", found.of, " points\n");
    }
    const Sign sign = specimen.notes->sign;
    table +=
        text("  ", specimen.notes->instrument, ": ", sign_text(sign, sign_of(specimen.ill, sign)),
             "; healthy ", sign_text(sign, sign_of(specimen.healthy, sign)), "\n\n");
  }
  if (fewest < 3) table += few_seeds + "\n";
  return table;
}

}  // namespace lectern
