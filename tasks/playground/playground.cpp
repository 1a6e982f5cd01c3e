#include "tasks/playground/playground.h"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tasks/task/trained_run.h"
#include "tasks/task/training.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/translation_kind.h"
#include "tensor/device.h"
#include "tensor/precision.h"

namespace lectern {

using Json = nlohmann::json;

namespace {

/// The lines that a file has got since the last time.
class NewLines {
 public:
  explicit NewLines(std::string path) : path_(std::move(path)) {}

  std::vector<std::string> read() {
    std::vector<std::string> lines;
    std::ifstream file(path_);
    file.seekg(read_);
    for (std::string line; std::getline(file, line) && !file.eof();) {
      read_ += static_cast<std::streamoff>(line.size()) + 1;
      lines.push_back(line);
    }
    return lines;
  }

 private:
  std::string path_;
  std::streamoff read_ = 0;
};

std::vector<Override> overrides_of(const Json& wish) {
  std::vector<Override> overrides;
  const Json set = wish.value("set", Json::object());
  for (const auto& [key, value] : set.items())
    overrides.push_back({key, value.get<std::string>(), "set " + key});
  return overrides;
}

/// Weights with four digits: a page draws them.
Json maps_of(const WatchedTranslation& watched) {
  Json maps = Json::array();
  for (const AttentionMap& map : watched.maps) {
    Json weights = Json::array();
    for (const float weight : map.weights)
      weights.push_back(std::round(static_cast<double>(weight) * 1e4) / 1e4);
    maps.push_back({{"kind", map.kind},
                    {"layer", map.layer},
                    {"head", map.head},
                    {"rows", map.rows},
                    {"columns", map.columns},
                    {"weights", std::move(weights)}});
  }
  return maps;
}

void know_translation() {
  static const bool known = [] {
    for (const TaskKind& kind : task_kinds())
      if (kind.table.name == translation_kind().table.name) return true;
    add_task(translation_kind());
    return true;
  }();
  static_cast<void>(known);
}

}  // namespace

struct Playground::Run {
  Run(const Config& chosen, const Checkpoint* resumed, const std::string& path)
      : config(chosen),
        folder(path, RunFolder::Found::clear),
        journal({.folder = path, .tensorboard = false, .quiet = true}),
        notes(folder.file("log.txt")),
        records(folder.file("metrics.jsonl")),
        training({.config = config, .resumed = resumed, .journal = journal}, &folder) {
    write_output(folder.file("config.toml"), to_toml(config));
    if (config.train.precision != matmul_precision())
      journal.note(text("train.precision = ", name_of(config.train.precision),
                        ": the playground multiplies in fp32"));
    trainer().begin();
  }

  Trainer& trainer() { return training.trainer(); }

  void train(double seconds) {
    const auto start = std::chrono::steady_clock::now();
    const auto passed = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    while (!trainer().finished()) {
      trainer().advance();
      if (trainer().finished()) trainer().end();
      if (passed() >= seconds) return;
    }
  }

  Json state() {
    Json records_read = Json::array();
    for (const std::string& line : records.read()) records_read.push_back(Json::parse(line));
    return {{"step", trainer().progress().step},  {"steps", config.train.max_steps},
            {"finished", trainer().finished()},   {"notes", notes.read()},
            {"records", std::move(records_read)}, {"bytes", memory_statistics(cpu).high_water}};
  }

  std::string saved() {
    trainer().save();
    return folder.checkpoint_path(trainer().progress().step);
  }

  Config config;
  RunFolder folder;
  Journal journal;
  NewLines notes, records;
  Training training;
};

Playground::Playground(std::string folder) : folder_(std::move(folder)) { know_translation(); }
Playground::~Playground() = default;

std::string Playground::answer(const std::string& wish_text) {
  try {
    const Json wish = Json::parse(wish_text);
    const std::string what = wish.at("do");
    Json reply;
    if (what == "begin" || what == "open") {
      run_.reset();
      reset_high_water(cpu);
      if (what == "begin") {
        run_ = std::make_unique<Run>(parse_config(wish.at("config"), "the page's configuration"),
                                     nullptr, folder_);
      } else {
        const Checkpoint checkpoint = load_checkpoint(wish.at("checkpoint"));
        run_ = std::make_unique<Run>(trained_config(checkpoint, overrides_of(wish)), &checkpoint,
                                     folder_);
      }
      reply = run_->state();
      reply["config"] = to_toml(run_->config);
      return reply.dump();
    }
    if (!run_) throw Failure(ExitCode::usage, "there is no training yet");
    if (what == "train") {
      run_->train(wish.at("seconds"));
      return run_->state().dump();
    }
    if (what == "save") return Json{{"checkpoint", run_->saved()}}.dump();
    if (what == "translate") {
      const auto [checkpoint, config] = open_run(run_->saved());
      const WatchedTranslation watched =
          load_translator(checkpoint, config)->watch(wish.at("sentence"), {});
      return Json{{"source", watched.source},
                  {"translation", watched.translation},
                  {"maps", maps_of(watched)}}
          .dump();
    }
    throw Failure(ExitCode::usage, "unknown wish: " + what);
  } catch (const std::exception& error) {
    return Json{{"error", error.what()}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace lectern
