#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

/// What can be wrong with a line of text, and what becomes of it.
struct Finding {
  const char* problem;  ///< "invalid UTF-8"
  const char* remedy;   ///< "mended"
  const char* advice = "correct the text";
};
inline constexpr Finding invalid_utf8{"invalid UTF-8", "made U+FFFD"};
inline constexpr Finding nul_byte{"a NUL byte", "kept"};
inline constexpr Finding long_word{"a word of more than 10000 characters", "cut"};
inline constexpr Finding long_sentence{"more tokens than the model reads", "cut"};
inline constexpr Finding long_pair{"more tokens than fit", "left out"};
inline constexpr Finding empty_side{"an empty side", "left out"};

/// Of what a model writes.
inline constexpr Finding unended{"a translation that does not end", "cut",
                                 "try a larger decode.max_length"};
inline constexpr Finding odd_bytes{"invalid UTF-8", "read byte by byte"};
inline constexpr Finding unknown_tokens{"words that are not in the vocabulary", "made <unk>",
                                        "use other words"};
inline constexpr Finding short_answer{"room for fewer tokens than asked for", "left shorter",
                                      "try a shorter prompt or decode.max_length"};

/// What of a text was mended, cut or left out: counted by finding, and said once, with the first
/// line of each. A strict report refuses the text at the first line instead.
class TextReport {
 public:
  /// \param name  of the text, as messages give it: a path
  /// \param unit  what is counted, where it is no line: "question"
  explicit TextReport(std::string name = "", bool strict = false, const char* unit = "line");

  /// Notes a finding in a line, or what else is counted, from 1 on.
  /// \param detail  what came and what became of it: "181 tokens, cut to 63"
  /// \throws Failure (data) when the report is strict
  void add(std::int64_t line, const Finding& finding, const std::string& detail = "");

  /// In how many lines this was found.
  std::int64_t count(const Finding& finding) const;
  /// "book.de: 3 lines with invalid UTF-8, made U+FFFD (first: line 4)"; empty when all is well.
  std::string summary() const;
  const std::string& name() const { return name_; }

 private:
  struct Entry {
    Finding finding;
    std::int64_t count, first_line;
    std::string first_detail;
  };
  std::string name_;
  bool strict_;
  std::string unit_;
  std::vector<Entry> entries_;  // in the order in which they were first found
};

/// Says on standard error what a report has to say, if anything.
void warn(const TextReport& report);

/// The line that a text came from, where what is cut of it is reported; nowhere by default.
struct Origin {
  TextReport* report = nullptr;
  std::int64_t line = 1;

  void tell(const Finding& finding, const std::string& detail = "") const {
    if (report) report->add(line, finding, detail);
  }
};

}  // namespace lectern
