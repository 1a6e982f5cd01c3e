#include "tasks/training/learned_windows.h"

#include <algorithm>
#include <iomanip>

#include "attention/learned_window.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

/// `3.1 … 16.0`, or the one number that all heads have.
template <class Number>
std::string range(const std::vector<HeadWindow>& heads, Number HeadWindow::*number, int digits) {
  const auto [least, most] = std::ranges::minmax(heads, {}, number);
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::fixed << std::setprecision(digits) << least.*number;
  if (least.*number != most.*number) out << " … " << most.*number;
  return out.str();
}

void describe(const LayerWindows& layer, Journal& journal) {
  double before = 0, after = 0;
  for (const HeadWindow& head : layer.heads) {
    before += head.cost_before;
    after += head.cost_after;
  }
  journal.note(text("window frozen | ", layer.name, " | sigma ",
                    range(layer.heads, &HeadWindow::sigma, 1), " | reach ",
                    range(layer.heads, &HeadWindow::reach, 0), " tokens | dropped mass ",
                    range(layer.heads, &HeadWindow::dropped_mass, 5), " | ", std::fixed,
                    std::setprecision(0), 100 * after / before, " % of the operations"));
}

}  // namespace

bool has_growing_windows(Module& model) {
  return std::ranges::any_of(parts_of<LearnedWindowAttention>(model),
                             [](const auto& named) { return !named.part->frozen(); });
}

void freeze_windows(Module& model, const std::function<void()>& run, double dropped_mass,
                    Journal& journal) {
  const std::vector<LayerWindows> layers = measure_windows(model, run, dropped_mass);
  freeze_widths(layers);
  for (const LayerWindows& layer : layers) describe(layer, journal);
}

void save_windows(Module& model, Checkpoint& checkpoint) {
  for (const auto& [name, window] : parts_of<LearnedWindowAttention>(model))
    if (window->frozen()) checkpoint.tensors.emplace_back(name + ".reach", window->reach());
}

void load_windows(Module& model, const Checkpoint& checkpoint) {
  for (const auto& [name, window] : parts_of<LearnedWindowAttention>(model)) {
    if (!checkpoint.has_tensor(name + ".reach")) continue;
    const Tensor& saved = checkpoint.tensor(name + ".reach");
    const Shape expected = window->widths().value().shape();
    if (saved.dtype() != DType::i32 || !(saved.shape() == expected))
      throw Failure(ExitCode::checkpoint,
                    text(checkpoint.path, ": ", name, ".reach is ", saved.dtype(), " ",
                         saved.shape(), ", expected i32 ", expected));
    const std::vector<std::int32_t> reach = saved.to_vector<std::int32_t>();
    window->freeze_width({reach.begin(), reach.end()});
  }
}

}  // namespace lectern
