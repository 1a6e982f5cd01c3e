#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lectern {

/// Tells what a run does: readable lines on stderr and in log.txt, numbers in metrics.jsonl and in
/// TensorBoard's event files. On a terminal a progress bar is redrawn under the lines.
class Journal {
 public:
  struct Options {
    std::string folder = {};  ///< of the run; empty: write no files
    bool tensorboard = true;
    std::string tensorboard_folder = {};  ///< empty: the run's folder
    bool quiet = false;                   ///< nothing on stderr
  };
  explicit Journal(const Options& options);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Speed and remaining time are counted from here on.
  void start_clock(std::int64_t tokens_so_far);

  struct Training {
    std::int64_t step = 0, max_steps = 0, epoch = 0;
    double loss = 0.0, learning_rate = 0.0, gradient_norm = 0.0;
    std::int64_t tokens = 0;  ///< since the beginning of the run
  };
  /// `[time] epoch 1 step 100/2000 | loss 4.123 | ppl 61.8 | lr 3.0e-4 | gnorm 0.91 | 12.3k tok/s | eta 3:20`
  void training(const Training& entry);

  struct Validation {
    std::int64_t step = 0;
    double loss = 0.0, score = 0.0;
    std::string score_name = {};
    int score_digits = 1;
    std::int64_t best_step = -1;
    double best_score = 0.0;
    std::int64_t stalled = 0;   ///< 0: this one is the best
    std::int64_t patience = 0;  ///< 0: no early stopping
    bool extra = false;         ///< only because the run ends here; a longer one would go on
  };
  /// `[valid] step 500 | loss … | ppl … | BLEU 23.4 | new best`
  void validation(const Validation& entry);

  /// How wide learned windows are: σ of every head, layer after layer. Numbers alone, no line.
  void widths(std::int64_t step, const std::vector<double>& sigma);

  /// A round of a training without gradient steps.
  struct Round {
    std::int64_t step = 0, max_steps = 0;  ///< rounds
    std::string model = {};                ///< what the round was of: "Model 1 of en given de"
    double loss = 0.0;                     ///< nats a token, before the round
    std::int64_t tokens = 0;               ///< that it read
  };
  /// `[time] round 3/20 | Model 1 of en given de | loss 3.480 | ppl 32.5 | 2100.0k tok/s`
  void round(const Round& entry);

  /// Any other line.
  void note(const std::string& line);

  /// Redraws the progress bar, ten times a second at most; nothing where there is no terminal.
  void progress(std::int64_t step, std::int64_t max_steps);

  /// Drops from metrics.jsonl what was written after `step`, and an extra validation at it: the run
  /// is about to go on from there.
  void rewind(std::int64_t step);

 private:
  struct Files;
  std::unique_ptr<Files> files_;
};

}  // namespace lectern
