#pragma once

#include <ostream>
#include <streambuf>
#include <string_view>

namespace lectern {

/// While one is alive, a stream shows what a terminal would obey (see printable): a name, a token or
/// a path in a message cannot colour, move or hide anything.
class Shown {
 public:
  /// \param kept    control characters that stay: lines, columns, and where a bar is drawn again "\r"
  /// \param needed  false leaves the stream as it is: what goes to a file or a program is data
  Shown(std::ostream& stream, std::string_view kept, bool needed = true);
  ~Shown();
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

  /// Writes to a stream what a terminal is to obey: colours of our own around words that have gone
  /// through printable().
  static void write_as_it_is(std::ostream& stream, std::string_view text);

 private:
  class Buffer : public std::streambuf {
   public:
    Buffer(std::streambuf* out, std::string_view kept) : out_(out), kept_(kept) {}

   protected:
    std::streamsize xsputn(const char* bytes, std::streamsize count) override;
    int_type overflow(int_type byte) override;
    int sync() override { return out_->pubsync(); }

   private:
    friend class Shown;
    std::streambuf* out_;
    std::string_view kept_;
  };

  std::ostream& stream_;
  std::streambuf* const before_;
  Buffer buffer_;
};

}  // namespace lectern
