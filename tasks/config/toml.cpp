#include "tasks/config/toml.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tasks/failure.h"
#include "tensor/safe_file.h"

namespace {

[[noreturn]] void toml_assertion_failed(const char* condition) {
  throw std::logic_error(condition);
}

}  // namespace

// What toml++ asserts about itself must end neither in an abort nor, in a release build, in a
// wrong assumption of the compiler: a failed assertion is an error like any other.
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? void() : toml_assertion_failed(#condition))
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0  // nothing is written with it
#include <toml++/toml.h>

namespace lectern {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

[[noreturn]] void fail_at(const std::string& name, std::size_t line, const std::string& problem,
                          const std::string& advice) {
  throw Failure(ExitCode::usage, text(name, ":", line, ": ", problem, "; try ", advice));
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

/// `row` without its comment and without what stands between quotes.
std::string without_text(const std::string& row) {
  std::string rest;
  char quote = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (quote == 0 && c == '#') break;
    if (quote == 0 || c == quote) rest += c;
    if (quote == 0)
      quote = c == '"' || c == '\'' ? c : 0;
    else if (c == quote)
      quote = 0;
    else if (c == '\\' && quote == '"')
      ++i;
  }
  return rest;
}

/// Whether every quote opens where a key or a value can begin, and is closed: inside a word the
/// library takes no notice of it. \param structure  a row without_text
bool quotes_fit(const std::string& structure) {
  bool open = false;
  char before = '=';
  for (const char c : structure) {
    const bool quote = c == '"' || c == '\'';
    if (quote && !open && std::string_view("=,[{.").find(before) == structure.npos) return false;
    if (quote) open = !open;
    if (c != ' ' && c != '\t') before = c;
  }
  return !open;
}

/// What of a row is wrong for the library; empty if nothing is. It asks of letters other than ASCII
/// whether they are blanks, and of some of them in code that is marked as never reached.
std::string problem(const std::string& row) {
  const std::string structure = without_text(row);
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!is_utf8(row)) return "bytes that are not UTF-8";
  if (std::ranges::any_of(row, is_control)) return "control characters in " + excerpt(row);
  if (!std::ranges::all_of(structure, is_ascii)) return "a letter outside quotes: " + excerpt(row);
  if (structure.find("\"\"\"") != row.npos || structure.find("'''") != row.npos)
    return "three quotes: " + excerpt(row);
  if (!quotes_fit(structure)) return "a quote that opens or ends nowhere: " + excerpt(row);
  return "";
}

/// Refuses what the library must not be asked: see problem(), and depth. Its tables, each inside
/// the other, are destroyed by recursion; none is deeper than there are dots and brackets.
void guard(const std::string& toml, const std::string& name) {
  constexpr std::ptrdiff_t most_dots_and_brackets = 2000;
  std::ptrdiff_t depth = 0;
  std::istringstream rows(toml.starts_with(byte_order_mark) ? toml.substr(3) : toml);
  rows.exceptions(std::ios::badbit);
  std::size_t line = 1;
  for (std::string row; std::getline(rows, row); ++line) {
    if (row.ends_with('\r')) row.pop_back();
    if (const std::string found = problem(row); !found.empty())
      fail_at(name, line, found, "plain text in UTF-8, KEY = \"VALUE\" on one line");
    const auto deepens = [](char c) { return c == '.' || c == '[' || c == '{'; };
    depth += std::ranges::count_if(without_text(row), deepens);
    if (depth > most_dots_and_brackets)
      fail_at(name, line, text("more than ", most_dots_and_brackets, " dots and brackets"),
              "a configuration, a few lines of TOML");
  }
}

/// A list of numbers as ours; Unreadable for one of anything else.
Value list_value(const toml::array& list) {
  std::vector<double> numbers;
  for (const toml::node& item : list) {
    if (!item.is_number()) return Unreadable{"a list that is not of numbers"};
    numbers.push_back(*item.value<double>());
  }
  return numbers;
}

Value to_value(const toml::node& node) {
  if (const auto* yes = node.as_boolean()) return yes->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* words = node.as_string()) return words->get();
  if (const auto* list = node.as_array()) return list_value(*list);
  return Unreadable{"a date or a time"};
}

/// An entry and its place, by which entries are put back into their order.
struct Placed {
  toml::source_position place;
  TomlEntry entry;
};

/// A NUL can be spelled in a string, `"a\u0000b"`; as a path, it would end there for the system.
void refuse_nul(const TomlEntry& entry, const std::string& name) {
  const auto* words = std::get_if<std::string>(&entry.value);
  const bool in_value = words && words->find('\0') != words->npos;
  if (in_value || entry.key.find('\0') != entry.key.npos)
    fail_at(name, static_cast<std::size_t>(entry.line),
            excerpt(entry.key) + (in_value ? ": a NUL character (\\u0000) in its text"
                                           : ": a NUL character (\\u0000) in a key"),
            "the text without it");
}

/// Adds the entries of `table`; `prefix` is what their keys begin with: `model.`
void flatten(const toml::table& table, const std::string& prefix, std::vector<Placed>& entries) {
  for (const auto& [key, node] : table) {
    const toml::source_position place = key.source().begin;
    const std::string name = prefix + std::string(key.str());
    const toml::table* inner = node.as_table();
    const Value value = inner ? Value(false) : to_value(node);
    entries.push_back({place, {name, value, inner != nullptr, static_cast<int>(place.line)}});
    if (inner) flatten(*inner, name + ".", entries);
  }
}

/// The first `count` lines.
std::string first_lines(const std::string& toml, std::size_t count) {
  std::size_t end = 0;
  for (; count > 0 && end < toml.size(); --count)
    end = std::min(toml.find('\n', end), toml.size() - 1) + 1;
  return toml.substr(0, end);
}

/// Whether the library reads `toml`, or refuses it, without a failed assertion.
bool asserts_nothing(const std::string& toml) {
  try {
    static_cast<void>(toml::parse(toml));
  } catch (const toml::parse_error&) {
  } catch (const std::logic_error&) {
    return false;
  }
  return true;
}

/// The line at which an assertion fails. The library reads forwards: the lines before are harmless.
std::size_t line_of_assertion(const std::string& toml) {
  std::size_t first = 1, last = 1 + static_cast<std::size_t>(std::ranges::count(toml, '\n'));
  while (first < last) {
    const std::size_t middle = first + (last - first) / 2;
    if (asserts_nothing(first_lines(toml, middle)))
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

[[noreturn]] void fail_in_line(const std::string& toml, const std::string& name, std::size_t line,
                               const std::string& reason) {
  const std::string row = first_lines(toml, line).substr(first_lines(toml, line - 1).size());
  fail_at(name, line, excerpt(row.substr(0, row.find('\n'))) + ": " + excerpt(reason, 200),
          "KEY = VALUE, one a line, text in \"quotes\"");
}

/// The library reads a number through a stream, which keeps a lack of memory to itself and calls
/// the number wrong: so it is asked again.
toml::table parse(const std::string& toml, const std::string& name, int attempts = 2) {
  try {
    return toml::parse(toml);
  } catch (const toml::parse_error& error) {
    if (attempts > 1) return parse(toml, name, attempts - 1);
    fail_in_line(toml, name, error.source().begin.line, std::string(error.description()));
  } catch (const std::logic_error&) {
    fail_in_line(toml, name, line_of_assertion(toml), "expected [TABLE] or KEY = VALUE");
  }
}

}  // namespace

std::vector<TomlEntry> read_toml(const std::string& toml, const std::string& name) {
  guard(toml, name);
  std::vector<Placed> placed;
  flatten(parse(toml, name), "", placed);
  std::ranges::sort(placed, {}, [](const Placed& entry) {
    return std::pair(entry.place.line, entry.place.column);
  });
  std::vector<TomlEntry> entries;
  for (Placed& each : placed) {
    refuse_nul(each.entry, name);
    entries.push_back(std::move(each.entry));
  }
  return entries;
}

std::string toml_file(const std::string& path) {
  auto in = open_to_read(path, std::ios::binary);
  std::string toml(largest_toml + 1, '\0');
  in.read(toml.data(), static_cast<std::streamsize>(toml.size()));
  if (!in.eof() && in.fail())
    throw Failure(ExitCode::usage, path + ": cannot be read; try the path of a TOML file");
  toml.resize(static_cast<std::size_t>(in.gcount()));
  if (toml.size() > largest_toml)
    throw Failure(ExitCode::usage,
                  path + ": larger than 1 MiB; try a configuration, a few lines of TOML");
  return toml;
}

}  // namespace lectern
