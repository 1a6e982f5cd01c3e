#include "tasks/listops/expression.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>

#include "tasks/failure.h"

namespace lectern {
namespace {

using Values = std::vector<std::int32_t>;

const std::array<std::string, ListOps::close + 1> spellings = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "[MIN", "[MAX", "[MED", "[SM", "]"};

/// Of an even number of arguments, the mean of the two in the middle.
std::int32_t median(Values arguments) {
  std::ranges::sort(arguments);
  const std::size_t middle = arguments.size() / 2;
  if (arguments.size() % 2 != 0) return arguments[middle];
  return (arguments[middle - 1] + arguments[middle]) / 2;
}

std::int32_t calculate(std::int32_t operation, const Values& arguments) {
  switch (operation) {
    case ListOps::minimum: return *std::ranges::min_element(arguments);
    case ListOps::maximum: return *std::ranges::max_element(arguments);
    case ListOps::median: return median(arguments);
    default: return std::accumulate(arguments.begin(), arguments.end(), 0) % 10;
  }
}

/// An operator whose arguments are being read. The first of all is none: it holds the expression.
struct Open {
  std::int32_t operation;
  Values arguments = {};
};

[[noreturn]] void fail_at(std::size_t token, const std::string& problem) {
  throw Failure(ExitCode::data, text("token ", token + 1, " of the expression: ", problem));
}

}  // namespace

std::vector<std::int32_t> parse_expression(const std::string& written) {
  std::vector<std::int32_t> tokens;
  std::istringstream words(written);
  words.exceptions(std::ios::badbit);
  for (std::string word; words >> word;) {
    if (word == "(" || word == ")") continue;
    const auto found = std::ranges::find(spellings, word);
    if (found == spellings.end())
      fail_at(tokens.size(), "\"" + word + "\" is no digit, operator or bracket of ListOps");
    tokens.push_back(static_cast<std::int32_t>(found - spellings.begin()));
  }
  return tokens;
}

std::string expression_text(std::span<const std::int32_t> tokens) {
  std::string written;
  for (const std::int32_t token : tokens)
    written += (written.empty() ? "" : " ") + spellings.at(static_cast<std::size_t>(token));
  return written;
}

std::int32_t evaluate_expression(std::span<const std::int32_t> tokens) {
  std::vector<Open> open = {{.operation = ListOps::whole}};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::int32_t token = tokens[i];
    if (token < 0 || token > ListOps::close) fail_at(i, text(token, " is no token of ListOps"));
    if (open.size() == 1 && !open[0].arguments.empty()) fail_at(i, "it has ended before");
    if (token < ListOps::minimum) {
      open.back().arguments.push_back(token);
    } else if (token < ListOps::close) {
      open.push_back({.operation = token});
    } else {
      if (open.size() == 1) fail_at(i, "a bracket closes nothing");
      if (open.back().arguments.empty()) fail_at(i, "an operator has no argument");
      const std::int32_t value = calculate(open.back().operation, open.back().arguments);
      open.pop_back();
      open.back().arguments.push_back(value);
    }
  }
  if (open.size() > 1) fail_at(tokens.size(), "a bracket is missing");
  if (open[0].arguments.empty()) fail_at(0, "there is none");
  return open[0].arguments[0];
}

}  // namespace lectern
