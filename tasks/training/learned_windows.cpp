#include "tasks/training/learned_windows.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numbers>
#include <numeric>

#include "attention/learned_window.h"
#include "tasks/failure.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

/// `3.1 … 16.0`, or the one number that all heads have.
template <class Number>
std::string range(const std::vector<HeadWindow>& heads, Number HeadWindow::*number, int digits) {
  const auto [least, most] = std::minmax_element(
      heads.begin(), heads.end(),
      [=](const HeadWindow& a, const HeadWindow& b) { return a.*number < b.*number; });
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::fixed << std::setprecision(digits) << (*least).*number;
  if ((*least).*number != (*most).*number) out << " … " << (*most).*number;
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

std::vector<double> widths_of(Module& model) {
  std::vector<double> widths;
  const NoGradient no_gradient;
  for (const auto& [name, window] : parts_of<LearnedWindowAttention>(model)) {
    const auto heads = cast(window->widths().value(), DType::f64).to_vector<double>();
    widths.insert(widths.end(), heads.begin(), heads.end());
  }
  return widths;
}

std::optional<WindowSummary> summary_of_windows(Module& model, std::int64_t length) {
  const std::vector<double> widths = widths_of(model);
  if (widths.empty()) return std::nullopt;
  const auto mean = [](const std::vector<double>& numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), 0.0) /
           static_cast<double>(numbers.size());
  };
  std::vector<double> areas, reaches;
  for (const double sigma : widths)
    areas.push_back(std::min(std::sqrt(2 * std::numbers::pi) * sigma, static_cast<double>(length)));
  for (const auto& [name, window] : parts_of<LearnedWindowAttention>(model))
    if (window->frozen())
      for (const std::int32_t reach : window->reach().to_vector<std::int32_t>())
        reaches.push_back(reach);
  return WindowSummary{.sigma = mean(widths),
                       .effective_tokens = mean(areas),
                       .reach = reaches.empty() ? -1.0 : mean(reaches)};
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
