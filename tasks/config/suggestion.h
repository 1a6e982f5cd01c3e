#pragma once

#include <string>
#include <vector>

namespace lectern {

/// How many single-character insertions, deletions, replacements and swaps of neighbours turn `a`
/// into `b`, upper and lower case being the same. Time O(|a| |b|).
/// Optimal string alignment: Damerau 1964; Boytsov 2011, section 2.2.
int edit_distance(const std::string& a, const std::string& b);

/// A name that can be meant, and how far what was typed is from it.
struct Candidate {
  std::string name;
  int distance = 0;
};

/// `did you mean A?`, `did you mean A or B?` where several are equally near; empty where none is
/// near enough to what was `typed`.
std::string did_you_mean(const std::string& typed, const std::vector<Candidate>& candidates);

/// The same by edit_distance to each of `names`.
std::string did_you_mean(const std::string& typed, const std::vector<std::string>& names);

}  // namespace lectern
