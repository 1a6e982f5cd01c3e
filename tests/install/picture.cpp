// A heat map in the terminal and a page, with the installed lectern::report.
#include <iostream>

#include "tasks/report/blocks.h"
#include "tasks/report/charts.h"
#include "tasks/report/page.h"

int main() {
  using namespace lectern;
  const Tensor signs = tensor_of<float>({2, 2}, {1.f, -1.f, -1.f, 1.f});
  std::cout << blocks(signs);
  write_page("picture.html", "Signs", {heat_map(signs), line_chart({{"loss", {3, 2, 1}}})});
  return blocks(signs) == "██●●\n●●██\n· 0   █ 1   ● −1\n" ? 0 : 1;
}
