#include "tasks/metrics/tokenize_13a.h"

namespace lectern {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }

// ASCII punctuation but ' , - . and the space.
bool stands_alone(char c) {
  return (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') || c == '/' || (c >= ':' && c <= '@') ||
         (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t next = text.find(from), kept = 0;
  if (next == text.npos) return;
  std::string replaced;
  for (; next != text.npos; next = text.find(from, kept)) {
    replaced.append(text, kept, next - kept).append(to);
    kept = next + from.size();
  }
  text = replaced.append(text, kept);
}

std::string space_out_punctuation(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (stands_alone(c)) {
      out += ' ';
      out += c;
      out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

// Rewrites every pair of neighbours for which `first` and `second` hold, from left to right and
// without overlap, as a regular expression of two characters would. Bytes will do: no UTF-8
// character holds an ASCII byte.
template <class First, class Second, class Rewrite>
std::string replace_pairs(std::string_view text, First first, Second second, Rewrite rewrite) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    if (i + 1 < text.size() && first(text[i]) && second(text[i + 1])) {
      rewrite(out, text[i], text[i + 1]);
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace

std::string tokenize_13a(std::string_view line) {
  std::string text(line);
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");

  const auto not_digit = [](char c) { return !is_digit(c); };
  const auto is_dash = [](char c) { return c == '-'; };
  const auto second_apart = [](std::string& out, char a, char b) { out.append({a, ' ', b, ' '}); };
  const auto first_apart = [](std::string& out, char a, char b) { out.append({' ', a, ' ', b}); };
  text = space_out_punctuation(" " + text + " ");
  text = replace_pairs(text, not_digit, is_stop, second_apart);
  text = replace_pairs(text, is_stop, not_digit, first_apart);
  return replace_pairs(text, is_digit, is_dash, second_apart);
}

}  // namespace lectern
