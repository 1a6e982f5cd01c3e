#pragma once

#include <string_view>

namespace lectern {

/// Who multiplies matrices on a CPU, matmul() and what is made of it. Products in bf16 are the tiles',
/// and fused kernels, attention's among them, have their own tiles whichever it is.
enum class MatmulEngine {
  tiles,  ///< this library's register tiles, tensor/microkernel: most speed
  eigen,  ///< Eigen's kernels: to compare with, or where the tiles do not suit a processor
};

constexpr std::string_view name_of(MatmulEngine engine) {
  return engine == MatmulEngine::tiles ? "tiles" : "eigen";
}

/// For all products from now on; what CMake's LECTERN_PRODUCT says at first.
void set_matmul_engine(MatmulEngine engine);
MatmulEngine matmul_engine();

}  // namespace lectern
