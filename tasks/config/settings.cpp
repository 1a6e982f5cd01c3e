#include "tasks/config/settings.h"

#include <algorithm>

#include "tasks/config/field.h"
#include "tasks/config/patterns_of.h"
#include "tasks/config/suggestion.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

[[noreturn]] void fail_usage(const std::string& where, const std::string& problem) {
  throw Failure(ExitCode::usage, where + ": " + problem);
}

std::string name_of(const std::string& key) { return key.substr(key.rfind('.') + 1); }

/// The nearest keys by spelling; the right name in the wrong table, or in none, counts as one slip.
std::string suggestion(const std::string& key) {
  std::vector<Candidate> candidates;
  std::string table;
  for (const Field& field : config_fields()) {
    if (field.table != table)
      candidates.push_back({"[" + field.table + "]", edit_distance(key, field.table)});
    table = field.table;
    const int whole = edit_distance(key, field.key());
    const int name_only = 1 + edit_distance(name_of(key), field.name);
    candidates.push_back({field.key(), std::min(whole, name_only)});
  }
  const std::string answer = did_you_mean(key, candidates);
  return answer.empty() ? "`lectern config` prints all keys" : answer;
}

/// What to try instead of a value that a field does not take: the nearest word, or the default.
std::string advice(const Field& field, const Value& value) {
  std::string answer;
  if (const auto* typed = std::get_if<std::string>(&value); typed && !field.choices.empty())
    for (const std::string& word : listed_names(*typed))
      if (answer.empty() && std::ranges::count(field.choices, word) == 0)
        answer = did_you_mean(word, field.choices);
  return answer.empty() ? "try " + to_toml(field.get(Config{})) : answer;
}

/// The divisors of `number` just below and above `wish`.
std::string near_divisors(std::int64_t number, std::int64_t wish) {
  std::int64_t below = std::min(wish, number), above = wish;
  while (number % below != 0) --below;
  while (above < number && number % above != 0) ++above;
  return above < number ? text(below, " or ", above) : text(below);
}

bool is_translation(const Config& config) {
  return config.task.name == TaskConfig::Name::translation;
}

/// By what the checkpoints of a task are compared unless the user says otherwise.
TrainConfig::ValidMetric usual_metric(const Config& config) {
  switch (config.task.name) {
    case TaskConfig::Name::translation: return TrainConfig::ValidMetric::bleu;
    case TaskConfig::Name::language_model: return TrainConfig::ValidMetric::loss;
    default: return TrainConfig::ValidMetric::accuracy;
  }
}

}  // namespace

void Settings::set(const std::string& key, const Value& value, const std::string& where) {
  const Field* field = find_field(key);
  if (!field) fail_usage(where, "unknown key " + excerpt(key) + "; " + suggestion(key));
  const Value before = field->get(config_);
  if (!field->set(config_, value)) {
    fail_usage(where, key + " = " + excerpt(to_toml(value)) + " is not " + field->expected + "; " +
                          advice(*field, value));
  }
  origins_[key] = where;
}

void Settings::set(const Override& entry) {
  const Field* field = find_field(entry.key);
  if (!is_utf8(entry.value))
    fail_usage(entry.origin, entry.key + " is not valid UTF-8; try plain letters");
  const Value like = field ? field->get(config_) : Value(std::string());
  set(entry.key, parse_value(entry.value, like), entry.origin);
}

Config Settings::finish() const {
  check_heads();
  check_attention();
  check_lengths();
  check_vocabularies();
  check_task();
  check_metric();
  check_end();
  Config config = config_;
  if (!origins_.contains("train.valid_metric")) config.train.valid_metric = usual_metric(config);
  return config;
}

void Settings::disagree(const std::string& key, const std::string& other_key,
                        const std::string& problem, const std::string& advice) const {
  // Name the line of the key at fault, or of the other one where the first has its default.
  auto origin = origins_.find(key);
  if (origin == origins_.end()) origin = origins_.find(other_key);
  const std::string where = origin == origins_.end() ? "configuration" : origin->second;
  const auto shown = [&](const std::string& name) {
    return name + " = " + to_toml(find_field(name)->get(config_));
  };
  fail_usage(where, shown(key) + " " + problem + " " + shown(other_key) + "; try " + advice);
}

void Settings::check_heads() const {
  const ModelConfig& model = config_.model;
  if (model.d_model % model.nhead != 0)
    disagree("model.nhead", "model.d_model", "does not divide",
             near_divisors(model.d_model, model.nhead));
  const bool sines = model.positions == ModelConfig::Positions::sinusoidal;
  if (sines && model.d_model % 2 != 0)
    disagree("model.d_model", "model.positions", "is odd, but sines and cosines come in pairs with",
             text(model.d_model + 1));
}

void Settings::check_attention() const {
  const ModelConfig& model = config_.model;
  if (model.reversible && !model.norm_first)
    disagree("model.reversible", "model.norm_first", "needs the norm before a sublayer, against",
             "model.norm_first=true");
  const std::int64_t steps = config_.train.max_steps;
  if (steps > 0 && config_.attention.freeze_widths_at > steps)
    disagree("attention.freeze_widths_at", "train.max_steps", "is never reached in", text(steps));
  for (const PatternEntry* pattern : patterns_of(model)) {
    if (!pattern->drops_weights && model.attention_dropout > 0)
      disagree("model.attention", "model.attention_dropout",
               "makes no weights that could be dropped, against", "model.attention_dropout=0");
    if (pattern->hashes && config_.attention.num_buckets % 2 != 0)
      disagree("attention.num_buckets", "model.attention", "is odd, but buckets come in pairs for",
               text(config_.attention.num_buckets + 1));
    if (pattern->global_tokens && is_translation(config_) && config_.attention.global_tokens > 0)
      disagree("attention.global_tokens", "task.name", "would be the first words of a sentence for",
               "0");
  }
}

void Settings::check_lengths() const {
  if (is_translation(config_) && config_.data.max_length > config_.model.max_length)
    disagree("data.max_length", "model.max_length", "is above", text(config_.model.max_length));
  const bool beam_search = config_.decode.temperature == 0;
  if (beam_search && config_.decode.n_best > config_.decode.beam_size)
    disagree("decode.n_best", "decode.beam_size", "is above", text(config_.decode.beam_size));
}

void Settings::check_vocabularies() const {
  const bool all_tied = config_.model.tie_embeddings == ModelConfig::TieEmbeddings::all;
  if (is_translation(config_) && all_tied && !config_.tokenizer.shared)
    disagree("model.tie_embeddings", "tokenizer.shared",
             "needs one vocabulary for both languages, against", "\"decoder\"");
}

void Settings::check_task() const {
  const TaskConfig& task = config_.task;
  if (is_translation(config_)) return;
  const bool listops = task.name == TaskConfig::Name::listops;
  const std::int64_t room = config_.model.max_length - (listops ? 1 : 0);
  if (task.length > room)
    disagree("task.length", "model.max_length",
             listops ? "and the token of the class are above" : "is above", text(room));
  if (listops)
    check_expressions();
  else if (task.name != TaskConfig::Name::language_model)
    check_repeated_word();
}

void Settings::check_repeated_word() const {
  const std::int64_t length = config_.task.length;
  if (length < 4) disagree("task.length", "task.name", "leaves no room for w in 0w0w, as in", "4");
  if (length % 2 != 0)
    disagree("task.length", "task.name", "is odd, unlike 0w0w, the sequences of", text(length + 1));
}

void Settings::check_expressions() const {
  const TaskConfig& task = config_.task;
  if (task.min_length > task.length)
    disagree("task.min_length", "task.length", "is above", text(task.length));
  // An operator and its bracket around the longest arguments, level after level.
  std::int64_t longest = 1;
  for (std::int64_t level = 1; level < task.max_depth && longest < task.min_length; ++level)
    longest = 2 + task.max_arguments * longest;
  if (longest < task.min_length)
    disagree("task.min_length", "task.max_depth", "cannot be reached with", text(longest));
}

void Settings::check_metric() const {
  const auto metric = config_.train.valid_metric;
  const bool set = origins_.contains("train.valid_metric");
  if (!set || metric == TrainConfig::ValidMetric::loss || metric == usual_metric(config_)) return;
  Config fitting = config_;
  fitting.train.valid_metric = usual_metric(config_);
  disagree("train.valid_metric", "task.name", "is nothing that can be measured of",
           to_toml(find_field("train.valid_metric")->get(fitting)));
}

void Settings::check_end() const {
  if (config_.train.max_steps == 0 && config_.train.max_epochs == 0)
    disagree("train.max_steps", "train.max_epochs", "would never end a training, nor would",
             "100000 steps");
}

}  // namespace lectern
