// Numbers in a box: made, looked at, added, multiplied.
#include <iostream>

#include "lectern.h"

using namespace lectern;

int main() {
  const Tensor a = matrix({{1, 2, 3}, {4, 5, 6}});
  std::cout << "a =\n" << a << "\na[1, 2] = " << a.at({1, 2}) << ", last: " << a.at({-1, -1});
  std::cout << "\nrow 1 = " << select(a, 0, 1) << "\ncolumn 1 = " << select(a, 1, 1);
  std::cout << "\n2 a + 1 =\n" << 2 * a + 1;
  std::cout << "\na + [10 20 30] =\n" << a + vector({10, 20, 30});
  std::cout << "\na aᵀ =\n" << matmul(a, transpose(a));
  std::cout << "\nsums of columns = " << sum_axis(a, 0) << "\nmeans of rows = " << mean_axis(a, 1);
  Tensor same = a, copy = a.clone();
  same.set({0, 0}, 99), copy.set({0, 1}, -1);
  std::cout << "\nanother name for a, changed, changes a: a[0, 0] = " << a.at({0, 0})
            << "\na copy does not: a[0, 1] = " << a.at({0, 1}) << "\n";
}
