#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

/// The folder of one run, and who may write to it. The file `lock`, which names the process, is the
/// mark by which a run's folder is known; what else lies there and has none of these names is left
/// alone:
///
///     config.toml lock log.txt metrics.jsonl events.out.tfevents.* samples.txt report.html
///     checkpoints/step-000500.safetensors … average.safetensors
///     checkpoints/written.jsonl       which of the steps there this run has written
///     last, best            links to the checkpoints that carry these names
class RunFolder {
 public:
  /// What becomes of a run that the folder holds already.
  enum class Found { refuse, resume, clear };

  /// Creates the folder if need be and locks it. Throws Failure(usage) for an empty path, a folder
  /// that has files but no run's mark, one that cannot be written, one in which another process
  /// trains (naming that process), and, with Found::refuse, one that holds a run already.
  RunFolder(const std::string& path, Found found);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string checkpoint_path(std::int64_t step) const;
  std::string average_path() const { return file("checkpoints/average.safetensors"); }

  /// Notes, before a checkpoint is written, that the one of `step` is this run's. A file of that name
  /// which somebody else has put there is kept, as `step-000500.safetensors.1`.
  /// \return  where it is now; empty if there was none
  std::string claim(std::int64_t step);
  /// Whether this run has written the checkpoint of `step`; else somebody has put it there.
  bool has_written(std::int64_t step) const;

  /// Lets the link `name` ("last", "best") lead to a checkpoint, in one step that a kill cannot cut.
  void point(const std::string& name, std::int64_t step);
  /// Lets "best" lead to the averaged checkpoint.
  void point_to_average();

  /// Notes that `step` is among the best, of which `keep` are kept.
  void remember_best(std::int64_t step, double score, std::int64_t keep);
  /// Forgets which were the best: the model is another one from now on.
  void forget_best();
  /// Paths of up to `count` of the remembered best, best first.
  std::vector<std::string> best_checkpoints(std::int64_t count) const;
  /// Removes the checkpoints that this run has written, but for the newest `keep_last` of them, the
  /// remembered best, and those that a link leads to.
  void prune(std::int64_t keep_last);

  /// Replaces samples.txt.
  void write_samples(std::int64_t step, const std::string& samples);
  /// Steps of the checkpoints that exist, newest first.
  std::vector<std::int64_t> checkpoint_steps() const;

 private:
  void clear();

  std::string path_;
  int lock_ = -1;
  struct Best {
    std::int64_t step;
    double score;
  };
  void write_owner() const;
  void read_best();
  void read_written();
  void write_best() const;
  void write_written() const;
  std::vector<Best> best_;             // best first; kept in checkpoints/best.jsonl
  std::vector<std::int64_t> written_;  // kept in checkpoints/written.jsonl
};

/// The checkpoint that a user means by `path`: a file, or a run folder, of which `best` is taken, else
/// `last`. Throws Failure(checkpoint) naming what was looked for.
std::string resolve_checkpoint(const std::string& path);

/// Whether a training run writes a file of that name there for itself, or has it behind that link: no
/// other command may.
bool belongs_to_a_run(const std::string& path);

}  // namespace lectern
