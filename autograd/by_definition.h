#pragma once

namespace lectern {

/// While one is alive, every fused op of the program takes its readable definition: the composition
/// of differentiable ops, in the paper's order, that says what the op means. So the path that is
/// explained can be run, stepped through in a debugger, and trained along:
///
///     const ByDefinition scope;
///     translate(sentence);  // attend is softmax(q kᵀ / √d_head) v, op after op
///
/// It counts for all threads. Values are those of the fused ops up to rounding; choices, such as
/// dropout masks and buckets, are the same ones.
/// Cost: the memory and the time that fusion saves; for attention, several matrices
/// `[batch, head, query, key]`.
class ByDefinition {
 public:
  ByDefinition();
  ~ByDefinition();
  ByDefinition(const ByDefinition&) = delete;
  ByDefinition& operator=(const ByDefinition&) = delete;
};

/// Asked by every fused op, first of all.
bool runs_by_definition();

}  // namespace lectern
