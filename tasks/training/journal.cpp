#include "tasks/training/journal.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "tasks/failure.h"
#include "tasks/training/tensorboard.h"
#include "tensor/printable.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Clock = std::chrono::steady_clock;

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out.imbue(std::locale::classic());
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

std::string scientific(double value) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out.imbue(std::locale::classic());
  out << std::scientific << std::setprecision(1) << value;
  std::string digits = out.str();  // 3.0e-04 → 3.0e-4
  const std::size_t sign = digits.find('e') + 1;
  if (digits[sign + 1] == '0') digits.erase(sign + 1, 1);
  return digits;
}

/// 3:20, or 1:02:03
std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds) + 0.5);
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::setfill('0');
  if (whole >= 3600) out << whole / 3600 << ":" << std::setw(2);
  out << whole / 60 % 60 << ":" << std::setw(2) << whole % 60;
  return out.str();
}

/// Whether a run that goes on from `step` has written this line of metrics.jsonl. A line that a kill
/// cut in half is no object.
bool belongs_before(const nlohmann::json& entry, std::int64_t step) {
  if (!entry.is_object() || !entry.contains("step") || !entry["step"].is_number()) return false;
  const std::int64_t written = entry["step"].get<std::int64_t>();
  const bool extra = entry.contains("extra") && entry["extra"] == true;
  return written < step || (written == step && !extra);
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char buffer[16];
  std::strftime(buffer, sizeof buffer, "%H:%M:%S", &parts);
  return buffer;
}

}  // namespace

struct Journal::Files {
  Options options;
  std::ofstream log, metrics;
  std::optional<TensorBoardFile> board;
  Clock::time_point started = Clock::now(), last_entry = Clock::now();
  std::int64_t tokens_at_start = 0, tokens_at_last = 0;
  std::int64_t step_at_start = -1;

  bool on_terminal = false;
  std::string bar;  // what stands at the bottom of the terminal
  Clock::time_point bar_drawn = {};

  ~Files() { draw(""); }
  std::string metrics_path() const { return options.folder + "/metrics.jsonl"; }

  void open() {
    const char* terminal = std::getenv("TERM");
    on_terminal = !options.quiet && ::isatty(STDERR_FILENO) &&
                  (!terminal || std::string_view(terminal) != "dumb");
    if (options.folder.empty()) return;
    open_stream(log, options.folder + "/log.txt", std::ios::app);
    open_stream(metrics, metrics_path(), std::ios::app);
    if (!log || !metrics)
      throw Failure(ExitCode::io, options.folder + ": cannot write log.txt and metrics.jsonl");
    if (options.tensorboard && !board)
      board.emplace(options.tensorboard_folder.empty() ? options.folder
                                                       : options.tensorboard_folder);
  }

  /// Replaces the bar. No colours and no codes of a terminal's: spaces cover what was there.
  void draw(const std::string& next) {
    if (bar.empty() && next.empty()) return;
    std::cerr << '\r' << std::string(bar.size(), ' ') << '\r' << next << std::flush;
    bar = next;
  }

  void line(const std::string& content) {
    draw("");
    if (!options.quiet) std::cerr << printable(content, "\n\t") << std::endl;
    if (!log.is_open()) return;
    log << printable(content, "\n\t") << std::endl;
    if (!log)
      throw Failure(ExitCode::io, options.folder + "/log.txt: cannot write; is the disk full?");
  }

  void numbers(const nlohmann::ordered_json& entry) {
    if (!metrics.is_open()) return;
    metrics << entry.dump() << std::endl;
    if (!metrics) throw Failure(ExitCode::io, metrics_path() + ": cannot write; is the disk full?");
  }

  void scalar(const char* tag, std::int64_t step, double value) {
    if (board) board->scalar(tag, step, value);
  }
};

Journal::Journal(const Options& options) : files_(std::make_unique<Files>()) {
  files_->options = options;
  files_->open();
}

Journal::~Journal() = default;

void Journal::start_clock(std::int64_t tokens_so_far) {
  files_->started = files_->last_entry = Clock::now();
  files_->tokens_at_start = files_->tokens_at_last = tokens_so_far;
  files_->step_at_start = -1;
}

void Journal::training(const Training& entry) {
  const auto now = Clock::now();
  const std::chrono::duration<double> interval = now - files_->last_entry;
  const double speed =
      static_cast<double>(entry.tokens - files_->tokens_at_last) / std::max(1e-9, interval.count());
  files_->last_entry = now;
  files_->tokens_at_last = entry.tokens;

  std::string line = text("[", time_of_day(), "] epoch ", entry.epoch, " step ", entry.step);
  if (entry.max_steps > 0) line += text("/", entry.max_steps);
  line += text(" | loss ", fixed(entry.loss, 3), " | ppl ", fixed(std::exp(entry.loss), 1),
               " | lr ", scientific(entry.learning_rate), " | gnorm ",
               fixed(entry.gradient_norm, 2), " | ", fixed(speed / 1000.0, 1), "k tok/s");
  if (files_->step_at_start >= 0 && entry.max_steps > 0) {
    const std::chrono::duration<double> elapsed = now - files_->started;
    const double per_step =
        elapsed.count() / static_cast<double>(entry.step - files_->step_at_start);
    line += text(" | eta ",
                 duration_text(per_step * static_cast<double>(entry.max_steps - entry.step)));
  } else if (files_->step_at_start < 0) {
    files_->step_at_start = entry.step;
    files_->started = now;
  }
  files_->line(line);
  files_->numbers({{"kind", "train"},
                   {"step", entry.step},
                   {"epoch", entry.epoch},
                   {"loss", entry.loss},
                   {"learning_rate", entry.learning_rate},
                   {"gradient_norm", entry.gradient_norm},
                   {"tokens", entry.tokens},
                   {"time", {{"tokens_per_second", speed}, {"unix", std::time(nullptr)}}}});
  files_->scalar("train/loss", entry.step, entry.loss);
  files_->scalar("train/learning_rate", entry.step, entry.learning_rate);
  files_->scalar("train/gradient_norm", entry.step, entry.gradient_norm);
  files_->scalar("train/tokens_per_second", entry.step, speed);
}

void Journal::validation(const Validation& entry) {
  std::string line = text("[valid] step ", entry.step, " | loss ", fixed(entry.loss, 3), " | ppl ",
                          fixed(std::exp(entry.loss), 2), " | ", entry.score_name, " ",
                          fixed(entry.score, entry.score_digits));
  if (entry.stalled == 0)
    line += " | new best";
  else
    line += text(" | stalled ", entry.stalled,
                 entry.patience > 0 ? text("/", entry.patience) : std::string(), " (best ",
                 fixed(entry.best_score, entry.score_digits), " at ", entry.best_step, ")");
  files_->line(line);
  files_->numbers({{"kind", "valid"},
                   {"step", entry.step},
                   {"loss", entry.loss},
                   {entry.score_name, entry.score},
                   {"best_step", entry.best_step},
                   {"extra", entry.extra}});
  files_->scalar("valid/loss", entry.step, entry.loss);
  files_->scalar(("valid/" + entry.score_name).c_str(), entry.step, entry.score);
}

void Journal::widths(std::int64_t step, const std::vector<double>& sigma) {
  files_->numbers({{"kind", "widths"}, {"step", step}, {"sigma", sigma}});
  const double sum = std::accumulate(sigma.begin(), sigma.end(), 0.0);
  files_->scalar("train/sigma", step, sum / static_cast<double>(sigma.size()));
}

void Journal::round(const Round& entry) {
  const auto now = Clock::now();
  const std::chrono::duration<double> interval = now - files_->last_entry;
  files_->last_entry = now;
  const double speed = static_cast<double>(entry.tokens) / std::max(1e-9, interval.count());
  files_->line(text("[", time_of_day(), "] round ", entry.step, "/", entry.max_steps, " | ",
                    entry.model, " | loss ", fixed(entry.loss, 3), " | ppl ",
                    fixed(std::exp(entry.loss), 1), " | ", fixed(speed / 1000.0, 1), "k tok/s"));
  files_->numbers({{"kind", "round"},
                   {"step", entry.step},
                   {"model", entry.model},
                   {"loss", entry.loss},
                   {"time", {{"tokens_per_second", speed}, {"unix", std::time(nullptr)}}}});
  files_->scalar("train/loss", entry.step, entry.loss);
}

void Journal::note(const std::string& line) { files_->line(line); }

void Journal::progress(std::int64_t step, std::int64_t max_steps) {
  const auto now = Clock::now();
  if (!files_->on_terminal || max_steps <= 0 ||
      now - files_->bar_drawn < std::chrono::milliseconds(100))
    return;
  files_->bar_drawn = now;
  constexpr std::int64_t width = 40;
  const auto done = static_cast<std::size_t>(std::min(width, width * step / max_steps));
  files_->draw(text("[", std::string(done, '='), std::string(width - done, ' '), "] step ", step,
                    "/", max_steps));
}

void Journal::rewind(std::int64_t step) {
  if (files_->options.folder.empty()) return;
  files_->metrics.close();
  std::string kept;
  auto old = open_to_read(files_->metrics_path());
  old.exceptions(std::ios::badbit);
  for (std::string line; std::getline(old, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (belongs_before(entry, step)) kept += line + "\n";
  }
  const std::string path = files_->metrics_path();
  replace_file(path,
               [&](int descriptor) { write_all(descriptor, kept.data(), kept.size(), path); });
  open_stream(files_->metrics, path, std::ios::app);
}

}  // namespace lectern
