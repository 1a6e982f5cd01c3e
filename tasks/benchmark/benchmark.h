#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

/// One line of the table that `lectern bench` prints.
struct Measured {
  std::string work;  ///< "product 4096 x 1024 x 256"
  double rate = 0.0;
  std::string unit;     ///< "GFLOP/s"
  double limit = 0.0;   ///< what this machine could do at most, in the same unit; 0: unknown
  double spread = 0.0;  ///< of the times that were measured; see Timing
};

/// Multiplications and additions that the processor's vector units can do, all threads together, with
/// every number in a register, in the precision of products that was chosen.
Measured measure_peak();
/// How fast memory is read and written, both counted, by a copy that no cache can hold.
Measured measure_copying();

// Each measures one kind of work against the peak, the sizes being those of a Transformer.
std::vector<Measured> measure_products(double peak);
std::vector<Measured> measure_attention(double peak, std::int64_t longest);
std::vector<Measured> measure_training(double peak);
std::vector<Measured> measure_decoding();

}  // namespace lectern
