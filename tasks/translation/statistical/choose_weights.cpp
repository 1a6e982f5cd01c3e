#include "tasks/translation/statistical/choose_weights.h"

#include <algorithm>

namespace lectern {

ChannelWeights choose_weights(ChannelWeights start,
                              const std::function<double(const ChannelWeights&)>& quality) {
  constexpr int sweeps = 3;
  constexpr double first_step = 0.4, lowest = -10.0;
  struct Knob {
    double ChannelWeights::*weight;
    double least;
  };
  constexpr Knob knobs[] = {{&ChannelWeights::direct, 0.0},
                            {&ChannelWeights::language, 0.0},
                            {&ChannelWeights::distortion, 0.0},
                            {&ChannelWeights::words, lowest}};
  ChannelWeights best = start;
  double most = quality(best);
  const auto improves = [&](const Knob& knob, double step) {
    ChannelWeights tried = best;
    tried.*knob.weight = std::max(knob.least, tried.*knob.weight + step);
    if (tried.*knob.weight == best.*knob.weight) return false;
    const double found = quality(tried);
    if (found <= most) return false;
    best = tried;
    most = found;
    return true;
  };
  double step = first_step;
  for (int sweep = 0; sweep < sweeps; ++sweep, step /= 2)
    for (const Knob& knob : knobs) {
      const double direction = improves(knob, step) ? step : -step;
      while (improves(knob, direction)) continue;
    }
  return best;
}

}  // namespace lectern
