#include "tasks/chatbot/toy_dialogues.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lectern {
namespace {

constexpr std::array foods = {"chinese", "french", "greek", "indian", "thai", "vegan"};
constexpr std::array restaurants = {"the red dragon", "chez anna",     "the blue olive",
                                    "the spice road", "the lotus inn", "the green leaf"};
constexpr std::array areas = {"north", "south", "east", "west", "centre"};
constexpr std::array days = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
constexpr std::array people = {"two", "three", "four", "five", "six"};
constexpr std::array times = {"noon", "one", "seven", "eight", "nine"};
constexpr std::array towns = {"cambridge", "ely", "london", "norwich", "stansted", "york"};
constexpr std::array departures = {"nine", "ten", "eleven", "four", "five", "six"};
constexpr std::array asides = {"is there parking", "is it expensive", "can i pay by card",
                               "is there internet"};
constexpr std::array answers = {"yes , there is parking .", "no , it is cheap .",
                                "yes , you can pay by card .", "no , there is no internet ."};

using Words = const char*;

/// One dialogue while it is made.
class Author {
 public:
  explicit Author(const ExampleKey& key)
      : draws_({.seed = key.seed,
                .step = static_cast<std::uint32_t>(key.index),
                .site = 0x43686174 + static_cast<std::uint32_t>(key.split)}) {}

  ToyDialogue write() {
    const bool table_first = below(2) == 0;
    if (table_first) {
      book_table();
      ask_aside();
      book_train();
    } else {
      book_train();
      ask_aside();
      book_table();
    }
    ask_aside();
    say({"please repeat", one_of(std::array{"what i booked .", "everything ."})});
    const std::string table = table_told(), train = train_told();
    say({"you have", table_first ? table : train, "and", table_first ? train : table, "."});
    return std::move(dialogue_);
  }

 private:
  std::size_t below(std::size_t count) {
    dialogue_.nats += std::log(static_cast<double>(count));
    return static_cast<std::size_t>(draws_.below(static_cast<std::int64_t>(count)));
  }
  template <std::size_t count>
  Words one_of(const std::array<Words, count>& choices) {
    return choices[below(count)];
  }
  std::string number() {
    const std::size_t drawn = 10 + below(40);
    return "number " + std::to_string(drawn);
  }
  void say(std::initializer_list<std::string> words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    dialogue_.lines.push_back(line);
  }

  void book_table() {
    const std::size_t kind = below(foods.size());
    restaurant_ = restaurants[kind];
    area_ = one_of(areas);
    say({one_of(std::array{"i want", "i am looking for", "please find me"}), foods[kind],
         "food in the", area_, "."});
    if (below(2) == 0)
      say({restaurant_, "has", foods[kind], "food in the", area_, ". do you want a table ?"});
    else
      say({"how about", restaurant_, "in the", area_, "?"});
    guests_ = one_of(people);
    table_day_ = one_of(days);
    time_ = one_of(times);
    say({one_of(std::array{"yes , a table for", "book it for"}), guests_, "people on", table_day_,
         "at", time_, "."});
    table_number_ = number();
    say({"your table is booked , it has the", table_number_, "."});
  }

  void book_train() {
    const std::size_t from = below(towns.size());
    const std::size_t to = (from + 1 + below(towns.size() - 1)) % towns.size();
    from_ = towns[from];
    to_ = towns[to];
    train_day_ = one_of(days);
    say({one_of(std::array{"i need", "is there"}), "a train from", from_, "to", to_, "on",
         train_day_, "."});
    say({"the train from", from_, "to", to_, "leaves at", departures[from],
         ". how many seats do you want ?"});
    seats_ = one_of(people);
    say({seats_, one_of(std::array{"please .", "seats ."})});
    train_number_ = number();
    say({seats_, "seats are booked , they have the", train_number_, "."});
  }

  /// No question, one or two.
  void ask_aside() {
    for (std::size_t left = below(3); left > 0; --left) {
      const std::size_t asked = below(asides.size());
      say({asides[asked], "?"});
      say({answers[asked]});
    }
  }

  std::string table_told() const {
    return text("a table at ", restaurant_, " in the ", area_, " for ", guests_, " people on ",
                table_day_, " at ", time_, " , ", table_number_);
  }
  std::string train_told() const {
    return text(seats_, " seats from ", from_, " to ", to_, " on ", train_day_, " , ",
                train_number_);
  }

  Draws draws_;
  ToyDialogue dialogue_;
  Words restaurant_ = "", area_ = "", guests_ = "", table_day_ = "", time_ = "";
  Words from_ = "", to_ = "", train_day_ = "", seats_ = "";
  std::string table_number_, train_number_;
};

}  // namespace

ToyDialogue make_toy_dialogue(const ExampleKey& key) { return Author(key).write(); }

ToyDialogues make_toy_dialogues(Split split, std::int64_t count) {
  ToyDialogues all;
  for (std::int64_t i = 0; i < count; ++i) {
    const ToyDialogue one = make_toy_dialogue({.split = split, .index = i});
    if (i > 0) all.text += '\n';
    for (const std::string& line : one.lines) {
      all.text += line + '\n';
      all.words += std::ranges::count(line, ' ') + 2;
    }
    all.nats += one.nats;
  }
  return all;
}

}  // namespace lectern
