#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// `text` for the inside of an element or of a quoted attribute: the five special characters as
/// entities, control characters and invalid UTF-8 as U+FFFD, so that any bytes give a valid page.
std::string escape(std::string_view text);

/// Its parts, one after the other.
std::string joined(std::initializer_list<std::string_view> parts);

/// A number for attributes: at most two decimals, the same in every locale; NaN and Inf give 0.
std::string coordinate(double value);

/// A number for people: `significant` digits, commas between thousands, `1.5M`, `3×10⁻⁵`; a dash
/// for NaN. The same in every locale.
std::string readable(double value, int significant = 4);

/// One attribute of an element. A text is escaped, a number printed by `coordinate`.
struct Attribute {
  Attribute(std::string_view name, std::string_view text) : name(name), value(escape(text)) {}
  Attribute(std::string_view name, double number) : name(name), value(coordinate(number)) {}

  std::string_view name;
  std::string value;
};

/// `<name attributes…>content</name>`; `content` is markup and is taken as it is. Writing pages as
/// nested calls keeps every tag closed.
std::string element(std::string_view name, std::initializer_list<Attribute> attributes,
                    std::string_view content = {});

/// The number of characters that `text` shows: code points, not bytes.
size_t characters(std::string_view text);

/// The first `limit` characters of `text`, the last of them an ellipsis when some were cut.
std::string shorten(std::string_view text, size_t limit);

/// How wide `text` will be at `font_size`, in the same unit: an estimate for fonts that are
/// unknown, on the wide side.
double text_width(std::string_view text, double font_size);

/// Character number `index` of `text`, counted from 0.
std::string_view character_at(std::string_view text, size_t index);

/// A token that begins a word, as SentencePiece writes it: `▁Hund`.
bool begins_word(std::string_view token);

/// A token without its space mark: `▁Hund` gives `Hund`; the lone mark stays.
std::string_view without_space_mark(std::string_view token);

/// Tokens as people read them. Of pieces, as SentencePiece writes them, the space mark goes, and
/// letters that go on with a word get a hyphen: `▁ruf` `t` gives `ruf` `-t`. Other tokens stay.
std::vector<std::string> readable_tokens(const std::vector<std::string>& tokens);

}  // namespace lectern
