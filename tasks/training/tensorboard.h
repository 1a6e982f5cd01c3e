#pragma once

#include <cstdint>
#include <string>

namespace lectern {

/// Writes numbers where TensorBoard looks for them.
///
/// The file is a sequence of records (length, its masked CRC-32C, bytes, their masked CRC-32C); the
/// bytes are an `Event` message in protocol-buffer form, of which four fields are enough: wall_time,
/// step, and summary → value → {tag, simple_value}.
class TensorBoardFile {
 public:
  /// Opens `folder/events.out.tfevents.<time>.<host>`, named and ordered as TensorBoard expects.
  explicit TensorBoardFile(const std::string& folder);
  ~TensorBoardFile();
  TensorBoardFile(const TensorBoardFile&) = delete;
  TensorBoardFile& operator=(const TensorBoardFile&) = delete;

  void scalar(const std::string& tag, std::int64_t step, double value);

 private:
  void write_record(const std::string& event);
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace lectern
