#pragma once

#include <numbers>
#include <variant>

namespace lectern {

/// What the derivative of a formula is calculated from, and so what the tape keeps for it.
enum class Keeps { input, output };

/// \defgroup formulas Formulas of functions of one number
/// Each is written here once, for every device and both precisions:
///
/// - `value(x)` is the function;
/// - `dx(dy, kept)` is the loss's derivative by x, from that by y = value(x) and the input x or the
///   output y, whichever `keeps` names: the one by which it is shorter, or which is kept anyway;
/// - `Math` has the elementary functions of a device: elementary_cpu.h, elementary_cuda.h.
///
/// A further function of one number is a struct here and its name in Formula, and a line each in
/// tensor/ops/pointwise.h and autograd/ops/pointwise.h.
/// @{
namespace formulas {

/// \f$ e^x \f$, its own derivative.
struct Exp {
  static constexpr const char* name = "exp";
  static constexpr Keeps keeps = Keeps::output;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::exp(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T y) const {
    return dy * y;
  }
};

/// \f$ \ln x, \quad \dot x = \dot y / x \f$
struct Log {
  static constexpr const char* name = "log";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::log(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    return dy / x;
  }
};

/// \f$ \sqrt x, \quad \dot x = \dot y / 2y \f$
struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr Keeps keeps = Keeps::output;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::sqrt(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T y) const {
    return T{0.5} * (dy / y);
  }
};

/// \f$ x^2, \quad \dot x = 2x \dot y \f$
struct Square {
  static constexpr const char* name = "square";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x * x;
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    return dy * (T{2} * x);
  }
};

/// \f$ x^p, \quad \dot x = p\, x^{p-1} \dot y \f$
struct Power {
  static constexpr const char* name = "power";
  static constexpr Keeps keeps = Keeps::input;
  double exponent = 1;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::power(x, static_cast<T>(exponent));
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    const T p = static_cast<T>(exponent);
    return p == T{0} ? T{0} : dy * p * Math::power(x, p - T{1});
  }
};

/// \f$ |x| \f$; the derivative at the corner is 0.
struct Absolute {
  static constexpr const char* name = "absolute";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x > T{0} ? x : T{0} - x;
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    return x > T{0} ? dy : x < T{0} ? -dy : T{0};
  }
};

/// \f$ \sin x, \quad \dot x = \dot y \cos x \f$
struct Sin {
  static constexpr const char* name = "sin";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::sin(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    return dy * Math::cos(x);
  }
};

/// \f$ \cos x, \quad \dot x = -\dot y \sin x \f$
struct Cos {
  static constexpr const char* name = "cos";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::cos(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    return -dy * Math::sin(x);
  }
};

/// \f$ \tanh x, \quad \dot x = \dot y (1 - y^2) \f$
struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr Keeps keeps = Keeps::output;
  template <class Math, class T>
  constexpr T value(T x) const {
    return Math::tanh(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T y) const {
    return dy * (T{1} - y * y);
  }
};

/// \f$ 1 / (1 + e^{-x}), \quad \dot x = \dot y\, y (1 - y) \f$
struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr Keeps keeps = Keeps::output;
  template <class Math, class T>
  constexpr T value(T x) const {
    return T{1} / (T{1} + Math::exp(-x));
  }
  template <class Math, class T>
  constexpr T dx(T dy, T y) const {
    return dy * y * (T{1} - y);
  }
};

/// \f$ \max(x, 0) \f$. Nair and Hinton 2010.
struct Relu {
  static constexpr const char* name = "relu";
  static constexpr Keeps keeps = Keeps::output;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x < T{0} ? T{0} : x;
  }
  template <class Math, class T>
  constexpr T dx(T dy, T y) const {
    return y > T{0} ? dy : T{0};
  }
};

/// \f$ x\, \Phi(x) \f$, Φ being the normal distribution function: an input is weighted by how
/// probable it is to be the larger. Hendrycks and Gimpel 2016, exact form.
///
/// \f[ \dot x = \dot y \Bigl( \Phi(x) + \frac{x}{\sqrt{2\pi}} e^{-x^2/2} \Bigr) \f]
struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x * Math::normal_distribution(x);
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    constexpr T density_at_0 = std::numbers::inv_sqrtpi_v<T> / std::numbers::sqrt2_v<T>;
    const T density = density_at_0 * Math::exp(T{-0.5} * x * x);
    return dy * (Math::normal_distribution(x) + x * density);
  }
};

/// Gelu with Φ approximated by a hyperbolic tangent, as GPT-2 has it (PyTorch: `approximate="tanh"`,
/// Hugging Face: `gelu_new`). Hendrycks and Gimpel 2016, section 2. At most 0.0005 from Gelu.
///
/// \f[ y = \frac{x}{2} (1 + \tanh u), \quad u = \sqrt{2/\pi}\, (x + 0.044715\, x^3), \quad
///     \dot x = \frac{\dot y}{2} \bigl( 1 + \tanh u + x (1 - \tanh^2 u)\, u' \bigr) \f]
struct GeluTanh {
  static constexpr const char* name = "gelu_tanh";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x / 2 * (T{1} + bend<Math>(x));
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    const T tanh = bend<Math>(x);
    const T slope = root<T> * (T{1} + 3 * cubic<T> * x * x);
    return dy / 2 * (T{1} + tanh + x * (T{1} - tanh * tanh) * slope);
  }

 private:
  template <class T>
  static constexpr T root = std::numbers::sqrt2_v<T>* std::numbers::inv_sqrtpi_v<T>;
  template <class T>
  static constexpr T cubic = T(0.044715L);
  template <class Math, class T>
  static constexpr T bend(T x) {
    return Math::tanh(root<T> * (x + cubic<T> * x * x * x));
  }
};

/// \f$ x\, \sigma(x) \f$, σ being the sigmoid; also called swish. Elfwing, Uchibe and Doya 2018;
/// Ramachandran, Zoph and Le 2017.
///
/// \f[ \dot x = \dot y\, \sigma(x) \bigl( 1 + x (1 - \sigma(x)) \bigr) \f]
struct Silu {
  static constexpr const char* name = "silu";
  static constexpr Keeps keeps = Keeps::input;
  template <class Math, class T>
  constexpr T value(T x) const {
    return x / (T{1} + Math::exp(-x));
  }
  template <class Math, class T>
  constexpr T dx(T dy, T x) const {
    const T sigmoid = T{1} / (T{1} + Math::exp(-x));
    return dy * sigmoid * (T{1} + x * (T{1} - sigmoid));
  }
};

}  // namespace formulas

using Formula = std::variant<formulas::Exp, formulas::Log, formulas::Sqrt, formulas::Square,
                             formulas::Power, formulas::Absolute, formulas::Sin, formulas::Cos,
                             formulas::Tanh, formulas::Sigmoid, formulas::Relu, formulas::Gelu,
                             formulas::GeluTanh, formulas::Silu>;
/// @}

}  // namespace lectern
