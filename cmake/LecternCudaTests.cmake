# Tests of a build with kernels: the floors' own tests with tensors on the GPU or in the emulator, in
# several thread orders; that every kernel was launched; that nvcc compiles all of them.

set(lectern_emulator_logs ${CMAKE_BINARY_DIR}/emulator_logs)

# What has to be built for the tests with the label emu.
add_custom_target(emulated_tests)

# lectern_gpu_test(FLOOR file…): what lectern_test adds for a program that has test cases.
function(lectern_gpu_test floor)
  if(LECTERN_DEVICE STREQUAL "cuda")
    add_test(NAME ${floor}_cuda COMMAND test_${floor} "~[slow]")
    set_tests_properties(${floor}_cuda PROPERTIES LABELS gpu ENVIRONMENT LECTERN_TEST_DEVICE=cuda
                         SKIP_REGULAR_EXPRESSION "there is no GPU")
    return()
  endif()
  add_dependencies(emulated_tests test_${floor})
  # The sanitizers need one order; ThreadSanitizer is slow, and sees only small kernels.
  set(tests "~[slow]")
  set(orders forward backward shuffled)
  if(LECTERN_SANITIZE)
    set(orders forward)
  endif()
  if(LECTERN_SANITIZE STREQUAL "thread")
    set(tests "[race]")
    set(tagged "")
    foreach(file IN LISTS ARGN)
      file(STRINGS ${file} lines REGEX "\\[race\\]")
      list(APPEND tagged ${lines})
    endforeach()
    if(NOT tagged)
      return()
    endif()
  endif()
  foreach(order IN LISTS orders)
    set(name ${floor}_emu_${order})
    string(REPLACE shuffled 2026 order ${order})
    add_test(NAME ${name} COMMAND test_${floor} ${tests})
    set_tests_properties(${name} PROPERTIES LABELS emu FIXTURES_REQUIRED emulator_logs
      ENVIRONMENT "LECTERN_TEST_DEVICE=cuda;LECTERN_EMULATOR_ORDER=${order};LECTERN_EMULATOR_LOG=${lectern_emulator_logs}/${name}")
    set_property(GLOBAL APPEND PROPERTY lectern_emulator_tests ${name})
  endforeach()
endfunction()

# lectern_check_kernels(): the tests of all kernels together, when all floors are known.
function(lectern_check_kernels)
  get_property(kernels GLOBAL PROPERTY lectern_kernels)
  foreach(layer device_layer_cuda gemm_cuda sort_pairs_cuda)
    list(APPEND kernels ${PROJECT_SOURCE_DIR}/tensor/cuda/${layer}.cu)
  endforeach()
  lectern_find_program(LECTERN_NVCC nvcc HINTS /usr/local/cuda/bin ENV CUDA_HOME PATH_SUFFIXES bin)
  get_filename_component(toolkit "${LECTERN_NVCC}/../.." ABSOLUTE)
  find_path(LECTERN_nccl_headers nccl.h HINTS ${toolkit}/include)
  if(LECTERN_nccl_headers)  # as nvcc sees NCCL; the emulator knows only a stand-in
    list(APPEND kernels ${PROJECT_SOURCE_DIR}/tensor/collective_nccl.cu)
    list(REMOVE_DUPLICATES kernels)
  endif()
  string(REGEX REPLACE ";|SHELL:" " " flags "${lectern_nvcc_flags}")
  add_test(NAME kernels_compile
    COMMAND ${CMAKE_COMMAND} -E env "NVCC=${LECTERN_NVCC}" "NVCC_FLAGS=-std=c++20 ${flags}"
            "CCACHE=${LECTERN_CCACHE}"
            ${PROJECT_SOURCE_DIR}/tests/structure/kernels_compile.sh
            ${CMAKE_BINARY_DIR}/kernels_compile ${kernels}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(kernels_compile PROPERTIES LABELS nvcc TIMEOUT 1800
                       SKIP_REGULAR_EXPRESSION "^skipped")

  if(LECTERN_DEVICE STREQUAL "cuda-emu" AND NOT LECTERN_SANITIZE)
    get_property(tests GLOBAL PROPERTY lectern_emulator_tests)
    add_test(NAME kernels_launched_begin COMMAND ${CMAKE_COMMAND} -DLOGS=${lectern_emulator_logs}
             -DCLEAR=1 -P ${PROJECT_SOURCE_DIR}/tests/structure/kernels_launched.cmake)
    add_test(NAME kernels_launched COMMAND ${CMAKE_COMMAND} -DLOGS=${lectern_emulator_logs}
             -DHOUSE=${PROJECT_SOURCE_DIR} "-DTESTS=${tests}"
             -P ${PROJECT_SOURCE_DIR}/tests/structure/kernels_launched.cmake)
    set_tests_properties(kernels_launched_begin PROPERTIES LABELS emu FIXTURES_SETUP emulator_logs)
    set_tests_properties(kernels_launched PROPERTIES LABELS emu FIXTURES_CLEANUP emulator_logs
                         SKIP_REGULAR_EXPRESSION "skipped")
  endif()
endfunction()
