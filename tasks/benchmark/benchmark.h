#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lectern {

/// One line of the table that `lectern bench` prints.
struct Measured {
  std::string work;  ///< "product 4096 x 1024 x 256"
  double rate = 0.0;
  std::string unit;    ///< "GFLOP/s"
  double limit = 0.0;  ///< what this machine could do at most, in the same unit; 0: unknown
};

/// The median seconds of several calls, after one that is not counted.
/// \param seconds  how long to go on measuring, at least three calls
double median_seconds(const std::function<void()>& work, double seconds = 1.0);

/// Multiplications and additions that the processor's vector units can do, all threads together, with
/// every number in a register. GFLOP/s in f32.
double peak_gflops();
/// How fast memory is read and written, by a copy that no cache can hold. GB/s, both directions.
double copy_bandwidth();

// Each measures one kind of work against the peak, the sizes being those of a Transformer.
std::vector<Measured> measure_products(double peak);
std::vector<Measured> measure_attention(double peak, std::int64_t longest);
std::vector<Measured> measure_training(double peak);
std::vector<Measured> measure_decoding();

}  // namespace lectern
