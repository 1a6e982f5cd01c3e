// The matrix product of NVIDIA's cuBLASLt.

#include <cublasLt.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <mutex>
#include <type_traits>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/loops.h"
#include "tensor/cuda/runtime.h"

namespace lectern::cuda {
namespace {

constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

void check_cublas(cublasStatus_t status, const char* what) {
  check(status == CUBLAS_STATUS_SUCCESS,
        [&] { return text("matrix product, ", what, ": ", cublasLtGetStatusString(status)); });
}

/// What decides how a product is calculated. Two products that agree in it share a plan.
struct PlanKey {
  std::int64_t rows, columns, depth, batch, a_stride, b_stride, c_stride;
  int dtype;
  bool f32_result, tf32;
  bool transpose_a, transpose_b, bias, accumulate;
  std::array<std::uint32_t, 4> alignment;  // of a, b, c and the bias, in bytes
  auto operator<=>(const PlanKey&) const = default;
};

/// The largest power of two up to 256 that divides the address.
std::uint32_t alignment_of(const void* address) {
  const auto bits = reinterpret_cast<std::uintptr_t>(address) | 256;
  return std::uint32_t{1} << std::countr_zero(bits);
}

PlanKey key_of(const Gemm& gemm) {
  return {.rows = gemm.rows,
          .columns = gemm.columns,
          .depth = gemm.depth,
          .batch = gemm.batch,
          .a_stride = gemm.a_stride,
          .b_stride = gemm.b_stride,
          .c_stride = gemm.c_stride,
          .dtype = static_cast<int>(gemm.dtype),
          .f32_result = gemm.f32_result,
          .tf32 = gemm.tf32,
          .transpose_a = gemm.transpose_a,
          .transpose_b = gemm.transpose_b,
          .bias = gemm.bias != nullptr,
          .accumulate = gemm.accumulate,
          .alignment = {alignment_of(gemm.a), alignment_of(gemm.b), alignment_of(gemm.c),
                        alignment_of(gemm.bias)}};
}

/// cuBLASLt's descriptions of a product and the algorithm it proposes first. Plans are kept until
/// the program ends.
struct Plan {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;
  cublasLtMatmulAlgo_t algorithm;
};

cudaDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return CUDA_R_32F;
    case DType::f64: return CUDA_R_64F;
    case DType::bf16: return CUDA_R_16BF;
    case DType::i32: break;
  }
  fail("a GPU multiplies matrices of f32, f64 or bf16 numbers, not i32");
}

DType result_of(const Gemm& gemm) { return gemm.f32_result ? DType::f32 : gemm.dtype; }

cublasComputeType_t sums_of(const Gemm& gemm) {
  if (gemm.dtype == DType::f64) return CUBLAS_COMPUTE_64F;
  const bool tf32 = gemm.dtype == DType::f32 && gemm.tf32;
  return tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
}

template <class T>
void describe(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t what, const T& value) {
  check_cublas(cublasLtMatmulDescSetAttribute(product, what, &value, sizeof(value)), "description");
}

template <class T>
void prefer(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t what,
            const T& value) {
  check_cublas(cublasLtMatmulPreferenceSetAttribute(preference, what, &value, sizeof(value)),
               "preference");
}

/// A row-major matrix is, for cuBLAS, its transpose: `columns` is the leading dimension.
cublasLtMatrixLayout_t layout_of(const Gemm& gemm, DType dtype, std::int64_t rows,
                                 std::int64_t columns, std::int64_t stride) {
  cublasLtMatrixLayout_t layout = nullptr;
  check_cublas(
      cublasLtMatrixLayoutCreate(&layout, type_of(dtype), static_cast<std::uint64_t>(columns),
                                 static_cast<std::uint64_t>(rows), columns),
      "layout");
  const auto batch = static_cast<std::int32_t>(gemm.batch);
  check_cublas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch,
                                                sizeof(batch)),
               "layout");
  check_cublas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                                &stride, sizeof(stride)),
               "layout");
  return layout;
}

cublasLtMatmulAlgo_t choose_algorithm(cublasLtHandle_t handle, const Plan& plan,
                                      const PlanKey& key) {
  cublasLtMatmulPreference_t preference = nullptr;
  check_cublas(cublasLtMatmulPreferenceCreate(&preference), "preference");
  prefer(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace_bytes);
  prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.alignment[1]);
  prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.alignment[0]);
  prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.alignment[2]);
  prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.alignment[2]);
  cublasLtMatmulHeuristicResult_t proposal;
  int proposals = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(
      handle, plan.product, plan.b, plan.a, plan.c, plan.c, preference, 1, &proposal, &proposals);
  cublasLtMatmulPreferenceDestroy(preference);
  check_cublas(status, "choice of an algorithm");
  check(proposals > 0, [&] {
    return text("cuBLASLt knows no way to multiply [", key.rows, ", ", key.depth, "] by [",
                key.depth, ", ", key.columns, "]");
  });
  return proposal.algo;
}

Plan make_plan(cublasLtHandle_t handle, const Gemm& gemm, const PlanKey& key) {
  Plan plan;
  const cudaDataType_t scale = gemm.dtype == DType::f64 ? CUDA_R_64F : CUDA_R_32F;
  check_cublas(cublasLtMatmulDescCreate(&plan.product, sums_of(gemm), scale), "description");
  // In cuBLAS's eyes: Cᵀ = op(B)ᵀ op(A)ᵀ.
  const auto turned = [](bool transpose) { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
  describe(plan.product, CUBLASLT_MATMUL_DESC_TRANSA, turned(gemm.transpose_b));
  describe(plan.product, CUBLASLT_MATMUL_DESC_TRANSB, turned(gemm.transpose_a));
  if (gemm.bias != nullptr) {
    describe(plan.product, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    describe(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, gemm.bias);
    describe(plan.product, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type_of(result_of(gemm)));
  }
  const DType in = gemm.dtype;
  plan.a = gemm.transpose_a ? layout_of(gemm, in, gemm.depth, gemm.rows, gemm.a_stride)
                            : layout_of(gemm, in, gemm.rows, gemm.depth, gemm.a_stride);
  plan.b = gemm.transpose_b ? layout_of(gemm, in, gemm.columns, gemm.depth, gemm.b_stride)
                            : layout_of(gemm, in, gemm.depth, gemm.columns, gemm.b_stride);
  plan.c = layout_of(gemm, result_of(gemm), gemm.rows, gemm.columns, gemm.c_stride);
  plan.algorithm = choose_algorithm(handle, plan, key);
  return plan;
}

/// cuBLASLt on one GPU.
class Multiplier {
 public:
  explicit Multiplier(Cuda device) : device_(device) {
    check_cublas(cublasLtCreate(&handle_), "start");
    workspace_ = take_memory(device, workspace_bytes);
    check(workspace_ != nullptr, "the GPU has no 32 MiB left for matrix products");
  }

  void multiply(const Gemm& gemm) {
    std::lock_guard lock(mutex_);
    const PlanKey key = key_of(gemm);
    auto found = plans_.find(key);
    if (found == plans_.end()) found = plans_.emplace(key, make_plan(handle_, gemm, key)).first;
    const Plan& plan = found->second;
    if (gemm.bias != nullptr) describe(plan.product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, gemm.bias);
    const float one = 1, zero = 0;
    const double wide_one = 1, wide_zero = 0;
    const bool wide = gemm.dtype == DType::f64;
    const void* alpha = wide ? static_cast<const void*>(&wide_one) : &one;
    const void* no = wide ? static_cast<const void*>(&wide_zero) : &zero;
    check_cublas(cublasLtMatmul(handle_, plan.product, alpha, gemm.b, plan.b, gemm.a, plan.a,
                                gemm.accumulate ? alpha : no, gemm.c, plan.c, gemm.c, plan.c,
                                &plan.algorithm, workspace_, workspace_bytes, stream_of(device_)),
                 "start");
  }

 private:
  Cuda device_;
  std::mutex mutex_;
  cublasLtHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
  std::map<PlanKey, Plan> plans_;
};

Multiplier& multiplier(Cuda device) {
  static auto* mutex = new std::mutex;
  static auto* multipliers = new std::map<int, Multiplier*>;
  stream_of(device);  // makes the GPU the current one
  std::lock_guard lock(*mutex);
  Multiplier*& found = (*multipliers)[device.index];
  if (found == nullptr) found = new Multiplier(device);
  return *found;
}

/// What numbers of a type are added in.
template <class T>
using Sum = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// C = bias, C += bias, or C = 0: what remains when nothing is multiplied, and what a product
/// begins with where cuBLASLt has no epilogue.
template <class T>
void begin_sums(Cuda device, const Gemm& gemm) {
  T* c = static_cast<T*>(gemm.c);
  const T* bias = static_cast<const T*>(gemm.bias);
  const bool accumulate = gemm.accumulate;
  const std::int64_t columns = gemm.columns, size = gemm.rows * columns, stride = gemm.c_stride;
  for_each_element(device, gemm.batch * size, [=] __device__(std::int64_t i) {
    T& sum = c[i / size * stride + i % size];
    const Sum<T> start = accumulate ? static_cast<Sum<T>>(sum) : Sum<T>{};
    sum = T(start + (bias == nullptr ? Sum<T>{} : static_cast<Sum<T>>(bias[i % columns])));
  });
}

}  // namespace

void gemm(Cuda device, const Gemm& gemm) {
  if (gemm.rows == 0 || gemm.columns == 0 || gemm.batch == 0) return;
  Gemm rest = gemm;
  const bool wide_bias = gemm.dtype == DType::f64 && gemm.bias != nullptr;
  if (gemm.depth == 0 || wide_bias) {
    const DType result = result_of(gemm);
    if (result == DType::f64) begin_sums<double>(device, gemm);
    if (result == DType::f32) begin_sums<float>(device, gemm);
    if (result == DType::bf16) begin_sums<bfloat16>(device, gemm);
    rest.bias = nullptr;
    rest.accumulate = true;
  }
  if (gemm.depth > 0) multiplier(device).multiply(rest);
}

}  // namespace lectern::cuda
