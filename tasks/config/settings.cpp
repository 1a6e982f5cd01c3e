#include "tasks/config/settings.h"

#include <algorithm>

#include "tasks/config/architecture.h"
#include "tasks/config/field.h"
#include "tasks/config/patterns_of.h"
#include "tasks/config/suggestion.h"
#include "tasks/config/task_table.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

[[noreturn]] void fail_usage(const std::string& where, const std::string& problem) {
  throw Failure(ExitCode::usage, where + ": " + problem);
}

std::string name_of(const std::string& key) { return key.substr(key.rfind('.') + 1); }

/// What is to be one of some names: `one of "bpe", "word"`.
std::string one_of(const std::vector<std::string>& names) {
  std::string words;
  for (const std::string& name : names)
    words += (words.empty() ? "one of " : ", ") + to_toml(Value(name));
  return words;
}

std::string expected_of(const Field& field) {
  if (field.key() != "task.name") return field.expected;
  std::vector<std::string> names;  // known only now: a program can add tasks
  for (const TaskTable* task : task_tables()) names.push_back(task->name);
  return one_of(names);
}

/// The defaults of a task's keys.
Config defaults_of(const TaskTable& task) {
  Config defaults;
  defaults.task = {task.name, task.settings};
  return defaults;
}

/// A value of the kind that the key has, in this configuration or in another task's; text for a key
/// that nobody has.
Value example_of(const Config& config, const std::string& key) {
  if (const Field* field = find_field(config, key)) return field->get(config);
  for (const TaskTable* task : task_tables())
    for (const Field& field : task->keys)
      if (field.key() == key) return field.get(defaults_of(*task));
  return std::string();
}

/// The nearest keys by spelling; the right name in the wrong table, or in none, counts as one slip.
std::string suggestion(const Config& config, const std::string& key) {
  std::vector<Candidate> candidates;
  std::string table;
  for (const Field* field : fields_of(config)) {
    if (field->table != table)
      candidates.push_back({"[" + field->table + "]", edit_distance(key, field->table)});
    table = field->table;
    const int whole = edit_distance(key, field->key());
    const int name_only = 1 + edit_distance(name_of(key), field->name);
    candidates.push_back({field->key(), std::min(whole, name_only)});
  }
  const std::string answer = did_you_mean(key, candidates);
  return answer.empty() ? "`lectern config` prints all keys" : answer;
}

/// What to try instead of a value that a field does not take: the nearest word, or the default.
std::string advice(const Config& config, const Field& field, const Value& value) {
  std::string answer;
  if (const auto* typed = std::get_if<std::string>(&value); typed && !field.choices.empty())
    for (const std::string& word : listed_names(*typed))
      if (answer.empty() && std::ranges::count(field.choices, word) == 0)
        answer = did_you_mean(word, field.choices);
  return answer.empty() ? "try " + to_toml(field.get(defaults_for(config))) : answer;
}

/// The divisors of `number` just below and above `wish`.
std::string near_divisors(std::int64_t number, std::int64_t wish) {
  std::int64_t below = std::min(wish, number), above = wish;
  while (number % below != 0) --below;
  while (above < number && number % above != 0) ++above;
  return above < number ? text(below, " or ", above) : text(below);
}

}  // namespace

void Settings::set(const std::string& key, const Value& value, const std::string& where) {
  const Field* field = find_field(config_, key);
  if (!field) return pass_over(key, value, where);
  if (!field->set(config_, value)) {
    fail_usage(where, key + " = " + excerpt(to_toml(value)) + " is not " + expected_of(*field) +
                          "; " + advice(config_, *field, value));
  }
  origins_[key] = where;
}

/// Refuses a key that is none. Another task's is noted, unless it says its default: one file can serve
/// several tasks, and those of older versions hold the keys of all.
void Settings::pass_over(const std::string& key, const Value& value, const std::string& where) {
  bool known = false, usual = false;
  for (const TaskTable* task : task_tables()) {
    for (const Field& field : task->keys) {
      if (field.key() != key) continue;
      known = true;
      usual = usual || field.get(defaults_of(*task)) == value;
    }
  }
  if (!known) fail_usage(where, "unknown key " + excerpt(key) + "; " + suggestion(config_, key));
  if (!usual) config_.passed_over.push_back(key + " = " + excerpt(to_toml(value)));
}

void Settings::set(const Override& entry) {
  if (!is_utf8(entry.value))
    fail_usage(entry.origin, entry.key + " is not valid UTF-8; try plain letters");
  set(entry.key, parse_value(entry.value, example_of(config_, entry.key)), entry.origin);
}

Config Settings::finish() const {
  const TaskTable* task = find_task_table(config_.task.name);
  check(task, [&] { return text("the task ", config_.task.name, " is not registered"); });
  check_heads();
  check_attention();
  check_search();
  if (task->check) task->check(*this);
  check_metric(task->metrics);
  check_end();
  Config config = config_;
  if (!origins_.contains("train.valid_metric")) config.train.valid_metric = task->metrics[0];
  if (!origins_.contains("tokenizer.kind")) config.tokenizer.kind = task->tokenizer;
  return config;
}

void Settings::disagree(const std::string& key, const std::string& other_key,
                        const std::string& problem, const std::string& advice) const {
  // Name the line of the key at fault, or of the other one where the first has its default.
  auto origin = origins_.find(key);
  if (origin == origins_.end()) origin = origins_.find(other_key);
  const std::string where = origin == origins_.end() ? "configuration" : origin->second;
  const auto shown = [&](const std::string& name) {
    return name + " = " + to_toml(find_field(config_, name)->get(config_));
  };
  fail_usage(where, shown(key) + " " + problem + " " + shown(other_key) + "; try " + advice);
}

void Settings::check_heads() const {
  const ModelConfig& model = config_.model;
  if (is_recurrent(config_)) return;
  if (model.d_model % model.nhead != 0)
    disagree("model.nhead", "model.d_model", "does not divide",
             near_divisors(model.d_model, model.nhead));
  if (model.num_key_value_heads > 0 && model.nhead % model.num_key_value_heads != 0)
    disagree("model.num_key_value_heads", "model.nhead", "does not divide",
             near_divisors(model.nhead, model.num_key_value_heads));
  const bool sines = model.positions == PositionKind::sinusoidal;
  if (sines && model.d_model % 2 != 0)
    disagree("model.d_model", "model.positions", "is odd, but sines and cosines come in pairs with",
             text(model.d_model + 1));
}

void Settings::check_attention() const {
  const ModelConfig& model = config_.model;
  if (model.reversible && !model.norm_first && !is_recurrent(config_))
    disagree("model.reversible", "model.norm_first", "needs the norm before a sublayer, against",
             "model.norm_first=true");
  const std::int64_t steps = config_.train.max_steps;
  if (steps > 0 && config_.attention.freeze_widths_at > steps)
    disagree("attention.freeze_widths_at", "train.max_steps", "is never reached in", text(steps));
  for (const PatternEntry* pattern : patterns_of(config_)) {
    if (pattern->name != "exact" && model.attention_scale != 0)
      disagree("model.attention_scale", "model.attention", "is only for full attention, not for",
               "model.attention_scale=0");
    if (!pattern->drops_weights && model.attention_dropout > 0)
      disagree("model.attention", "model.attention_dropout",
               "makes no weights that could be dropped, against", "model.attention_dropout=0");
    const std::int64_t of_keys = model.num_key_value_heads;
    if (!pattern->groups_heads && of_keys > 0 && of_keys != model.nhead)
      disagree("model.attention", "model.num_key_value_heads",
               "has no keys and values that heads could share, against",
               "model.num_key_value_heads=0");
    if (pattern->hashes && config_.attention.num_buckets % 2 != 0)
      disagree("attention.num_buckets", "model.attention", "is odd, but buckets come in pairs for",
               text(config_.attention.num_buckets + 1));
  }
}

void Settings::check_search() const {
  const bool beam_search = config_.decode.temperature == 0;
  if (beam_search && config_.decode.n_best > config_.decode.beam_size)
    disagree("decode.n_best", "decode.beam_size", "is above", text(config_.decode.beam_size));
}

void Settings::check_metric(const std::vector<std::string>& metrics) const {
  const bool set = origins_.contains("train.valid_metric");
  if (!set || std::ranges::count(metrics, config_.train.valid_metric) > 0) return;
  disagree("train.valid_metric", "task.name", "is nothing that can be measured of",
           to_toml(Value(metrics[0])));
}

void Settings::check_end() const {
  if (config_.train.max_steps == 0 && config_.train.max_epochs == 0)
    disagree("train.max_steps", "train.max_epochs", "would never end a training, nor would",
             "100000 steps");
}

}  // namespace lectern
