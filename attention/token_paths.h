#pragma once

#include "attention/ops/paths/attend_paths.h"

namespace lectern {

/// The tokens of one call of a model that reads on, as the caches of all its layers see them.
struct NewestTokens {
  Tensor numbers;           ///< i32 `[row, n]`, among all tokens read: where tables keep them
  Paths paths;              ///< the tokens that each row consists of, the newest ones included
  std::int64_t before = 0;  ///< tokens of each row before these (a recorded step must not ask)
  std::int64_t room = 0;    ///< tokens that a table must have room for
};

/// Which tokens every row of a search consists of: one for all layers of a model (a block table).
///
/// Tokens are numbered in the order in which they are read, by all rows together, and stay where
/// they are. A hypothesis is a path through them, so that forking, changing places and ending
/// changes paths of numbers, not tables.
///
/// A call has two halves, so that a GPU can record the second (RecordedWork).
class TokenPaths {
 public:
  struct Call {
    Tensor order;    // i32 [row], the row of the call before that each row goes on from
    Tensor numbers;  // i32 [row, n]
  };
  /// First, on the host: counts n more tokens of every row, and makes room, twice as much.
  /// \param order  i32 `[row]`; before the first token it says nothing
  Call prepare(const Tensor& order, std::int64_t n);
  /// Then kernels alone, over tensors of the same shapes at the same places until moved() is true.
  NewestTokens extend(const Call& call);

  std::int64_t rows() const { return rows_; }
  /// Tokens of each row.
  std::int64_t length() const { return length_; }
  /// True when the last prepare() changed the number of rows or the room.
  bool moved() const { return moved_; }

 private:
  Paths paths_;  // undefined before the first token
  std::int64_t rows_ = 0;
  std::int64_t before_ = 0;       // tokens of each row before the last call
  std::int64_t length_ = 0;       // and with it
  std::int64_t tokens_read_ = 0;  // by all rows: the number of the next token
  std::int64_t room_ = 0;         // of a path
  std::int64_t table_room_ = 0;   // of a table
  bool moved_ = true;
};

}  // namespace lectern
