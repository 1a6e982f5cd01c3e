#pragma once

#include <random>
#include <string>

#include "tasks/failure.h"
#include "tests/catch.h"

namespace lectern {

/// The message of the usage error that `action` must end with.
template <class Action>
std::string usage_error(Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    CHECK(failure.code == ExitCode::usage);
    return failure.what();
  }
  FAIL_CHECK("no error");
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// `name` with one slip of the fingers: a letter lost, added, replaced, or swapped with the next.
/// `first` is the first place where a slip may happen.
inline std::string misspell(const std::string& name, std::mt19937& random, std::size_t first = 0) {
  const auto below = [&](std::size_t end) { return random() % end; };
  std::string typed = name;
  while (typed == name) {
    const std::size_t at = first + below(name.size() - first);
    const char letter = "abcdefghijklmnopqrstuvwxyz_"[below(27)];
    switch (below(4)) {
      case 0: typed.erase(at, 1); break;
      case 1: typed.insert(at, 1, letter); break;
      case 2: typed[at] = letter; break;
      default:
        if (at + 1 < name.size()) std::swap(typed[at], typed[at + 1]);
    }
  }
  return typed;
}

}  // namespace lectern
