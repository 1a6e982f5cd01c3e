#include "nn/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "tensor/measure.h"
#include "tensor/memory_watch.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/sum_of_squares.h"

namespace lectern {
namespace {

constexpr const char* without_name = "all else that was there";
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::int64_t bytes_of(const Tensor& tensor) { return tensor.size() * size_of(tensor.dtype()); }

double norm_of(const Tensor& tensor) { return std::sqrt(sum_of_squares({tensor}).item<double>()); }

/// Knows to which part of a model an op belongs: the innermost part at work that the model names, or,
/// where the op reads a parameter of a part inside of that, this one.
class Parts {
 public:
  explicit Parts(Module& model) {
    for (const NamedPart<Module>& part : parts_of<Module>(model)) names_[part.part] = part.name;
    for (const NamedParameter& parameter : parameters(model)) {
      const std::string& name = parameter.name;
      const std::size_t dot = name.rfind('.');
      owners_[parameter.variable.identity()] = dot == name.npos ? "" : name.substr(0, dot);
    }
  }

  std::string of(const Record& op) const {
    const std::string around = at_work();
    for (const Variable& input : op.inputs) {
      if (!input.defined()) continue;
      const auto owner = owners_.find(input.identity());
      if (owner != owners_.end() && is_inside(owner->second, around)) return owner->second;
    }
    return around;
  }

 private:
  std::string at_work() const {
    for (const PartAtWork* one = PartAtWork::innermost(); one; one = one->around())
      if (const auto name = names_.find(&one->part()); name != names_.end()) return name->second;
    return "";
  }
  static bool is_inside(const std::string& part, const std::string& around) {
    return around.empty() || part == around || part.starts_with(around + ".");
  }

  std::unordered_map<const Module*, std::string> names_;
  std::unordered_map<const void*, std::string> owners_;
};

/// Measures the derivative by the output of every op, in the order in which the ops were recorded, and
/// those by the parameters.
class GradientNorms : public OpWatcher {
 public:
  void after_forward(const Record& op) override {
    places_[op.serial] = norms.size();
    norms.push_back(unknown);
  }
  void before_backward(const Record& op, const Tensor& d_output) override {
    const auto place = places_.find(op.serial);
    if (place != places_.end()) norms[place->second] = norm_of(d_output);
  }
  /// Keeps the parameters' gradients, which the step may clear when it has used them.
  void after_backward(const Record& op) override {
    for (const Variable& input : op.inputs)
      if (input.defined() && !input.made_by() && input.has_gradient())
        gradients_[input.identity()] = input.gradient();
  }

  double of(const Variable& parameter) const {
    const auto gradient = gradients_.find(parameter.identity());
    return gradient == gradients_.end() ? unknown : norm_of(gradient->second);
  }
  std::vector<double> norms;

 private:
  std::unordered_map<const void*, Tensor> gradients_;
  std::unordered_map<std::uint64_t, std::size_t> places_;
};

/// Writes one step down while it runs.
class StepRecorder : public OpWatcher {
 public:
  StepRecorder(const Parts& parts, StepProfile profile)
      : parts_(parts),
        profile_(std::move(profile)),
        before_(memory_statistics().in_use),
        watch_(default_device(), [this](const MemoryEvent& event) { listen(event); }) {
    reset_high_water();
    profile_.film.push_back({.time = 0, .in_use = before_});
    operations_ = first_operations_ = operations_of_products();
    clock_.restart();
  }

  void after_forward(const Record& op) override {
    const Span span = end_span();
    const bool again = depth_ > 0;
    const int place = static_cast<int>(profile_.ops.size());
    profile_.ops.push_back({.name = op.name,
                            .part = parts_.of(op),
                            .where = line_of(op.where),
                            .shape = op.output_shape,
                            .again = again,
                            .forward = again ? 0 : span.seconds,
                            .backward = again ? span.seconds : 0,
                            .forward_operations = span.operations,
                            .gradient_norm = unknown});
    places_[op.serial] = place;
    recorded_at_.push_back(moment());
    book_memory_on(place, StepPhase::forward);
    begin_span();
  }

  void before_backward(const Record&, const Tensor&) override {
    if (depth_++ == 0) backward_from_.push_back(moment());
  }

  void after_backward(const Record& op) override {
    --depth_;
    const Span span = end_span();
    const auto place = places_.find(op.serial);
    if (place != places_.end()) {
      ProfiledOp& here = profile_.ops[static_cast<std::size_t>(place->second)];
      here.backward += span.seconds;
      here.backward_operations += span.operations;
      book_memory_on(place->second, StepPhase::backward);
    }
    begin_span();
  }

  /// Ends the step.
  StepProfile finish() {
    profile_.update = end_span().seconds;
    profile_.seconds = clock_.elapsed();
    book_memory_on(-1, StepPhase::update);
    profile_.high_water = memory_statistics().high_water;
    profile_.operations = operations_of_products() - first_operations_;
    book_bytes();
    return std::move(profile_);
  }

 private:
  struct Span {
    double seconds;
    std::int64_t operations;
  };

  /// With the allocator locked, perhaps from a kernel's thread: the op waits for it.
  void listen(const MemoryEvent& event) {
    profile_.film.push_back({.time = clock_.elapsed(), .in_use = event.in_use});
    if (event.bytes >= 0) {
      alive_[event.memory] = profile_.blocks.size();
      new_blocks_.push_back(profile_.blocks.size());
      profile_.blocks.push_back({.bytes = event.bytes, .born = moment()});
    } else if (const auto block = alive_.find(event.memory); block != alive_.end()) {
      profile_.blocks[block->second].died = moment();
      alive_.erase(block);
    } else {  // it was there before the step
      profile_.blocks.push_back({.bytes = -event.bytes, .name = without_name, .died = moment()});
    }
  }

  int moment() const { return static_cast<int>(profile_.film.size()) - 1; }

  Span end_span() {
    finish_work();
    const std::int64_t operations = operations_of_products();
    return {clock_.elapsed() - span_began_, operations - operations_};
  }
  /// What the recording itself takes is nobody's.
  void begin_span() {
    operations_ = operations_of_products();
    span_began_ = clock_.elapsed();
  }

  /// What has happened to the memory since the last span belongs to `op`.
  void book_memory_on(int op, StepPhase from) {
    for (const std::size_t block : new_blocks_) {
      profile_.blocks[block].op = op;
      profile_.blocks[block].from = from;
    }
    new_blocks_.clear();
    for (; booked_ < profile_.film.size(); ++booked_) {
      profile_.film[booked_].op = op;
      profile_.film[booked_].phase = depth_ > 0 ? StepPhase::backward : from;
    }
  }

  void book_bytes() {
    for (const MemoryBlock& block : profile_.blocks) {
      if (block.from != StepPhase::forward || block.op < 0) continue;
      const auto op = static_cast<std::size_t>(block.op);
      profile_.ops[op].made += block.bytes;
      const auto backward =
          std::lower_bound(backward_from_.begin(), backward_from_.end(), recorded_at_[op]);
      if (block.died < 0 || (backward != backward_from_.end() && block.died > *backward))
        profile_.ops[op].kept += block.bytes;
    }
  }

  const Parts& parts_;
  StepProfile profile_;
  Stopwatch clock_;
  std::int64_t before_;
  double span_began_ = 0;
  std::int64_t operations_ = 0, first_operations_ = 0;
  int depth_ = 0;                   // of derivative rules inside one another
  std::vector<int> recorded_at_;    // the moment at which each op was recorded
  std::vector<int> backward_from_;  // the moments at which rules began that are inside no other
  std::vector<std::size_t> new_blocks_;  // taken in the present span
  std::size_t booked_ = 1;               // moments that belong to an op; the first to none
  std::unordered_map<const void*, std::size_t> alive_;
  std::unordered_map<std::uint64_t, int> places_;
  MemoryWatch watch_;  // the last member: it listens when all is there
};

/// What is there before the step, as far as it has names.
void name_what_is_alive(StepProfile& profile, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    profile.blocks.push_back({.bytes = bytes_of(tensor), .name = name});
    profile.named += bytes_of(tensor);
  }
}

/// What is there before the step and has no name: as one block, beside those that the step gave back.
void complete(StepProfile& profile) {
  std::int64_t rest = profile.film.front().in_use;
  for (const MemoryBlock& block : profile.blocks)
    if (block.from == StepPhase::before) rest -= block.bytes;
  if (rest > 0) profile.blocks.push_back({.bytes = rest, .name = without_name});
}

StepProfile record_step(const Parts& parts, const StepProfile& begun,
                        const std::function<void()>& step) {
  StepRecorder recorder(parts, begun);
  step();
  StepProfile profile = recorder.finish();
  complete(profile);
  return profile;
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

/// What is the same in every round.
StepProfile begin_profile(const std::vector<NamedParameter>& parameters,
                          const NamedTensors& alive) {
  StepProfile profile;
  NamedTensors tensors;
  for (const NamedParameter& parameter : parameters) {
    const Tensor& value = parameter.variable.value();
    profile.parameters.push_back({parameter.name, bytes_of(value), unknown});
    tensors.emplace_back(parameter.name, value);
  }
  tensors.insert(tensors.end(), alive.begin(), alive.end());
  name_what_is_alive(profile, tensors);
  return profile;
}

/// The gradients of a first step, and the norms of their ops.
std::vector<double> measure_gradients(const std::vector<NamedParameter>& parameters,
                                      const std::function<void()>& step, double scale,
                                      StepProfile& profile) {
  GradientNorms gradients;
  step();
  for (std::size_t i = 0; i < parameters.size(); ++i)
    profile.parameters[i].gradient_norm = scale * gradients.of(parameters[i].variable);
  for (double& norm : gradients.norms) norm *= scale;
  return gradients.norms;
}

}  // namespace

double sum_of_times(const StepProfile& profile) {
  double sum = profile.update;
  for (const ProfiledOp& op : profile.ops) sum += op.forward + op.backward;
  return sum;
}

int peak_moment(const StepProfile& profile) {
  const auto peak = std::max_element(
      profile.film.begin(), profile.film.end(),
      [](const MemoryMoment& a, const MemoryMoment& b) { return a.in_use < b.in_use; });
  return static_cast<int>(peak - profile.film.begin());
}

std::vector<const MemoryBlock*> alive_at(const StepProfile& profile, int moment) {
  std::vector<const MemoryBlock*> alive;
  for (const MemoryBlock& block : profile.blocks)
    if (block.born <= moment && (block.died < 0 || moment < block.died)) alive.push_back(&block);
  std::stable_sort(alive.begin(), alive.end(),
                   [](const MemoryBlock* a, const MemoryBlock* b) { return a->bytes > b->bytes; });
  return alive;
}

StepProfile profile_step(Module& model, const std::function<void()>& step,
                         const ProfileOptions& options, Where where) {
  check(options.rounds > 0, "a profile needs at least one round", where);
  const std::vector<NamedParameter> parameters = lectern::parameters(model);
  StepProfile begun = begin_profile(parameters, options.alive);
  const std::vector<double> norms =
      measure_gradients(parameters, step, options.gradient_scale, begun);
  check(
      !norms.empty(),
      "the step that is to be profiled recorded no operation: does its loss depend on a parameter, "
      "and is it calculated inside of the step, without NoGradient?",
      where);

  const Parts parts(model);
  std::vector<double> unrecorded;
  std::vector<StepProfile> rounds;
  for (int round = 0; round < options.rounds; ++round) {
    finish_work();
    const Stopwatch clock;
    step();
    finish_work();
    unrecorded.push_back(clock.elapsed());
    rounds.push_back(record_step(parts, begun, step));
  }
  std::sort(rounds.begin(), rounds.end(),
            [](const StepProfile& a, const StepProfile& b) { return a.seconds < b.seconds; });
  StepProfile profile = std::move(rounds[rounds.size() / 2]);
  profile.unrecorded = median(unrecorded);
  for (std::size_t i = 0; i < std::min(norms.size(), profile.ops.size()); ++i)
    profile.ops[i].gradient_norm = norms[i];
  return profile;
}

}  // namespace lectern
