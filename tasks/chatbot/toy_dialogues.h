#pragma once

#include <string>
#include <vector>

#include "tasks/task/made_data.h"

namespace lectern {

/// A dialogue of the built-in corpus.
struct ToyDialogue {
  std::vector<std::string> lines;  ///< the user's first, then in turn
  /// \f$ -\ln p \f$ of the dialogue: the sum of the logarithms of how many choices there were, each
  /// time that one was made. Divided by the tokens, it is the loss below which no model can come.
  double nats = 0.0;
};

/// A user who wants a table and a train, in one order or the other, asks about this and that, and at the
/// end wants everything repeated: food, part of town, people, day, time and two booking numbers that
/// the system has drawn long before. That last reply has no choice in it: whoever looks back far
/// enough knows all of its words.
ToyDialogue make_toy_dialogue(const ExampleKey& key);

/// `count` dialogues of a part of the data, as the task reads them. The parts overlap by chance alone:
/// there are more than 10^14 different ones.
struct ToyDialogues {
  std::string text;
  std::int64_t words = 0;  ///< between spaces, and one more for the end of each turn
  double nats = 0.0;       ///< of all of them
};
ToyDialogues make_toy_dialogues(Split split, std::int64_t count);

}  // namespace lectern
