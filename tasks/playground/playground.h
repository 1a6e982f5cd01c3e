#pragma once

#include <memory>
#include <string>

namespace lectern {

/// A training of a translator that somebody watches and interrupts: what runs behind the page of the
/// playground. It is `lectern train` and `lectern attention` in small pieces, with the same files: a run
/// folder, whose checkpoints the one and the other go on with.
class Playground {
 public:
  /// \param folder  of the runs, one at a time; what it holds of an earlier one is cleared
  explicit Playground(std::string folder);
  ~Playground();

  /// Answers one wish of the page, in JSON. `{"do": …}` is one of
  ///
  ///     begin      {"config": TOML}                 a new training
  ///     open       {"checkpoint": PATH, "set": {"train.max_steps": "900", …}}
  ///                                                 a training that goes on from there
  ///     train      {"seconds": 0.2}                 so long, or until its end
  ///     translate  {"sentence": …}                  by the model as it is now
  ///     save       {}                               writes a checkpoint
  ///
  /// begin, open and train are answered by `{"step", "steps", "finished", "notes": […], "records": […],
  /// "bytes"}`: what log.txt and metrics.jsonl have got since the last answer, and the most that all
  /// tensors took. begin and open add `"config"`, the whole configuration. translate is answered by
  /// `{"source", "translation", "maps": [{"kind", "layer", "head", "rows", "columns", "weights"}]}`, see
  /// AttentionMap; save by `{"checkpoint": PATH}`. What goes wrong is `{"error": …}`, after which the
  /// training is as it was; but none is left when begin or open went wrong.
  std::string answer(const std::string& wish);

 private:
  struct Run;

  std::string folder_;
  std::unique_ptr<Run> run_;
};

}  // namespace lectern
