#pragma once

// std::source_location for clang-tidy before 16, whose front end does not know the builtin that the
// library's own is made of. Included by script/check-style; no program is compiled with it.
#include <version>
#if defined(__clang__) && __clang_major__ < 16
#include <cstdint>

namespace std {
struct source_location {
  static constexpr source_location current(const char* file = __builtin_FILE(),
                                           const char* function = __builtin_FUNCTION(),
                                           uint_least32_t line = __builtin_LINE(),
                                           uint_least32_t column = __builtin_COLUMN()) {
    return {file, function, line, column};
  }
  constexpr const char* file_name() const { return file_; }
  constexpr const char* function_name() const { return function_; }
  constexpr uint_least32_t line() const { return line_; }
  constexpr uint_least32_t column() const { return column_; }

  const char *file_ = "", *function_ = "";
  uint_least32_t line_ = 0, column_ = 0;
};
}  // namespace std
#endif
