#pragma once

#include <cmath>
#include <functional>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "lectern.h"

// How an exercise is checked: it is run, and what came is compared with what was expected.

/// What an exercise throws in which nothing has been written yet.
struct Unsolved {};

/// What came is not what was expected.
struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Fails unless the two are equal. \param what  names the value in a few words
template <class T>
void expect_equal(const std::string& what, const T& got, const T& expected) {
  if (got == expected) return;
  std::ostringstream words;
  words << what << "\n  came: " << got << "\n  was expected: " << expected;
  throw Wrong(words.str());
}

/// Fails unless the two numbers are within `room` of each other.
inline void expect_near(const std::string& what, double got, double expected,
                        double room = 1e-4) {
  if (std::abs(got - expected) <= room) return;
  std::ostringstream words;
  words << what << "\n  came: " << got << "\n  was expected: " << expected
        << " ± " << room;
  throw Wrong(words.str());
}

/// The same for all numbers of two tensors of one shape.
inline void expect_near(const std::string& what, const lectern::Tensor& got,
                        const lectern::Tensor& expected, double room = 1e-4) {
  std::ostringstream words;
  words << what << "\n  came:\n"
        << got << "\n  was expected, ± " << room << ":\n"
        << expected;
  if (got.shape() != expected.shape()) throw Wrong(words.str());
  const auto row = [](const lectern::Tensor& x) {
    return x.reshape({x.size()});
  };
  for (std::int64_t i = 0; i < got.size(); ++i)
    if (!(std::abs(row(got).at<double>({i}) - row(expected).at<double>({i})) <=
          room))
      throw Wrong(words.str());
}

/// Fails unless `got` is `lowest` or more.
inline void expect_at_least(const std::string& what, double got,
                            double lowest) {
  if (got >= lowest) return;
  std::ostringstream words;
  words << what << "\n  came: " << got << "\n  was expected: at least "
        << lowest;
  throw Wrong(words.str());
}

/// Runs exercises one after another and says of each how it is.
class Exercises {
 public:
  void check(int number, const std::function<void()>& body) {
    std::cout << "exercise " << number << ": ";
    try {
      body();
      std::cout << "right\n";
      return;
    } catch (const Unsolved&) {
      std::cout << "not done yet\n";
    } catch (const std::exception& error) {
      std::cout << "not yet: " << error.what() << "\n";
    }
    all_right_ = false;
  }
  /// What main returns: 0 where all were right.
  int result() const { return all_right_ ? 0 : 1; }

 private:
  bool all_right_ = true;
};
