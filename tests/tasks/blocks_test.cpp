#include "tasks/report/blocks.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

namespace lectern {

TEST_CASE("blocks draw a matrix for the terminal, labels downwards") {
  const Tensor weights = tensor_of<float>({2, 3}, {1.f, 0.26f, 0.f, 0.1f, 0.5f, 0.75f});
  CHECK(blocks(weights, {.rows = {"sie", "Fuß"}, .columns = {"she", "is", "x"}}) ==
        "    s\n"
        "    h i\n"
        "    e s x\n"
        "sie ██░░·\n"
        "Fuß · ▒▒▓▓\n"
        "    · 0   █ 1\n");
}

TEST_CASE("blocks show negative numbers as circles, as full as positive ones") {
  CHECK(blocks(tensor_of<double>({1, 5}, {-2, -1, 0, 1, std::nan("")})) ==
        "●●○○· ▒▒??\n"
        "· 0   █ 2   ● −2\n");
  CHECK(blocks(tensor_of<std::int32_t>({1, 2}, {3, 1}), {.maximum = 2}) ==
        "██▒▒\n"
        "· 0   █ 2 and beyond\n");
  CHECK(blocks(zeros({1, 1})) == "·\n· 0   █ 1\n");
  CHECK(contains(message_of([] {
                   blocks(zeros({2, 2}), {.rows = {"a"}});
                 }),
                 "blocks: 1 labels for the 2 rows of [2, 2]"));
  CHECK(contains(message_of([] { blocks(zeros({2})); }), "blocks_test.cpp"));
}

}  // namespace lectern
