#include "tasks/config/shown.h"

#include <algorithm>
#include <string>

#include "tensor/printable.h"

namespace lectern {

Shown::Shown(std::ostream& stream, std::string_view kept, bool needed)
    : stream_(stream), before_(stream.rdbuf()), buffer_(before_, kept) {
  if (needed) stream.rdbuf(&buffer_);
}

Shown::~Shown() { stream_.rdbuf(before_); }

void Shown::write_as_it_is(std::ostream& stream, std::string_view text) {
  const auto* shown = dynamic_cast<const Buffer*>(stream.rdbuf());
  std::streambuf* out = shown ? shown->out_ : stream.rdbuf();
  const auto size = static_cast<std::streamsize>(text.size());
  if (out->sputn(text.data(), size) != size) stream.setstate(std::ios::badbit);
}

std::streamsize Shown::Buffer::xsputn(const char* bytes, std::streamsize count) {
  // Most of it goes as it is, and so does what is said when there is no memory for a copy.
  const auto is_plain = [this](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (0x20 <= byte && byte < 0x7f) || kept_.find(c) != std::string_view::npos;
  };
  if (std::all_of(bytes, bytes + count, is_plain)) return out_->sputn(bytes, count);
  const std::string shown =
      printable(std::string_view(bytes, static_cast<std::size_t>(count)), kept_);
  const auto size = static_cast<std::streamsize>(shown.size());
  return out_->sputn(shown.data(), size) == size ? count : 0;
}

Shown::Buffer::int_type Shown::Buffer::overflow(int_type byte) {
  if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
  const char one = traits_type::to_char_type(byte);
  return xsputn(&one, 1) == 1 ? byte : traits_type::eof();
}

}  // namespace lectern
