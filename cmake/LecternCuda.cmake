# The device of the build, LECTERN_DEVICE: `cpu`; `cuda`, an NVIDIA GPU; or `cuda-emu`, where the
# host's compiler compiles the kernels for the emulator (docs/emulator.md).

set(LECTERN_DEVICE cpu CACHE STRING "Where the kernels run: cpu, cuda or cuda-emu")
set_property(CACHE LECTERN_DEVICE PROPERTY STRINGS cpu cuda cuda-emu)
if(NOT LECTERN_DEVICE MATCHES "^(cpu|cuda|cuda-emu)$")
  message(FATAL_ERROR "LECTERN_DEVICE is '${LECTERN_DEVICE}'; expected cpu, cuda or cuda-emu")
endif()

# What the sources know of it: tensor/has_cuda.h.
set(LECTERN_HAS_CUDA true)
if(LECTERN_DEVICE STREQUAL "cpu")
  set(LECTERN_HAS_CUDA false)
endif()
set(lectern_generated ${CMAKE_BINARY_DIR}/generated)
configure_file(${PROJECT_SOURCE_DIR}/tensor/has_cuda.h.in ${lectern_generated}/tensor/has_cuda.h @ONLY)

# Every warning is an error. The tests use the same flags.
set(lectern_nvcc_flags --extended-lambda --expt-relaxed-constexpr "SHELL:-Werror all-warnings"
    "SHELL:-Xcompiler -Wall,-Wextra")

if(LECTERN_DEVICE STREQUAL "cuda")
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75 80 86 89 90)
  endif()
  enable_language(CUDA)
  if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "Lectern's kernels are written in C++20, which needs CUDA 12 or newer; this "
            "is ${CMAKE_CUDA_COMPILER_VERSION}")
  endif()
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # older CMakes do not know that nvcc 12 has it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  find_package(CUDAToolkit REQUIRED)
endif()

# lectern_kernels(TARGET file…): the target's code for GPUs, left out of a build without them.
function(lectern_kernels target)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  set(kernels ${ARGN})
  list(FILTER kernels INCLUDE REGEX "\\.cu$")
  set_property(GLOBAL APPEND PROPERTY lectern_kernels ${kernels})
  if(LECTERN_DEVICE STREQUAL "cpu")
    return()
  endif()
  target_sources(${target} PRIVATE ${ARGN})
  if(LECTERN_DEVICE STREQUAL "cuda")
    target_compile_options(${target} PRIVATE
      "$<$<COMPILE_LANGUAGE:CUDA>:${lectern_nvcc_flags}>")
  else()
    # Kernels see shared memory as numbers of several types, and are full of `#pragma unroll`.
    set_source_files_properties(${kernels} PROPERTIES LANGUAGE CXX
      COMPILE_OPTIONS "-fno-strict-aliasing;-Wno-unknown-pragmas")
  endif()
endfunction()

# lectern_device_layer(TARGET): what stands between the library and a GPU, or the emulator of one. The
# emulator itself is in every build: a program that has kernels of its own can run them on the host. In
# a browser no program has the stacks that it needs, one for each of a block's threads.
set(lectern_emulator cuda/emulator.cpp cuda/emulator_fibers.cpp cuda/emulator_launch.cpp
    cuda/emulator_memory.cpp)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND lectern_emulator cuda/emulator_stack_aarch64.cpp)
else()
  list(APPEND lectern_emulator cuda/emulator_stack_x86.cpp)
endif()
function(lectern_device_layer target)
  target_sources(${target} PRIVATE cuda/kernel_name.cpp)
  if(EMSCRIPTEN)
    return()
  endif()
  target_sources(${target} PRIVATE ${lectern_emulator})
  if(LECTERN_SANITIZE STREQUAL "thread")
    # ThreadSanitizer is to see CUDA's own synchronisation, not the scheduler's.
    set_source_files_properties(${lectern_emulator} PROPERTIES SKIP_PRECOMPILE_HEADERS ON
      COMPILE_OPTIONS -fno-sanitize=thread COMPILE_DEFINITIONS LECTERN_EMULATOR_TSAN)
  endif()
  if(LECTERN_DEVICE STREQUAL "cpu")
    return()
  endif()
  target_sources(${target} PRIVATE cuda/memory.cpp)
  if(LECTERN_DEVICE STREQUAL "cuda")
    target_sources(${target} PRIVATE cuda/device_layer_cuda.cu cuda/gemm_cuda.cu
                   cuda/sort_pairs_cuda.cu)
    target_link_libraries(${target} PUBLIC CUDA::cudart_static CUDA::cublasLt)
  else()
    target_sources(${target} PRIVATE cuda/device_layer_emulator.cpp cuda/gemm_emulator.cpp)
  endif()
endfunction()
