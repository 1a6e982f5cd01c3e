// Errors that everybody meets: each is made on purpose, and what the library
// says about it is printed.
#include <functional>
#include <iostream>

#include "lectern.h"

using namespace lectern;

namespace {

/// Does what is wrong and prints the message, without the place in this file.
void wrong(const char* title, const std::function<void()>& mistake) {
  std::cout << "== " << title << " ==\n";
  try {
    mistake();
    std::cout << "no error\n";
  } catch (const Error& error) {
    const std::string message = error.what();
    const std::size_t place = message.find(".cpp:");
    std::cout << (place == message.npos
                      ? message
                      : message.substr(message.find(": ", place) + 2))
              << "\n\n";
  }
}

const Tensor two_by_three = matrix({{1, 2, 3}, {4, 5, 6}});

// What the compiler refuses cannot be run. That it refuses it is checked here.
template <class Kind>
concept HasBrackets = requires(const Kind& x) {
  x[1];
};
template <class Kind>
concept HasPlaceWithoutBraces = requires(const Kind& x) {
  x.at(1, 2);
};
template <class Kind>
concept CanAttend = requires(const Kind& x, const AttentionOptions& options) {
  attend(x, x, x, options);
};
template <class Kind>
concept GoesThroughLinear = requires(const Kind& x, const Linear& layer) {
  layer(x);
};
static_assert(!HasBrackets<Tensor>);
static_assert(!HasPlaceWithoutBraces<Tensor>);
static_assert(CanAttend<Variable> && !CanAttend<Tensor>);
static_assert(GoesThroughLinear<Variable> && !GoesThroughLinear<Tensor>);

/// Beside what the compiler says: what it takes.
void compiled() {
  const Tensor& x = two_by_three;
  // [brackets]
  // x[1]:     no match for 'operator[]'
  //           (operand types are 'const lectern::Tensor' and 'int')
  const Tensor row = select(x, 0, 1);     // [column], Python's x[1]
  const Tensor column = select(x, 1, 2);  // [row], Python's x[:, 2]
  const double place = x.at({1, 2});      // Python's x[1, 2]
  // [brackets]
  // [braces]
  // x.at(1, 2):     no matching function for call to
  //                 'lectern::Tensor::at(int, int) const'
  //                 … template argument deduction/substitution failed
  //                 … cannot convert '1' (type 'int') to type
  //                 'std::initializer_list<long int>'
  const double number = x.at({1, 2});
  // [braces]
  const Tensor q = ones({1, 2, 4}), k = q, v = q;  // [batch, word, d_model]
  Initializer init(1);
  const Linear layer(3, 2, init);
  // [variable]
  // attend(q, k, v, {}):     invalid initialization of reference of type
  //                          'const lectern::Variable&' from expression of
  //                          type 'const lectern::Tensor'
  attend(Variable(q), Variable(k), Variable(v), {});
  // layer(x):     no match for call to
  //               '(const lectern::Linear) (const lectern::Tensor&)'
  layer(Variable(x));
  // [variable]
  if (row.size() != 3 || column.size() != 2 || place != number)
    std::cout << "not the places that the page says\n";
}

}  // namespace

int main() {
  compiled();
  wrong("Shapes that do not fit", [] {
    // [shapes]
    two_by_three + vector({1, 2});
    // [shapes]
  });
  wrong("A product turned the wrong way", [] {
    // [product]
    matmul(two_by_three, two_by_three);
    // [product]
  });
  wrong("Numbers of two kinds", [] {
    // [kinds]
    two_by_three + cast(two_by_three, DType::f64);
    // [kinds]
  });
  wrong("Token numbers that are no whole numbers", [] {
    // [ids]
    gather_rows(two_by_three, vector({0, 1}));
    // [ids]
  });
  wrong("A token that the table does not have", [] {
    // [token]
    gather_rows(two_by_three, ids({0, 7}));
    // [token]
  });
  wrong("Backward from many numbers", [] {
    // [many]
    const Variable x = Variable::parameter(two_by_three);
    backward(x * x);
    // [many]
  });
  wrong("Backward twice", [] {
    // [twice]
    const Variable x = Variable::parameter(two_by_three);
    const Variable loss = sum(x * x);
    backward(loss);
    backward(loss);
    // [twice]
  });
  wrong("A gradient that nobody computed", [] {
    // [gradient]
    const Variable x(two_by_three);
    x.gradient();
    // [gradient]
  });
  wrong("A step without gradients", [] {
    // [step]
    Initializer init(1);
    Linear layer(3, 2, init);
    Adam adam(parameters(layer), {});
    adam.step({.learning_rate = 0.001});
    // [step]
  });
  wrong("Heads that do not divide the width", [] {
    // [heads]
    Initializer init(1);
    MultiHeadAttention({.d_model = 10, .heads = 4}, init);
    // [heads]
  });
  wrong("A sentence longer than the positions", [] {
    // [long]
    Initializer init(1);
    LanguageModel model({.encoder = {.vocab = 9,
                                     .layer = {.d_model = 8, .nhead = 2},
                                     .num_layers = 1,
                                     .max_length = 4}},
                        init);
    model.loss({ids({{1, 2, 3, 4, 5}}), {}}, ids({{2, 3, 4, 5, 6}}));
    // [long]
  });
  wrong("A number that is asked for where there are many", [] {
    // [item]
    two_by_three.item();
    // [item]
  });
  wrong("A file that is not there", [] {
    // [file]
    Initializer init(1);
    Linear layer(3, 2, init);
    load(layer, "nowhere.safetensors");
    // [file]
  });
}
