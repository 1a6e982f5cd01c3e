#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

struct Record;

/// The loss's derivative by each input of an op, in the order of the inputs. An undefined Tensor
/// stands for an input that needs none.
using Gradients = std::vector<Tensor>;

/// Turns the loss's derivative by an op's output into those by its inputs.
using BackwardRule = std::function<Gradients(const Tensor& d_output)>;

/// A Tensor that remembers where it came from.
///
/// A value handle like Tensor: copies share the value and the gradient. Optimisers, kernels and
/// derivative rules speak Tensor, so they cannot record by accident.
class Variable {
 public:
  Variable() = default;
  /// A leaf: data, which need no gradient, or a parameter, which does.
  explicit Variable(Tensor value) : Variable(std::move(value), Leaf{}) {}
  static Variable parameter(Tensor value) { return Variable(std::move(value), Leaf{true}); }
  /// This Variable with a name, for pictures of the tape and messages.
  Variable named(std::string name) const;
  const std::string& name() const;

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const { return node_->value; }
  const Shape& shape() const { return value().shape(); }
  std::int64_t dim(int axis, Where where = Where::current()) const {
    return value().dim(axis, where);
  }
  bool requires_gradient() const { return node_ && node_->requires_gradient; }

  /// Of a leaf: the sum of what every backward() since zero_gradient() found. What an op made has a
  /// gradient only where a KeepIntermediates kept it. Throws an Error that says why there is none.
  const Tensor& gradient(Where where = Where::current()) const;
  bool has_gradient() const;
  void zero_gradient() { node_->gradient = Tensor(); }
  void set_gradient(Tensor gradient) { node_->gradient = std::move(gradient); }
  void accumulate_gradient(const Tensor& gradient);
  /// Of a leaf: replaces the numbers (an optimiser's step, a checkpoint being loaded).
  void set_value(Tensor value) { node_->value = std::move(value); }
  /// Of a leaf: the numbers, to be overwritten.
  Tensor& mutable_value() { return node_->value; }

  /// The same numbers, with no memory of where they came from.
  Variable detach() const { return Variable(value()); }
  /// The op that made this Variable; null for a leaf.
  const std::shared_ptr<Record>& made_by() const { return node_->made_by; }
  /// True when both are the same Variable, not merely equal.
  bool is_same(const Variable& other) const { return node_ == other.node_; }
  const void* identity() const { return node_.get(); }

 private:
  friend Variable record(std::string, Tensor, std::vector<Variable>, BackwardRule, Where);
  friend void backward(const Variable&, const Tensor&, Where);
  struct Leaf {
    bool requires_gradient = false;
  };
  struct Node {
    Tensor value;
    Tensor gradient;
    bool requires_gradient = false;
    std::shared_ptr<Record> made_by;
    std::string name;  // of a leaf; an op's output has its Record's
    ~Node();
  };
  Variable(Tensor value, Leaf leaf);
  /// What the tape remembers of an op's input: where it came from and its shape. The numbers live as
  /// long as a derivative rule or the program holds them, and a leaf stays itself.
  Variable trace() const;

  std::shared_ptr<Node> node_;
};

/// One line of the tape: an op, its inputs, and how its derivative runs backwards.
struct Record {
  std::string name;              ///< "softmax"
  std::uint64_t serial = 0;      ///< records are numbered in the order in which they were made
  std::vector<Variable> inputs;  ///< of those made by ops, only origin and shape
  BackwardRule rule;             ///< taken away once backward() has used it
  Where where;                   ///< the line of the program that called the op
  Shape output_shape;
  std::string output_name{};           ///< given by Variable::named
  Tensor output{}, output_gradient{};  ///< only where a KeepIntermediates keeps them
};

/// The numbers as Tensors print them, then which op made them and whether they need a gradient.
std::ostream& operator<<(std::ostream& out, const Variable& variable);

/// Puts an op on the tape and returns its output. When no input requires a gradient, or inside a
/// NoGradient, nothing is recorded and the rule is dropped.
/// \param name   the op's name, for error messages and graph drawings
/// \param rule   called at most once; what it captured is freed right after
Variable record(std::string name, Tensor value, std::vector<Variable> inputs, BackwardRule rule,
                Where where = Where::current());

/// Adds to the gradient of every leaf that `loss` depends on.
///
/// Takes the record with the highest serial number first: an op is numbered after its inputs, so
/// this order needs no recursion and no topological sort, and a rule may itself record and run
/// backward (as a reversible layer does). Cost: one pass over the tape; each record's memory is
/// freed as soon as its rule has run, so a second backward over the same tape throws.
/// \param seed  the derivative to begin with; by default 1, for a `loss` of one number
void backward(const Variable& loss, const Tensor& seed = {}, Where where = Where::current());

/// While one is alive in this thread, nothing is recorded: for evaluation and decoding.
class NoGradient {
 public:
  NoGradient();
  ~NoGradient();
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;
};
bool recording();

/// While one is alive in this thread, the tape keeps the value of every op and, after backward(), the
/// gradient by it: for pictures that show them (autograd/graph.h), and for looking on. (PyTorch's
/// retain_grad, for all at once.) Costs the memory that the tape otherwise frees.
class KeepIntermediates {
 public:
  KeepIntermediates();
  ~KeepIntermediates();
  KeepIntermediates(const KeepIntermediates&) = delete;
  KeepIntermediates& operator=(const KeepIntermediates&) = delete;
};

/// While one is alive in this thread, every value and gradient is searched for NaN and infinity as
/// soon as it is made, and the first one throws a NotFinite that names the op and its line.
/// Costs one pass over each result.
class DetectAnomaly {
 public:
  DetectAnomaly();
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;
};

/// While one is alive, it is told of every op of this thread: a profiler. The latest one listens.
class OpWatcher {
 public:
  OpWatcher();
  virtual ~OpWatcher();
  OpWatcher(const OpWatcher&) = delete;
  OpWatcher& operator=(const OpWatcher&) = delete;
  /// The op's value has just been calculated and recorded.
  virtual void after_forward(const Record& op) = 0;
  /// The op's derivative rule is about to run, with the loss's derivative by the op's output.
  virtual void before_backward(const Record&, const Tensor& /*d_output*/) {}
  /// The op's derivative rule has just run, and what it found has been added to its inputs' gradients.
  virtual void after_backward(const Record& op) = 0;

 private:
  OpWatcher* before_;
};

/// A NaN or an infinity where a number was expected.
class NotFinite : public Error {
 public:
  using Error::Error;
};

}  // namespace lectern
