#include "tasks/training/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace fs = std::filesystem;
namespace {

std::string step_name(std::int64_t step) {
  std::ostringstream name;
  name.exceptions(std::ios::badbit);
  name << "step-" << std::setw(6) << std::setfill('0') << step << ".safetensors";
  return name.str();
}

/// The step in "step-000500.safetensors", or -1.
std::int64_t step_of(const std::string& name) {
  constexpr std::string_view prefix = "step-", suffix = ".safetensors";
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return -1;
  std::int64_t step = -1;
  const char* begin = name.data() + prefix.size();
  const char* end = name.data() + name.size() - suffix.size();
  return std::from_chars(begin, end, step).ptr == end ? step : -1;
}

/// A link that leads somewhere else from one moment to the next, never to nowhere.
void replace_link(const std::string& link, const std::string& target) {
  const std::string temporary = text(link, ".", ::getpid(), ".tmp");
  std::error_code ignored, error;
  fs::remove(temporary, ignored);
  fs::create_symlink(target, temporary, error);
  if (!error) fs::rename(temporary, link, error);
  if (error) throw Failure(ExitCode::io, text(link, ": cannot make the link: ", error.message()));
}

std::string read_all(const std::string& path) {
  const auto file = open_to_read(path);
  std::ostringstream content;
  content.exceptions(std::ios::badbit);
  content << file.rdbuf();
  return content.str();
}

void replace_text(const std::string& path, const std::string& content) {
  replace_file(
      path, [&](int descriptor) { write_all(descriptor, content.data(), content.size(), path); });
}

/// The lines of a list of steps, `{"step":500, …}`; those that are damaged are passed over.
std::vector<nlohmann::json> entries_of(const std::string& path) {
  std::vector<nlohmann::json> entries;
  auto list = open_to_read(path);
  list.exceptions(std::ios::badbit);  // lack of memory is no end of the list
  for (std::string line; std::getline(list, line);) {
    auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object() || !entry.contains("step")) continue;
    if (entry["step"].is_number_integer()) entries.push_back(std::move(entry));
  }
  return entries;
}

constexpr std::string_view mark = "process ";

/// Whether a run writes files of that name, and whole or not at all.
bool is_replaced(const std::string& name) {
  constexpr std::array names = {"config.toml", "metrics.jsonl", "samples.txt",
                                "report.html", "best.jsonl",    "average.safetensors",
                                "last",        "best",          "written.jsonl"};
  return step_of(name) >= 0 || std::ranges::find(names, name) != names.end();
}

/// Whether a run keeps `file` for itself: by its name, and the mark of the folder that it is in.
bool is_kept(const fs::path& file) {
  fs::path folder = file.parent_path();
  if (folder.filename() == "checkpoints") folder = folder.parent_path();
  const std::string name = file.filename().string();
  return (name == "lock" || name == "log.txt" || is_replaced(name)) &&
         read_all((folder / "lock").string()).starts_with(mark);
}

/// Removes what a process that was killed while it wrote has left, `config.toml.77.tmp`; nobody
/// else may write now.
void remove_leftovers(const std::string& folder) {
  constexpr std::string_view ending = ".tmp";
  std::error_code ignored;
  for (const std::string& name : names_in(folder)) {
    if (!name.ends_with(ending)) continue;
    const std::string whole = name.substr(0, name.size() - ending.size());
    const std::size_t dot = whole.rfind('.');
    if (dot == whole.npos || dot + 1 == whole.size()) continue;
    const bool process = whole.find_first_not_of("0123456789", dot + 1) == whole.npos;
    if (process && is_replaced(whole.substr(0, dot))) fs::remove(folder + "/" + name, ignored);
  }
}

/// Nothing of anybody else's may lie where a run is begun.
void expect_own(const std::string& folder) {
  const std::string owner = read_all(folder + "/lock");
  std::ptrdiff_t others = 0;
  for (const std::string& name : names_in(folder)) others += name != "lock";
  const bool just_begun = owner.empty();  // a process may have been killed between two lines
  if (owner.starts_with(mark) || (others == 0 && just_begun)) return;
  throw Failure(ExitCode::usage, text(folder,
                                      ": the folder is not empty and not a run's (it has no `lock` "
                                      "of one); choose a new --run-dir"));
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw Failure(ExitCode::usage, text(path, ": cannot make the run folder: ", error.message(),
                                        "; choose another --run-dir"));
}

int open_lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0)
    throw Failure(ExitCode::usage, text(folder, ": cannot write to the run folder: ",
                                        std::strerror(errno), "; choose another --run-dir"));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    std::string owner = read_all(path);
    ::close(lock);
    while (!owner.empty() && owner.back() == '\n') owner.pop_back();
    throw Failure(ExitCode::usage, text(folder, ": another training runs in this folder (",
                                        owner.empty() ? "its process is unknown" : owner,
                                        "); wait for it, or choose another --run-dir"));
  }
  return lock;
}

}  // namespace

bool belongs_to_a_run(const std::string& path) {
  std::error_code absent;
  const fs::path named = fs::absolute(path).lexically_normal(), real = fs::canonical(path, absent);
  return is_kept(named) || (!absent && is_kept(real));
}

RunFolder::RunFolder(const std::string& path, Found found) : path_(path) {
  if (path.empty())
    throw Failure(ExitCode::usage, "the path of the run folder is empty; choose a --run-dir");
  expect_own(path);
  make_folder(path);
  lock_ = open_lock(path);
  // An attempt that ended before its first step, such as one without data, has left no numbers.
  std::error_code absent;
  const bool has_numbers = fs::file_size(file("metrics.jsonl"), absent) > 0 && !absent;
  if (found == Found::refuse && (!checkpoint_steps().empty() || has_numbers)) {
    ::close(lock_);
    throw Failure(ExitCode::usage, text(path,
                                        ": the folder holds a run already; add --resume auto "
                                        "to go on with it, or choose another --run-dir"));
  }
  write_owner();
  make_folder(file("checkpoints"));
  remove_leftovers(path);
  remove_leftovers(file("checkpoints"));

  read_best();
  read_written();
  if (found == Found::clear) clear();
}

/// Over the old line, and only then to its own length: a kill in between leaves the mark.
void RunFolder::write_owner() const {
  const std::string owner = text(mark, ::getpid(), "\n");
  write_all(lock_, owner.data(), owner.size(), file("lock"));
  if (::ftruncate(lock_, static_cast<::off_t>(owner.size())) != 0)
    return;  // the old line's end stays
}

void RunFolder::read_best() {
  for (const auto& entry : entries_of(file("checkpoints/best.jsonl"))) {
    const auto score = entry.find("score");
    if (score == entry.end() || !score->is_number()) continue;
    best_.push_back({entry["step"].get<std::int64_t>(), score->get<double>()});
  }
}

void RunFolder::read_written() {
  for (const auto& entry : entries_of(file("checkpoints/written.jsonl"))) {
    const auto step = entry["step"].get<std::int64_t>();
    std::error_code absent;
    if (fs::is_regular_file(fs::symlink_status(checkpoint_path(step), absent)))
      written_.push_back(step);
  }
}

RunFolder::~RunFolder() { ::close(lock_); }

void RunFolder::clear() {
  for (const std::int64_t step : written_) fs::remove(checkpoint_path(step));
  for (const char* name : {"checkpoints/written.jsonl", "checkpoints/best.jsonl",
                           "checkpoints/average.safetensors", "metrics.jsonl", "last", "best"})
    fs::remove(file(name));
  written_.clear();
  best_.clear();
}

std::string RunFolder::claim(std::int64_t step) {
  if (has_written(step)) return "";
  const std::string path = checkpoint_path(step);
  std::string kept;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(path, ignored))) {
    for (int i = 1; kept.empty() || fs::exists(fs::symlink_status(kept, ignored)); ++i)
      kept = text(path, ".", i);
    fs::rename(path, kept);
  }
  written_.push_back(step);
  write_written();
  return kept;
}

bool RunFolder::has_written(std::int64_t step) const {
  return std::ranges::find(written_, step) != written_.end();
}

std::string RunFolder::checkpoint_path(std::int64_t step) const {
  return file("checkpoints/" + step_name(step));
}

void RunFolder::point(const std::string& name, std::int64_t step) {
  replace_link(file(name), "checkpoints/" + step_name(step));
}

void RunFolder::point_to_average() {
  replace_link(file("best"), "checkpoints/average.safetensors");
}

void RunFolder::remember_best(std::int64_t step, double score, std::int64_t keep) {
  std::erase_if(best_, [&](const Best& best) { return best.step == step; });
  best_.push_back({step, score});
  std::stable_sort(best_.begin(), best_.end(),
                   [](const Best& a, const Best& b) { return a.score > b.score; });
  if (static_cast<std::int64_t>(best_.size()) > std::max<std::int64_t>(1, keep))
    best_.resize(static_cast<std::size_t>(std::max<std::int64_t>(1, keep)));
  write_best();
}

void RunFolder::forget_best() {
  best_.clear();
  write_best();
}

void RunFolder::write_best() const {
  std::string lines;
  for (const Best& best : best_)
    lines += nlohmann::json{{"step", best.step}, {"score", best.score}}.dump() + "\n";
  replace_text(file("checkpoints/best.jsonl"), lines);
}

void RunFolder::write_written() const {
  std::string lines;
  for (const std::int64_t step : written_) lines += nlohmann::json{{"step", step}}.dump() + "\n";
  replace_text(file("checkpoints/written.jsonl"), lines);
}

std::vector<std::string> RunFolder::best_checkpoints(std::int64_t count) const {
  std::vector<std::string> paths;
  for (const Best& best : best_)
    if (static_cast<std::int64_t>(paths.size()) < count && fs::exists(checkpoint_path(best.step)))
      paths.push_back(checkpoint_path(best.step));
  return paths;
}

void RunFolder::prune(std::int64_t keep_last) {
  std::vector<std::int64_t> steps = written_;
  std::ranges::sort(steps, std::greater());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string path = checkpoint_path(steps[i]);
    const bool recent = static_cast<std::int64_t>(i) < std::max<std::int64_t>(1, keep_last);
    const bool good = std::any_of(best_.begin(), best_.end(),
                                  [&](const Best& best) { return best.step == steps[i]; });
    std::error_code ignored;
    const bool linked =
        fs::equivalent(path, file("last"), ignored) || fs::equivalent(path, file("best"), ignored);
    if (recent || good || linked) continue;
    fs::remove(path, ignored);
    std::erase(written_, steps[i]);  // on the disk with the next checkpoint
  }
}

void RunFolder::write_samples(std::int64_t step, const std::string& samples) {
  replace_text(file("samples.txt"), text("step ", step, "\n\n", samples));
}

std::vector<std::int64_t> RunFolder::checkpoint_steps() const {
  std::vector<std::int64_t> steps;
  for (const std::string& name : names_in(file("checkpoints")))
    if (const std::int64_t step = step_of(name); step >= 0) steps.push_back(step);
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

std::string resolve_checkpoint(const std::string& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return path;
  for (const char* name : {"best", "last"})
    if (fs::exists(fs::path(path) / name, ignored)) return path + "/" + name;
  if (!fs::exists(path, ignored))
    throw Failure(ExitCode::checkpoint, path +
                                            ": no such file or run folder; train one with "
                                            "`lectern train`");
  for (const char* name : {"best", "last"})
    if (const fs::path target = fs::read_symlink(fs::path(path) / name, ignored); !ignored)
      throw Failure(ExitCode::checkpoint, text(path, ": `", name, "` leads to ", target.string(),
                                               ", which cannot be read; name another checkpoint"));
  try {
    names_in(path);
  } catch (const FileError& unreadable) {
    throw Failure(ExitCode::checkpoint, unreadable.what());
  }
  throw Failure(
      ExitCode::checkpoint,
      path + ": no checkpoint here, neither `best` nor `last`; the run has not saved yet");
}

}  // namespace lectern
