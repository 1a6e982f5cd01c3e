#include "tasks/text/text_report.h"

#include <algorithm>
#include <iostream>
#include <string_view>

#include "tasks/failure.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

auto same_as(const Finding& finding) {
  return [problem = std::string_view(finding.problem)](const auto& entry) {
    return entry.finding.problem == problem;
  };
}

}  // namespace

TextReport::TextReport(std::string name, bool strict, const char* unit)
    : name_(std::move(name)), strict_(strict), unit_(unit) {}

void TextReport::add(std::int64_t line, const Finding& finding, const std::string& detail) {
  if (strict_)
    throw Failure(ExitCode::data,
                  text(name_, ":", unit_ == "line" ? "" : " " + unit_ + " ", line, ": ",
                       finding.problem, detail.empty() ? "" : ": ", detail, "; ", finding.advice,
                       ", or leave out --strict to have it ", finding.remedy));
  const auto entry = std::ranges::find_if(entries_, same_as(finding));
  if (entry == entries_.end())
    entries_.push_back({finding, 1, line, detail});
  else
    ++entry->count;
}

std::int64_t TextReport::count(const Finding& finding) const {
  const auto entry = std::ranges::find_if(entries_, same_as(finding));
  return entry == entries_.end() ? 0 : entry->count;
}

std::string TextReport::summary() const {
  std::string result;
  for (const Entry& entry : entries_)
    result += text(result.empty() ? name_ + ": " : "; ", entry.count, " ", unit_,
                   entry.count == 1 ? "" : "s", " with ", entry.finding.problem, ", ",
                   entry.finding.remedy, " (first: ", unit_, " ", entry.first_line,
                   entry.first_detail.empty() ? "" : ": ", entry.first_detail, ")");
  return result;
}

void warn(const TextReport& report) {
  const std::string summary = report.summary();
  if (summary.empty()) return;
  // Made whole before its first word is said: a line that runs out of memory must not begin another.
  const std::string line = "warning: " + printable(summary) + "\n";
  std::cerr << line;
}

}  // namespace lectern
