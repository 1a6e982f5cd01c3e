#pragma once

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <iomanip>
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

/// A number with so many significant digits.
inline std::string with_digits(double number, int digits) {
  std::ostringstream words;
  words << std::setprecision(digits) << number;
  return words.str();
}

/// How many digits two numbers need so that one sees that they differ by more than `room`.
inline int digits_that_show(double got, double expected, double room) {
  if (!std::isfinite(got) || !std::isfinite(expected)) return 6;
  for (int digits = 6; digits < 17; ++digits)
    if (std::abs(std::stod(with_digits(got, digits)) -
                 std::stod(with_digits(expected, digits))) > room)
      return digits;
  return 17;
}

/// Fails unless the two numbers are within `room` of each other.
inline void expect_near(const std::string& what, double got, double expected,
                        double room = 1e-4) {
  if (std::abs(got - expected) <= room) return;
  const int digits = digits_that_show(got, expected, room);
  throw Wrong(what + "\n  came: " + with_digits(got, digits) +
              "\n  was expected: " + with_digits(expected, digits) + " ± " +
              with_digits(room, 6));
}

/// The same for all numbers of two tensors of one shape.
inline void expect_near(const std::string& what, const lectern::Tensor& got,
                        const lectern::Tensor& expected, double room = 1e-4) {
  const auto wrong = [&](int digits) {
    return Wrong(what + "\n  came:\n" +
                 lectern::text_of(got, {.digits = digits}) +
                 "\n  was expected, ± " + with_digits(room, 6) + ":\n" +
                 lectern::text_of(expected, {.digits = digits}));
  };
  if (got.shape() != expected.shape()) throw wrong(4);
  const auto number = [](const lectern::Tensor& x, std::int64_t i) {
    return x.reshape({x.size()}).at<double>({i});
  };
  for (std::int64_t i = 0; i < got.size(); ++i) {
    const double came = number(got, i), wanted = number(expected, i);
    if (!(std::abs(came - wanted) <= room))
      throw wrong(digits_that_show(came, wanted, room));
  }
}

/// A number, a whole one with all its digits: 9678400, not 9.6784e+06.
inline std::string in_full(double number) {
  const bool whole = std::abs(number) < 1e15 && number == std::floor(number);
  return with_digits(number, whole ? 15 : 6);
}

/// Fails unless `got` is `lowest` or more.
inline void expect_at_least(const std::string& what, double got,
                            double lowest) {
  if (got >= lowest) return;
  std::ostringstream words;
  words << what << "\n  came: " << in_full(got) << "\n  was expected: at least "
        << in_full(lowest);
  throw Wrong(words.str());
}

/// Fails unless `got` is `most` or less.
inline void expect_at_most(const std::string& what, double got, double most) {
  if (got <= most) return;
  std::ostringstream words;
  words << what << "\n  came: " << in_full(got) << "\n  was expected: at most "
        << in_full(most);
  throw Wrong(words.str());
}

/// How many times as long as `other` it takes to do `work`, in a core's time: the best of three.
inline double times_as_long(const std::function<void()>& work,
                            const std::function<void()>& other) {
  const auto takes = [](const std::function<void()>& body) {
    double best = INFINITY;
    for (int attempt = 0; attempt < 3; ++attempt) {
      const std::clock_t begin = std::clock();
      int calls = 0;
      for (; std::clock() - begin < CLOCKS_PER_SEC / 500; ++calls) body();
      best = std::min(best, double(std::clock() - begin) / calls);
    }
    return best;
  };
  return takes(work) / takes(other);
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
