#include "tasks/task/trained_run.h"

#include <algorithm>
#include <set>

#include "tasks/config/field.h"
#include "tasks/config/patterns_of.h"
#include "tasks/failure.h"
#include "tasks/training/run_folder.h"

namespace lectern {
namespace {

/// Whether a key says something of a model that has been trained.
bool outlives_training(const Field& field) {
  static const std::set<std::string> yes = {
      "model.attention",    "model.max_length", "model.feed_forward_chunk",
      "train.batch_tokens", "train.batch_size", "train.seed",
      "train.threads",      "train.device",     "train.precision"};
  static const std::set<std::string> no = {"task.name",
                                           "task.symbols",
                                           "attention.sigma",
                                           "attention.width_cost",
                                           "attention.freeze_widths_at",
                                           "attention.dropped_mass"};
  static const std::set<std::string> tables = {"task", "data", "attention", "decode"};
  return yes.contains(field.key()) || (tables.contains(field.table) && !no.contains(field.key()));
}

bool reads(const PatternEntry& pattern, const std::string& key) {
  return std::ranges::count(pattern.reads, key) > 0 ||
         std::ranges::count(pattern.keys, key, &PatternKey::name) > 0;
}

void expect_effect(const Override& entry, const Config& trained, const Config& now) {
  const Field& field = *find_field(entry.key);
  if (field.get(trained) == field.get(now)) return;
  if (!outlives_training(field))
    throw Failure(ExitCode::usage,
                  text(entry.origin, ": ", entry.key, " = ", to_toml(field.get(now)),
                       " cannot change a model that has been trained with ",
                       to_toml(field.get(trained)), "; leave it out, or train another one"));
  const auto read_here = [&](const PatternEntry* pattern) { return reads(*pattern, field.name); };
  if (field.table == "attention" && std::ranges::none_of(patterns_of(now.model), read_here))
    throw Failure(ExitCode::usage,
                  text(entry.origin, ": ", entry.key, " changes nothing for model.attention = \"",
                       now.model.attention, "\"; leave it out"));
}

}  // namespace

TrainedRun open_run(const std::string& run, const std::vector<Override>& overrides) {
  Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(run));
  const std::string& toml = checkpoint.text_of("config");
  const Config trained = parse_config(toml, checkpoint.path);
  const Config now = parse_config(toml, checkpoint.path, overrides);
  for (const Override& entry : overrides) expect_effect(entry, trained, now);
  return {std::move(checkpoint), now};
}

}  // namespace lectern
