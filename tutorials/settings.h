#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What a reader may change in a chapter's program: a number, which is one of a few values, or a text.
struct Setting {
  std::string name;                 ///< `heads`
  std::string says;                 ///< what it is, in a few words
  std::string book;                 ///< what it is in the book
  std::vector<std::string> values;  ///< what it may be; of a text, examples
  bool is_text = false;             ///< any text may be typed
};

/// What somebody wants other than in the book: `--with heads=4 --with temperature=2`. The page of the
/// chapter makes a slider of each number and a line to type into of each text.
class Settings {
 public:
  /// Reads them. `--settings` prints the list, as TOML, and ends the program; what cannot be ends it
  /// with a sentence that says what came and what was expected, and status 2.
  Settings(std::vector<Setting> list, int argc, char** argv);

  /// Whether anything is other than in the book.
  bool changed() const;
  /// All of them in a line: `heads 4, temperature 2`.
  std::string line() const;

  double number(const std::string& name) const;
  std::int64_t whole(const std::string& name) const;
  const std::string& text(const std::string& name) const;

  /// Ends the program as for a value that cannot be.
  /// \param why  what came and what was expected
  [[noreturn]] static void refuse(const std::string& name,
                                  const std::string& why);

 private:
  std::vector<Setting> list_;
  std::vector<std::string> values_;  // of each in list_
};
