#pragma once

#include <string>
#include <vector>

#include "tasks/metrics/metric.h"

namespace lectern {

/// One number by which a model is judged.
struct Figure {
  std::string name = {};  ///< "accuracy"
  double value = 0.0;
  std::string unit = {};  ///< "%", "bits per byte"; empty: none
  int digits = 2;         ///< after the decimal point, where it is printed
};

/// The first figure, for parts of what was asked: how far back the answer lies, for example.
struct Breakdown {
  std::string by = {};             ///< "distance [tokens]"
  std::vector<double> at = {};     ///< ascending
  std::vector<double> value = {};  ///< the figure there
};

/// How a model did on a part of the data: for people (`lectern evaluate`) and as numbers that can be
/// set beside another model's (`lectern compare`).
struct Evaluation {
  std::string text = {};             ///< what is printed, every line with its end
  std::vector<Figure> figures = {};  ///< the first one is what models of this task are compared by
  bool less_is_better = false;       ///< of the first figure: a loss, a perplexity
  /// The counts of every example; the examples are the same ones, in the same order, for every model
  /// that is measured on this part of the data. TaskKind::score of their sum is the first figure.
  /// Resampling them gives its interval, and shows whether two models differ by more than chance
  /// (tasks/metrics/bootstrap.h).
  std::vector<Counts> examples = {};
  Breakdown breakdown = {};  ///< empty: there is none

  /// The first of the figures. Throws where there is none.
  const Figure& measure() const { return figures.at(0); }
};

}  // namespace lectern
