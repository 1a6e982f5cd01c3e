#pragma once

#include <string_view>

namespace lectern {

/// Which of the three tables of token vectors are one and the same (Press and Wolf 2017).
enum class TiedEmbeddings {
  none,
  decoder,  ///< target embedding and output layer
  all,      ///< source embedding too; needs one vocabulary for both languages
};

constexpr std::string_view name_of(TiedEmbeddings tied) {
  switch (tied) {
    case TiedEmbeddings::none: return "none";
    case TiedEmbeddings::decoder: return "decoder";
    case TiedEmbeddings::all: return "all";
  }
  return {};
}

}  // namespace lectern
