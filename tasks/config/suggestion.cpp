#include "tasks/config/suggestion.h"

#include <algorithm>
#include <array>

namespace lectern {
namespace {

/// Longer names than this are no misspelling of ours: cut them, so that the time stays bounded.
constexpr std::size_t longest_name = 100;

/// Locale-free: `std::tolower` follows the user's language.
std::string lower(const std::string& text) {
  std::string result = text.substr(0, longest_name);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

}  // namespace

int edit_distance(const std::string& first, const std::string& second) {
  const std::string a = lower(first);
  const std::string b = lower(second);
  // cost[i][j] turns the first i characters of a into the first j of b.
  std::array<std::array<int, longest_name + 1>, longest_name + 1> cost;
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string did_you_mean(const std::string& typed, const std::vector<Candidate>& candidates) {
  int nearest = std::max(2, static_cast<int>(std::min(typed.size(), longest_name)) / 3);
  for (const Candidate& candidate : candidates) nearest = std::min(nearest, candidate.distance);
  std::string answer;
  for (const Candidate& candidate : candidates) {
    if (candidate.distance > nearest) continue;
    answer += (answer.empty() ? "did you mean " : " or ") + candidate.name;
  }
  return answer.empty() ? answer : answer + "?";
}

std::string did_you_mean(const std::string& typed, const std::vector<std::string>& names) {
  std::vector<Candidate> candidates;
  for (const std::string& name : names) candidates.push_back({name, edit_distance(typed, name)});
  return did_you_mean(typed, candidates);
}

}  // namespace lectern
