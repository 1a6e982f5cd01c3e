#include "tensor/matmul_engine.h"

#include <atomic>

namespace lectern {
namespace {

std::atomic<MatmulEngine> chosen = MatmulEngine::LECTERN_PRODUCT;

}  // namespace

void set_matmul_engine(MatmulEngine engine) { chosen = engine; }
MatmulEngine matmul_engine() { return chosen; }

}  // namespace lectern
