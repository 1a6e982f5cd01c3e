#include "tasks/question_answering/answers_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tasks/report/markup.h"
#include "tasks/report/page.h"
#include "tasks/training/output_file.h"

namespace lectern {
namespace {

constexpr std::string_view answers_style = R"css(
.passage{max-width:68ch;margin:6px 0 26px}
.passage u{text-decoration:underline;text-decoration-thickness:2px;
 text-decoration-color:var(--accent);text-underline-offset:3px}
.passage mark{background:var(--rule);color:inherit;padding:1px 2px;border-radius:2px}
)css";

/// A passage with its right answers underlined and the one that was found marked. Both may overlap in
/// any way, so the text is cut wherever one of them begins or ends.
std::string marked_passage(const std::string& text, const Question& question,
                           const SaidAnswer& said) {
  std::vector<std::size_t> cuts = {0, text.size(), said.begin, said.end};
  for (const Answer& answer : question.answers) cuts.insert(cuts.end(), {answer.begin, answer.end});
  std::ranges::sort(cuts);
  std::string markup;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    if (cuts[i] == cuts[i + 1]) continue;
    std::string part = escape(text.substr(cuts[i], cuts[i + 1] - cuts[i]));
    const auto holds = [&](const auto& range) {
      return range.begin <= cuts[i] && cuts[i + 1] <= range.end;
    };
    if (std::ranges::any_of(question.answers, holds)) part = element("u", {}, part);
    if (holds(said)) part = element("mark", {}, part);
    markup += part;
  }
  return element("p", {{"class", "passage"}}, markup);
}

std::string page_of(const QuestionSet& set, const AnswersScore& score, std::int64_t shown,
                    const std::string& summary) {
  const std::size_t count = std::min(static_cast<std::size_t>(shown), set.questions.size());
  std::string body = page_header(
      "Questions and their answers",
      text("The first ", count, " of ", set.questions.size(),
           " questions. Underlined: what people answered. Shaded: what the model answers."));
  body += verbatim(summary);
  for (std::size_t i = 0; i < count; ++i) {
    const QuestionSet::Entry& entry = set.questions[i];
    const SaidAnswer& said = score.said[i];
    const Counts& counts = score.examples[i];
    body += element("h3", {}, escape(entry.asked->text));
    body += element("p", {{"class", "note"}},
                    escape(text("F1 ", fixed(f1_of(counts), 1), ", ",
                                counts[1] > 0 ? "exact match" : "no exact match", ", probability ",
                                fixed(said.probability, 3), ": ", said.text)));
    body += marked_passage(set.passage_of(entry).text, *entry.asked, said);
  }
  return html_page(
      {.title = "Questions and their answers", .style = std::string(answers_style), .body = body});
}

std::string predictions_of(const QuestionSet& set, const AnswersScore& score) {
  nlohmann::json said = nlohmann::json::object();
  for (std::size_t i = 0; i < set.questions.size(); ++i)
    said.emplace(set.questions[i].asked->id, score.said[i].text);
  return said.dump(1) + "\n";
}

}  // namespace

void write_answers(const std::string& path, const QuestionSet& set, const AnswersScore& score,
                   std::int64_t shown, const std::string& summary) {
  write_output(path, has_ending(path, ".html") ? page_of(set, score, shown, summary)
                                               : predictions_of(set, score));
}

}  // namespace lectern
