#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Where one head of one layer looked, for one sentence pair.
struct AttentionMap {
  std::string kind{};                  ///< "cross", "encoder self", "decoder self", or another name
  int layer = 0;                       ///< counted from 0, shown from 1
  int head = 0;                        ///< counted from 0, shown from 1
  std::vector<std::string> rows{};     ///< the tokens that look (the queries)
  std::vector<std::string> columns{};  ///< the tokens looked at (the keys)
  std::vector<float> weights{};        ///< `[rows, columns]`, each row summing to one
};

/// The map of every head of a layer.
/// \param weights  `[1, head, query, key]`
/// \param about    what the maps have in common: kind, layer, rows, columns
std::vector<AttentionMap> maps_of_heads(const Tensor& weights, const AttentionMap& about);

struct AttentionPage {
  std::string source{};       ///< the sentence that was read, or which example it was
  std::string translation{};  ///< the sentence that was written; empty: none
  std::vector<AttentionMap> maps{};
  std::string command{};
  std::string version{};
};

/// One self-contained HTML page that shows who looked at whom: for each kind of attention the
/// average over its layers and heads as a heat map, a line of words that shows, for the word that
/// is pointed at, where it looked, and every head in small. Without scripts the pictures remain.
///
/// Memory: about 8 bytes of page for each weight.
/// \throws Error when a map's weights are not rows × columns, or when two maps of the same kind are
///         about different tokens
std::string attention_page(const AttentionPage& page);

/// The same pictures as part of another page, which adds the style and the script.
std::string attention_sections(const std::vector<AttentionMap>& maps);
std::string attention_style();
std::string attention_script();

}  // namespace lectern
