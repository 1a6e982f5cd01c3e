#pragma once

#include <string>
#include <vector>

#include "attention/adaptive_span.h"
#include "attention/learned_window.h"
#include "models/language_model.h"
#include "nn/optim/adam.h"
#include "tasks/language_model/settings.h"
#include "tasks/language_model/windows.h"

namespace lectern {

/// What bench/learned_window.cpp can be asked for.
struct WindowBenchSettings {
  std::string text;
  std::int64_t steps = 600, fine_tune = 60, length = 512, batch = 8, d_model = 128,
               held_out = 65536;
  int layers = 4, heads = 4;
  std::uint64_t seed = 1;
  double price = 3e-4, sigma = 16, tolerance = 0.01, rate = 2e-3, width_rate = 0.25;
};

/// The bytes of a text in three parts that do not meet: to learn from, to choose windows by, to
/// measure.
struct TextParts {
  std::vector<std::int32_t> learn, choose, measure;

  explicit TextParts(const WindowBenchSettings& settings);
};

/// Operations of the matrix products, multiplications and additions, of one sequence.
struct Operations {
  double dense = 0;      ///< projections and feed-forward networks, forward
  double attention = 0;  ///< scores and weighted sums of the pairs that are seen, forward

  double forward() const { return dense + attention; }
  /// Backward, a weight takes part in two products for its one; attention in five for its two,
  /// because it calculates its scores again.
  double training() const { return 3 * dense + attention_training(); }
  double attention_training() const { return 3.5 * attention; }
};

/// The fastest of several measurements, in seconds: other programs disturb it least.
struct Speed {
  double step = 1e30, attention = 1e30, evaluation = 1e30;
};

/// A byte-level language model with one pattern of attention, its optimisers, and what its training
/// has cost so far.
class WindowTraining {
 public:
  /// \param settings,parts  live longer than this
  WindowTraining(std::string name, const PatternOptions& pattern,
                 const WindowBenchSettings& settings, const TextParts& parts);

  void advance(std::int64_t steps);

  /// Of the text that is measured.
  double bits_per_byte();
  /// Every learned window, by the text that is there to choose by.
  std::vector<LayerWindows> windows();
  /// Forward and backward once, and one evaluation, of the same batch.
  void measure_speed(Speed& fastest);

  /// As the pattern is now.
  Operations operations();
  double operations_so_far() const { return operations_; }
  std::int64_t steps_so_far() const { return step_; }
  double milliseconds_a_step() const { return 1e3 * seconds_ / static_cast<double>(step_); }

  const std::string& name() const { return name_; }
  LanguageModel& model() { return model_; }

 private:
  LanguageModel::Options model_options() const;
  /// The widths that heads learn, or all other parameters.
  std::vector<NamedParameter> learned(bool widths);
  WindowBatch batch_of(std::int64_t step) const;
  double find_gradients(const WindowBatch& batch);
  void forget_gradients();

  std::string name_;
  PatternOptions pattern_;
  const WindowBenchSettings& settings_;
  const TextParts& parts_;
  Initializer init_;
  LanguageModel model_;
  Adam weights_, widths_;
  std::int64_t step_ = 0;
  double seconds_ = 0, operations_ = 0;
};

/// How far the heads of a pattern see, as it is now; those that see everything, `length`.
std::vector<std::int64_t> reach_of(const AttentionPattern& pattern, const PatternOptions& options,
                                   int heads, std::int64_t length);

}  // namespace lectern
