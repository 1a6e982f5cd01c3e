#pragma once

#include <ostream>
#include <streambuf>

namespace lectern {

/// While one is alive, a stream shows what a terminal would obey (see printable): a name, a token or
/// a path in a message cannot colour, move or hide anything.
class Shown {
 public:
  /// \param needed  false leaves the stream as it is: what goes to a file or a program is data
  explicit Shown(std::ostream& stream, bool needed = true);
  ~Shown();
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(std::streambuf* out) : out_(out) {}

   protected:
    std::streamsize xsputn(const char* bytes, std::streamsize count) override;
    int_type overflow(int_type byte) override;
    int sync() override { return out_->pubsync(); }

   private:
    std::streambuf* out_;
  };

  std::ostream& stream_;
  std::streambuf* const before_;
  Buffer buffer_;
};

}  // namespace lectern
