#pragma once

// The whole library, from tensors to models. A program of a few lines begins with
//
//     #include <lectern.h>
//
// a larger one names the headers that it uses, which compiles faster.

// Numbers
#include "tensor/create.h"
#include "tensor/measure.h"
#include "tensor/ops/apply.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/compare.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/permute.h"
#include "tensor/ops/pointwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/ops/softmax.h"
#include "tensor/ops/top_k.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tensor/print.h"
#include "tensor/random.h"
#include "tensor/tensor.h"

// Calculus
#include "autograd/by_definition.h"
#include "autograd/gradcheck.h"
#include "autograd/graph.h"
#include "autograd/ops/apply.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/compare.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/gather.h"
#include "autograd/ops/layer_norm.h"
#include "autograd/ops/linear_cross_entropy.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/recurrent.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "autograd/variable.h"

// Layers and optimisers
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/feed_forward.h"
#include "nn/init.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/module.h"
#include "nn/optim/adam.h"
#include "nn/optim/clip.h"
#include "nn/optim/schedule.h"
#include "nn/optim/sgd.h"
#include "nn/positions.h"
#include "nn/recurrent.h"

// Who looks at whom
#include "attention/adaptive_span.h"
#include "attention/distance_bias.h"
#include "attention/laboratory/lsh_quality.h"
#include "attention/laboratory/score_functions.h"
#include "attention/learned_window.h"
#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/mask.h"
#include "attention/multi_head.h"
#include "attention/ops/lsh/attend_lsh.h"
#include "attention/ops/mask_scores.h"
#include "attention/patterns.h"
#include "attention/scaled_dot_product.h"
#include "attention/window.h"

// Layers that remember nothing
#include "reversible/chunks.h"
#include "reversible/laboratory/drift.h"
#include "reversible/recompute.h"
#include "reversible/residual_pair.h"
#include "reversible/stack.h"

// The assembled networks
#include "models/decoder.h"
#include "models/decoder_layer.h"
#include "models/decoding.h"
#include "models/encoder_layer.h"
#include "models/language_model.h"
#include "models/reformer.h"
#include "models/sequence_classifier.h"
#include "models/transformer.h"
