#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "attention/multi_head.h"
#include "models/output_layer.h"
#include "models/tokens.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "nn/positions.h"
#include "reversible/stack.h"
#include "tasks/zoo/bugs.h"

namespace lectern {

/// \addtogroup zoo
/// @{

struct PatientOptions {
  std::int64_t source_vocab = 0, target_vocab = 0;
  std::int64_t d_model = 64;
  int heads = 4, layers = 2;
  std::int64_t d_ff = 128, max_length = 64;
  double dropout = 0.1;
  bool reversible = false;  ///< the encoder's layers keep nothing (reversible/stack.h)
  Bug bug = Bug::none;
};

/// One layer of the encoder: x + attention, x + feed-forward.
struct PatientEncoderLayer : Module {
  PatientEncoderLayer(const PatientOptions& options, Initializer& init);
  void visit(Visitor& visitor) override;

  MultiHeadAttention attention;
  FeedForward feed_forward;
  LayerNorm norm1, norm2;
  Dropout dropout;
};

/// One layer of the decoder.
struct PatientDecoderLayer : Module {
  PatientDecoderLayer(const PatientOptions& options, Initializer& init);
  void visit(Visitor& visitor) override;

  MultiHeadAttention self_attention, cross_attention;
  FeedForward feed_forward;
  LayerNorm norm1, norm2, norm3;
  Dropout dropout;
};

/// A Transformer (Vaswani et al. 2017, figure 1, norms after the sums) from the library's layers, short
/// enough to find a bug in it, and with the switch for each bug on the line where programs have it.
/// models/transformer.h is the library's own.
class Patient : public Module {
 public:
  Patient(const PatientOptions& options, Initializer& init);

  /// \return `[batch, source, d_model]`
  Variable encode(const Tokens& source) const;
  /// The scores of the next word behind each word of `target`, `[batch, target, vocab]`.
  /// \param target  i32 `[batch, target]`
  /// \param memory  what encode() gave
  Variable logits(const Tensor& target, const Variable& memory, const Tokens& source) const;
  void visit(Visitor& visitor) override;

  bool reversible() const { return options_.reversible; }
  /// Of reversible layers: the encoder's sublayers as functions of one stream.
  std::vector<StreamFunction> streams(const Mask& mask) const;
  /// Scaled word vectors with their positions, `[batch, source, d_model]`.
  Variable read(const Tensor& ids) const;
  const Embedding& source_embedding() const { return source_embedding_; }
  const Embedding& target_embedding() const { return target_embedding_; }

 private:
  PatientOptions options_;
  Embedding source_embedding_, target_embedding_;
  Positions positions_;
  Dropout dropout_;
  std::deque<PatientEncoderLayer> encoder_;
  std::deque<PatientDecoderLayer> decoder_;
  std::optional<LayerNorm> norm_;  // behind reversible layers
  OutputLayer output_;
  mutable std::int64_t runs_ = 0;  // of a sublayer that forgot its dropout mask
};
/// @}

}  // namespace lectern
