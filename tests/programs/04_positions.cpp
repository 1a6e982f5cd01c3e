// A word is a vector; what is added for its place tells the first "he" from the second.
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"
using namespace lectern;

int main() {
  Initializer init(1);
  const Embedding embedding(10, 16, init);
  const Positions positions(PositionKind::sinusoidal, 32, 16, init);
  const Variable words = embedding(ids({{7, 3, 7}})), placed = positions(words);  // [1, word, d]
  for (const Variable& x : {words, placed})
    std::cout << "from he to he: " << sqrt(sum(square(select(x, 1, 0) - select(x, 1, 2)))).value()
              << "\n";
  std::cout << blocks(sinusoidal_positions(32, 16));
  write_page("positions.html", "Where a word stands", {heat_map(sinusoidal_positions(32, 16))});
}
