#include "tasks/question_answering/facts.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "tasks/task/made_data.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

using Json = nlohmann::json;

constexpr std::array names = {"Anna", "Ben",   "Clara", "Dora", "Emil", "Zoë",
                              "Jörg", "Łucja", "Nils",  "Olga", "Paul", "René"};
constexpr std::array things = {"key", "lamp", "map", "ring", "book", "coin", "hat", "clock"};
constexpr std::array goods = {"apples", "pears", "nails", "candles", "stamps", "eggs"};
constexpr std::array colours = {"red", "blue", "green", "white", "old", "small"};
constexpr std::array places = {"box", "drawer", "bag", "cupboard", "basket"};
constexpr std::array towns = {"Lund", "Jena", "Köln", "Bath", "Pisa", "Gdańsk"};
constexpr std::array days = {"Monday", "Tuesday", "Thursday", "Friday", "Sunday"};

template <std::size_t size>
std::string one_of(const std::array<const char*, size>& words, Draws& draws) {
  return words[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(size)))];
}

/// A sentence, and what is asked about it.
struct Fact {
  std::string
      subject;  ///< no other fact of a passage may be about it: the answer would be in doubt
  std::string sentence, question;
  std::string before, answer;  ///< where the answer stands in the sentence: behind which words
};

Fact whereabouts(Draws& draws) {
  const std::string thing = one_of(things, draws), name = one_of(names, draws),
                    place = "in the " + one_of(colours, draws) + " " + one_of(places, draws);
  const std::string before = "The " + thing + " of " + name + " is ";
  return {"place of " + thing + name, before + place + ".",
          "Where is the " + thing + " of " + name + "?", before, place};
}

Fact gift(Draws& draws) {
  const std::string giver = one_of(names, draws), thing = one_of(things, draws);
  std::string taker = one_of(names, draws);
  while (taker == giver) taker = one_of(names, draws);
  const std::string rest = " gave the " + thing + " to ";
  if (draws.below(2) == 0)
    return {"gift of " + thing, giver + rest + taker + ".",
            "Who gave the " + thing + " to " + taker + "?", "", giver};
  return {"gift of " + thing, giver + rest + taker + ".",
          "Who got the " + thing + " from " + giver + "?", giver + rest, taker};
}

Fact purchase(Draws& draws) {
  const std::string name = one_of(names, draws), ware = one_of(goods, draws),
                    town = one_of(towns, draws), count = std::to_string(2 + draws.below(60));
  const std::string bought = name + " bought ", sentence = bought + count + " " + ware + " in ";
  if (draws.below(2) == 0)
    return {name + ware, sentence + town + ".", "How many " + ware + " did " + name + " buy?",
            bought, count};
  return {name + ware, sentence + town + ".", "Where did " + name + " buy " + ware + "?", sentence,
          town};
}

Fact journey(Draws& draws) {
  const std::string name = one_of(names, draws), town = one_of(towns, draws),
                    day = "on " + one_of(days, draws);
  const std::string before = name + " went to " + town + " ";
  return {name + town, before + day + ".", "When did " + name + " go to " + town + "?", before,
          day};
}

Fact draw_fact(Draws& draws) {
  switch (draws.below(4)) {
    case 0: return whereabouts(draws);
    case 1: return gift(draws);
    case 2: return purchase(draws);
    default: return journey(draws);
  }
}

/// One passage with its questions.
Json draw_passage(Draws& draws, const std::string& id) {
  constexpr std::size_t questions = 4;
  const auto count = static_cast<std::size_t>(5 + draws.below(4));
  std::vector<Fact> facts;
  while (facts.size() < count) {
    Fact fact = draw_fact(draws);
    const auto same = [&](const Fact& other) { return other.subject == fact.subject; };
    if (std::ranges::none_of(facts, same)) facts.push_back(std::move(fact));
  }
  std::string passage;
  Json asked = Json::array();
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const Fact& fact = facts[i];
    if (i > 0) passage += ' ';
    const auto start = code_points(passage + fact.before).size();
    passage += fact.sentence;
    if (i >= questions) continue;
    const Json answer = {{"text", fact.answer}, {"answer_start", start}};
    asked.push_back({{"id", id + "-" + std::to_string(i)},
                     {"question", fact.question},
                     {"answers", Json::array({answer})}});
  }
  return {{"context", passage}, {"qas", asked}};
}

std::int64_t passages_of(Split split) {
  switch (split) {
    case Split::train: return 800;
    case Split::valid: return 60;
    case Split::test: break;
  }
  return 120;
}

}  // namespace

std::string facts_json(const FactsOptions& options) {
  const std::int64_t count = options.passages > 0 ? options.passages : passages_of(options.split);
  const std::string part = name_of(options.split);
  Json paragraphs = Json::array();
  for (std::int64_t i = 0; i < count; ++i) {
    Draws draws(RandomKey{.seed = options.seed,
                          .step = static_cast<std::uint32_t>(options.split),
                          .site = static_cast<std::uint32_t>(i)});
    paragraphs.push_back(draw_passage(draws, part + "-" + std::to_string(i)));
  }
  const Json article = {{"title", "Facts to " + part}, {"paragraphs", paragraphs}};
  const Json file = {{"version", "1.1"}, {"data", Json::array({article})}};
  return file.dump() + "\n";
}

}  // namespace lectern
