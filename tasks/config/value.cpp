#include "tasks/config/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <sstream>

#include "tensor/check.h"

namespace lectern {
namespace {

std::string number_to_toml(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  std::string toml(digits, end);
  // TOML tells 1 (whole) from 1.0; nan and inf have letters as an exponent has.
  if (toml.find_first_of(".eni") == std::string::npos) toml += ".0";
  return toml;
}

std::string quote(const std::string& text) {
  std::string toml = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      toml += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      const char* hex = "0123456789ABCDEF";
      toml += {'\\', 'u', '0', '0', hex[byte / 16], hex[byte % 16]};
    } else {
      toml += c;
    }
  }
  return toml + "\"";
}

/// A list that holds only whole numbers says them without a point.
std::string list_to_toml(const std::vector<double>& numbers) {
  const bool whole = std::ranges::all_of(
      numbers, [](double x) { return std::abs(x) < 0x1p53 && x == std::floor(x); });
  std::string toml;
  for (const double number : numbers)
    toml += (toml.empty() ? "" : ", ") +
            (whole ? std::to_string(static_cast<std::int64_t>(number)) : number_to_toml(number));
  return "[" + toml + "]";
}

template <class Number>
bool parse_all(const std::string& typed, Number& number) {
  const char* begin = typed.data() + (typed.starts_with('+') ? 1 : 0);
  const char* end = typed.data() + typed.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc() && stop == end;
}

/// `0.9,0.98` or `[0.9, 0.98]`
Value parse_list(std::string typed) {
  std::string items;
  for (const char c : typed)
    if (c != '[' && c != ']' && c != ' ') items += c;
  std::vector<double> numbers;
  std::istringstream in(items);
  in.exceptions(std::ios::badbit);
  for (std::string item; std::getline(in, item, ',');) {
    double number = 0;
    if (!parse_number(item, number)) return Unreadable{excerpt(typed)};
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::string to_toml(const Value& value) {
  struct Printer {
    std::string operator()(bool yes) const { return yes ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_to_toml(number); }
    std::string operator()(const std::string& text) const { return quote(text); }
    std::string operator()(const std::vector<double>& list) const { return list_to_toml(list); }
    std::string operator()(const Unreadable& other) const { return other.shown; }
  };
  return std::visit(Printer{}, value);
}

Value parse_value(const std::string& typed, const Value& like) {
  struct Parser {
    const std::string& typed;
    Value operator()(bool) const {
      if (typed == "true" || typed == "false") return typed == "true";
      return Unreadable{excerpt(typed)};
    }
    Value operator()(std::int64_t number) const {
      if (parse_number(typed, number)) return number;
      return Unreadable{excerpt(typed)};
    }
    Value operator()(double number) const {
      if (parse_number(typed, number)) return number;
      return Unreadable{excerpt(typed)};
    }
    Value operator()(const std::string&) const { return typed; }
    Value operator()(const std::vector<double>&) const { return parse_list(typed); }
    Value operator()(const Unreadable&) const { return Unreadable{excerpt(typed)}; }
  };
  return std::visit(Parser{typed}, like);
}

bool parse_number(const std::string& typed, double& number) { return parse_all(typed, number); }
bool parse_number(const std::string& typed, std::int64_t& number) {
  return parse_all(typed, number);
}

bool is_utf8(const std::string& text) {
  // Lead bytes and the range of the byte that follows: The Unicode Standard, table 3-7.
  struct Form {
    unsigned char lead_low, lead_high, next_low, next_high;
    std::size_t length;
  };
  constexpr Form forms[] = {
      {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
      {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
      {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  const auto within = [&](std::size_t i, unsigned char low, unsigned char high) {
    const auto byte = static_cast<unsigned char>(text[i]);
    return low <= byte && byte <= high;
  };
  for (std::size_t i = 0; i < text.size();) {
    const Form* form = std::ranges::find_if(
        forms, [&](const Form& f) { return within(i, f.lead_low, f.lead_high); });
    if (form == std::end(forms) || i + form->length > text.size()) return false;
    if (form->length > 1 && !within(i + 1, form->next_low, form->next_high)) return false;
    for (std::size_t k = 2; k < form->length; ++k)
      if (!within(i + k, 0x80, 0xbf)) return false;
    i += form->length;
  }
  return true;
}

std::string excerpt(const std::string& text, std::size_t longest) {
  std::string shown = text.substr(0, longest);
  if (text.size() > longest) {
    // Do not cut a UTF-8 character in two: drop its continuation bytes, then its first byte.
    while (!shown.empty() && (shown.back() & 0xc0) == 0x80) shown.pop_back();
    if (!shown.empty() && (shown.back() & 0x80)) shown.pop_back();
    shown += "...";
  }
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return shown;
}

}  // namespace lectern
