#include "autograd/variable.h"

#include <atomic>
#include <map>
#include <unordered_map>
#include <utility>

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/is_finite.h"

namespace lectern {
namespace {

std::atomic<std::uint64_t> next_serial{1};
thread_local int no_gradient_depth = 0;
thread_local int detect_anomaly_depth = 0;
thread_local int keep_intermediates_depth = 0;
thread_local OpWatcher* watcher = nullptr;

void expect_finite(const Tensor& tensor, const std::string& what, const Record& made_by) {
  if (detect_anomaly_depth == 0 || !tensor.defined() || is_finite(tensor)) return;
  throw NotFinite(text(what, " of \"", made_by.name, "\" (", line_of(made_by.where), "), ",
                       tensor.shape(), ", is the first that holds NaN or Inf"));
}

/// Sums what arrives at one Variable. The first gradient is kept as it is: it may be shared with
/// other receivers, so a second one makes a new tensor unless nobody else holds the storage.
void add_gradient(Tensor& sum, const Tensor& gradient) {
  if (!sum.defined())
    sum = gradient;
  else if (sum.owns_storage_alone())
    add_in_place(sum, gradient);
  else
    sum = add(sum, gradient);
}

}  // namespace

Variable::Variable(Tensor value, Leaf leaf) : node_(std::make_shared<Node>()) {
  node_->value = std::move(value);
  node_->requires_gradient = leaf.requires_gradient;
}

Variable Variable::trace() const {
  if (!defined() || !made_by()) return *this;
  Variable trace(value().outline());
  trace.node_->requires_gradient = true;
  trace.node_->made_by = made_by();
  return trace;
}

Variable Variable::named(std::string name) const {
  (made_by() ? made_by()->output_name : node_->name) = std::move(name);
  return *this;
}

const std::string& Variable::name() const {
  return made_by() ? made_by()->output_name : node_->name;
}

bool Variable::has_gradient() const {
  return (made_by() ? made_by()->output_gradient : node_->gradient).defined();
}

const Tensor& Variable::gradient(Where where) const {
  check(
      has_gradient(),
      [&] {
        return made_by()
                   ? text("the gradient by the value of \"", made_by()->name,
                          "\" was not kept; a KeepIntermediates before the forward pass keeps it")
               : requires_gradient() ? "no gradient yet: call backward(loss) with a loss that "
                                       "depends on this parameter"
                                     : "data have no gradient; what shall have one is made by "
                                       "Variable::parameter(tensor), not by Variable(tensor)";
      },
      where);
  return made_by() ? made_by()->output_gradient : node_->gradient;
}

void Variable::accumulate_gradient(const Tensor& gradient) {
  check(gradient.shape() == shape(), [&] {
    return text("a gradient of shape ", gradient.shape(), " for a value of shape ", shape());
  });
  add_gradient(node_->gradient, gradient);
}

/// Frees a chain of records one by one: the default, each node freeing its inputs from inside its
/// own destructor, overflows the stack on a long tape that was never differentiated.
Variable::Node::~Node() {
  if (!made_by) return;
  std::vector<std::shared_ptr<Record>> doomed;
  doomed.push_back(std::move(made_by));
  while (!doomed.empty()) {
    const std::shared_ptr<Record> record = std::move(doomed.back());
    doomed.pop_back();
    if (record.use_count() > 1) continue;
    for (Variable& input : record->inputs)
      if (input.node_ && input.node_.use_count() == 1 && input.node_->made_by)
        doomed.push_back(std::move(input.node_->made_by));
  }
}

Variable record(std::string name, Tensor value, std::vector<Variable> inputs, BackwardRule rule,
                Where where) {
  bool needed = recording();
  if (needed) {
    needed = false;
    for (const Variable& input : inputs) needed = needed || input.requires_gradient();
  }
  if (!needed && detect_anomaly_depth == 0) return Variable(std::move(value));

  for (Variable& input : inputs) input = input.trace();
  auto made_by =
      std::make_shared<Record>(Record{std::move(name), next_serial.fetch_add(1), std::move(inputs),
                                      std::move(rule), where, value.shape()});
  expect_finite(value, "the value", *made_by);
  if (!needed) return Variable(std::move(value));
  Variable output(std::move(value));
  output.node_->requires_gradient = true;
  if (keep_intermediates_depth > 0) made_by->output = output.value();
  output.node_->made_by = std::move(made_by);
  if (watcher) watcher->after_forward(*output.node_->made_by);
  return output;
}

void backward(const Variable& loss, const Tensor& seed, Where where) {
  check(loss.requires_gradient(),
        "backward() from a value that depends on no parameter: what is to be learnt is made by "
        "Variable::parameter(tensor), not by Variable(tensor); or was the value made under "
        "NoGradient?",
        where);
  check(
      seed.defined() || loss.value().size() == 1,
      [&] {
        return text("backward() needs a loss of one number, or a seed; the loss is ", loss.shape());
      },
      where);
  const Tensor& value = loss.value();
  const Tensor first =
      seed.defined() ? seed : full(loss.shape(), 1.0, value.dtype(), value.device());
  check(
      first.shape() == loss.shape(),
      [&] { return text("the seed is ", first.shape(), ", the loss ", loss.shape()); }, where);
  if (!loss.made_by()) return Variable(loss).accumulate_gradient(first);

  // What is still to be done, by serial number: the record and the gradient gathered for its output.
  struct Pending {
    std::shared_ptr<Record> record;
    Tensor gradient;
  };
  std::map<std::uint64_t, Pending> pending;
  pending[loss.made_by()->serial] = {loss.made_by(), first};

  while (!pending.empty()) {
    const auto last = std::prev(pending.end());
    const std::shared_ptr<Record> made_by = std::move(last->second.record);
    Tensor gradient = std::move(last->second.gradient);
    pending.erase(last);

    check(
        made_by->rule != nullptr,
        [&] {
          return text("backward() has already run through \"", made_by->name,
                      "\" and freed what it kept; record the forward pass again");
        },
        where);
    if (keep_intermediates_depth > 0) made_by->output_gradient = gradient;
    if (watcher) watcher->before_backward(*made_by, gradient);
    const BackwardRule rule = std::exchange(made_by->rule, nullptr);
    Gradients gradients = rule(gradient);
    gradient = Tensor();
    check(gradients.size() == made_by->inputs.size(), [&] {
      return text("the rule of \"", made_by->name, "\" returned ", gradients.size(),
                  " gradients for ", made_by->inputs.size(), " inputs");
    });
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      Variable& input = made_by->inputs[i];
      Tensor d_input = std::move(gradients[i]);
      if (!input.requires_gradient() || !d_input.defined()) continue;
      check(d_input.shape() == input.shape(), [&] {
        return text("\"", made_by->name, "\" gave a gradient of shape ", d_input.shape(),
                    " for an input of shape ", input.shape());
      });
      expect_finite(d_input, text("the gradient by input ", i), *made_by);
      if (!input.made_by()) {
        add_gradient(input.node_->gradient, d_input);
      } else {
        Pending& next = pending[input.made_by()->serial];
        next.record = input.made_by();
        add_gradient(next.gradient, d_input);
      }
    }
    if (watcher) watcher->after_backward(*made_by);
  }
}

NoGradient::NoGradient() { ++no_gradient_depth; }
NoGradient::~NoGradient() { --no_gradient_depth; }
bool recording() { return no_gradient_depth == 0; }

DetectAnomaly::DetectAnomaly() { ++detect_anomaly_depth; }
DetectAnomaly::~DetectAnomaly() { --detect_anomaly_depth; }

KeepIntermediates::KeepIntermediates() { ++keep_intermediates_depth; }
KeepIntermediates::~KeepIntermediates() { --keep_intermediates_depth; }

OpWatcher::OpWatcher() : before_(std::exchange(watcher, this)) {}
OpWatcher::~OpWatcher() { watcher = before_; }

}  // namespace lectern
