#include "settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

namespace {

constexpr std::size_t longest_text = 300;  // [bytes]

[[noreturn]] void fail(const std::string& sentence) {
  std::cerr << "error: " << sentence << "\n";
  std::exit(2);
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words)
    line += (line.empty() ? "" : ", ") + word;
  return line;
}

/// Between quotes, as TOML and JSON write it.
std::string quoted(const std::string& words) {
  std::string line = "\"";
  for (const char letter : words) {
    if (letter == '"' || letter == '\\') line += '\\';
    line += letter;
  }
  return line + "\"";
}

void print(const std::vector<Setting>& list) {
  for (const Setting& each : list) {
    std::vector<std::string> values;
    for (const std::string& value : each.values)
      values.push_back(quoted(value));
    std::cout << "[" << each.name << "]\nsays = " << quoted(each.says)
              << "\nbook = " << quoted(each.book) << "\nvalues = ["
              << joined(values)
              << "]\nis_text = " << (each.is_text ? "true" : "false") << "\n\n";
  }
}

bool same_number(const std::string& a, const std::string& b) {
  char* end = nullptr;
  const double x = std::strtod(a.c_str(), &end);
  return !a.empty() && *end == '\0' && x == std::strtod(b.c_str(), nullptr);
}

/// The value as it stands in the list. \param typed  `heads=4`
std::string value_of(const Setting& setting, const std::string& typed,
                     const std::string& value) {
  if (setting.is_text) {
    const auto is_control = [](unsigned char letter) { return letter < ' '; };
    if (value.find_first_not_of(' ') == std::string::npos ||
        value.size() > longest_text || std::ranges::any_of(value, is_control))
      fail("--with " + setting.name + ": " + std::to_string(value.size()) +
           " bytes came; expected one line of up to " +
           std::to_string(longest_text) + " with a word in it, such as \"" +
           setting.values.front() + "\"");
    return value;
  }
  const auto found = std::ranges::find_if(
      setting.values,
      [&](const std::string& each) { return same_number(value, each); });
  if (found == setting.values.end())
    fail("--with " + typed + ": expected one of " + joined(setting.values));
  return *found;
}

}  // namespace

Settings::Settings(std::vector<Setting> list, int argc, char** argv)
    : list_(std::move(list)) {
  for (const Setting& each : list_) values_.push_back(each.book);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"--settings"}) {
    print(list_);
    std::exit(0);
  }
  if (std::ranges::count(words, "--with") == 0) return;
  std::vector<bool> typed(list_.size());
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (words[i] != "--with")
      fail("beside --with came " + words[i] +
           "; expected --with NAME=VALUE alone: a part is left out, or "
           "something is changed");
    if (i + 1 == words.size())
      fail("behind --with nothing came; expected NAME=VALUE");
    const std::string& word = words[i + 1];
    const std::string name = word.substr(0, word.find('='));
    const auto found = std::ranges::find(list_, name, &Setting::name);
    if (found == list_.end() || name.size() == word.size()) {
      std::vector<std::string> names;
      for (const Setting& each : list_) names.push_back(each.name);
      fail("--with " + word + ": expected NAME=VALUE, where NAME is one of " +
           joined(names) + "; --settings says what they are");
    }
    const auto place = static_cast<std::size_t>(found - list_.begin());
    if (typed[place])
      fail("--with " + word + ": " + name + " is given twice; leave one out");
    typed[place] = true;
    values_[place] = value_of(*found, word, word.substr(name.size() + 1));
  }
}

bool Settings::changed() const {
  const auto same = [](const std::string& value, const Setting& setting) {
    return value == setting.book;
  };
  return !std::equal(values_.begin(), values_.end(), list_.begin(), same);
}

std::string Settings::line() const {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < list_.size(); ++i) {
    std::string name = list_[i].name;
    std::replace(name.begin(), name.end(), '_', ' ');
    words.push_back(name + " " + values_[i]);
  }
  return joined(words);
}

const std::string& Settings::text(const std::string& name) const {
  const auto found = std::ranges::find(list_, name, &Setting::name);
  if (found == list_.end()) fail("this chapter has no setting " + name);
  return values_[static_cast<std::size_t>(found - list_.begin())];
}

double Settings::number(const std::string& name) const {
  return std::stod(text(name));
}

void Settings::refuse(const std::string& name, const std::string& why) {
  fail("--with " + name + ": " + why);
}

std::int64_t Settings::whole(const std::string& name) const {
  return std::llround(number(name));
}
