#include "tasks/weights/config_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

Value value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return Unreadable{json.dump()};
}

}  // namespace

ConfigJson::ConfigJson(const std::string& path) : path_(path) {
  std::ifstream file = open_to_read(path);
  if (!file.is_open())
    throw Failure(ExitCode::checkpoint,
                  path +
                      ": cannot be opened; give the folder that holds config.json and "
                      "model.safetensors");
  // The parser's own messages speak of bytes and states; what is wrong is seen in an editor.
  const Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    throw Failure(ExitCode::checkpoint, path + ": is no JSON object; fetch the file again");
  for (const auto& [key, value] : json.items()) entries_.emplace_back(key, value_of(value));
}

const Value* ConfigJson::find(const std::string& key) const {
  const auto named = [&](const auto& entry) { return entry.first == key; };
  const auto found = std::ranges::find_if(entries_, named);
  return found == entries_.end() ? nullptr : &found->second;
}

bool ConfigJson::has(const std::string& key) const { return find(key) != nullptr; }

bool ConfigJson::is_null(const std::string& key) const {
  const Value* value = find(key);
  return value && *value == Value(Unreadable{"null"});
}

void ConfigJson::refuse(const std::string& key, const std::string& expected) const {
  const Value* value = find(key);
  throw Failure(
      ExitCode::checkpoint,
      text(path_, ": \"", key, "\" is ", value ? to_toml(*value) : "missing", ", but ", expected));
}

std::int64_t ConfigJson::integer(const std::string& key) const {
  const Value* value = find(key);
  const auto* found = value ? std::get_if<std::int64_t>(value) : nullptr;
  if (!found) refuse(key, "a whole number is needed");
  return *found;
}

double ConfigJson::number(const std::string& key) const {
  const Value* value = find(key);
  if (value && std::holds_alternative<std::int64_t>(*value))
    return static_cast<double>(std::get<std::int64_t>(*value));
  const auto* found = value ? std::get_if<double>(value) : nullptr;
  if (!found) refuse(key, "a number is needed");
  return *found;
}

const std::string& ConfigJson::word(const std::string& key) const {
  const Value* value = find(key);
  const auto* found = value ? std::get_if<std::string>(value) : nullptr;
  if (!found) refuse(key, "a word is needed");
  return *found;
}

bool ConfigJson::on(const std::string& key, bool usual) const {
  const Value* value = find(key);
  if (!value) return usual;
  const auto* found = std::get_if<bool>(value);
  if (!found) refuse(key, "true or false is needed");
  return *found;
}

std::string ConfigJson::written(const Entries& entries) {
  Json json = Json::object();
  for (const auto& [key, value] : entries)
    std::visit(
        [&, &name = key](const auto& each) {
          if constexpr (std::is_same_v<decltype(each), const Unreadable&>)
            json[name] = Json::parse(each.shown);
          else
            json[name] = each;
        },
        value);
  return json.dump(2) + "\n";
}

}  // namespace lectern
