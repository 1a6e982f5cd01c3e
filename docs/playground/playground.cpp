// What runs behind the page of the playground: answers wishes in JSON, see Playground::answer.

#include "tasks/playground/playground.h"

/// \return the answer, which stays until the next one
extern "C" const char* lectern_answer(const char* wish) {
  static lectern::Playground playground("run");
  static std::string answer;
  answer = playground.answer(wish);
  return answer.c_str();
}

int main() {}
