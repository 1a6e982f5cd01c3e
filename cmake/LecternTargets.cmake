# Options of every target, and the word that the folders are written in: lectern_floor.

include(CheckCXXCompilerFlag)
find_package(Threads REQUIRED)

if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 11) OR
   (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14))
  message(FATAL_ERROR "Lectern is written in C++20, which needs GCC 11 or Clang 14, or newer; this "
          "is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. Try: "
          "sudo apt-get install g++-11 && CXX=g++-11 cmake …")
endif()

# lectern_find_program(VARIABLE [NAMES] name… where…): a program that may be here or not; empty without it,
# unlike find_program's NOTFOUND, which looks like a command where it is handed on.
macro(lectern_find_program variable name)
  find_program(${variable} ${name} ${ARGN})
  mark_as_advanced(${variable})
  if(NOT ${variable})
    set(${variable} "")
  endif()
endmacro()

lectern_find_program(LECTERN_CCACHE ccache)
if(LECTERN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # A precompiled header can be cached only with these two liberties, and is another build folder's
  # too where it is named from the folder.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_BINARY_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros ${LECTERN_CCACHE})
endif()

add_library(lectern_options INTERFACE)
# lectern_cxx_options(TARGET INTERFACE|PRIVATE flag…): for the host's compiler, not for nvcc.
function(lectern_cxx_options target scope)
  target_compile_options(${target} ${scope} "$<$<COMPILE_LANGUAGE:CXX>:${ARGN}>")
endfunction()

# lectern_compiled_quickly(TARGET): what only calls those who calculate need not be optimised to the last
# itself; most of a build's time is the compiler's. So it is for all of tasks/, but for what
# lectern_calculates(TARGET) names.
function(lectern_compiled_quickly target)
  lectern_cxx_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()
function(lectern_calculates target)
  if(NOT EMSCRIPTEN)  # where size counts
    lectern_cxx_options(${target} PRIVATE $<$<CONFIG:Release>:-O3>)
  endif()
endfunction()

lectern_cxx_options(lectern_options INTERFACE -Wall -Wextra -Wpedantic -Woverloaded-virtual -Werror)
target_link_libraries(lectern_options INTERFACE Threads::Threads)
# Loops with a square root or a condition vectorise only when nobody asks for errno or for
# floating-point exceptions; results do not change.
lectern_cxx_options(lectern_options INTERFACE -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms inside this GCC's own headers: AVX-512 (GCC bug 105593), std::string (105329), and
  # those that its headers are silent about where they are not precompiled (64117).
  lectern_cxx_options(lectern_options INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized
                      -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Products are added in one step across statements too, as GCC does; a loop that stays as it is
  # written is no mistake.
  lectern_cxx_options(lectern_options INTERFACE -ffp-contract=fast -Wno-pass-failed)
endif()

# GCC prefers 256-bit vectors where it does not recognise the processor. Elsewhere than on x86 the
# compiler's own default is good.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  if(LECTERN_NATIVE)
    set(lectern_processor_flags -march=native -mprefer-vector-width=512)
  else()
    set(lectern_processor_flags -march=x86-64-v3)
  endif()
endif()
foreach(flag IN LISTS lectern_processor_flags)
  string(MAKE_C_IDENTIFIER "lectern_has${flag}" known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    lectern_cxx_options(lectern_options INTERFACE ${flag})
  endif()
endforeach()

if(LECTERN_SANITIZE)
  lectern_cxx_options(lectern_options INTERFACE -fsanitize=${LECTERN_SANITIZE}
                      -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(lectern_options INTERFACE -fsanitize=${LECTERN_SANITIZE})
  # What the standard library expects of whoever calls it: indices, and that clamp's bounds are in order.
  target_compile_definitions(lectern_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()

# The standard library's headers, which GCC reads once for all files: they were a third of its time.
# Clang's builds read for each file what it includes itself, and find the header that one forgot.
add_library(lectern_standard OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/standard.cpp)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/standard.cpp CONTENT "// Its headers, compiled.\n")
target_link_libraries(lectern_standard PRIVATE lectern_options)
target_precompile_headers(lectern_standard PRIVATE <algorithm> <array> <cmath> <cstdint> <filesystem>
  <fstream> <functional> <iostream> <map> <memory> <numeric> <optional> <span> <sstream> <string>
  <string_view> <unordered_map> <utility> <vector>)

# lectern_floor(NAME USES floor… SOURCES file… KERNELS file…): one floor of the house, a static
# library that may include only the floors it USES. KERNELS are its code for GPUs.
function(lectern_floor name)
  cmake_parse_arguments(floor "" "" "USES;SOURCES;KERNELS" ${ARGN})
  add_library(lectern_${name} STATIC ${floor_SOURCES})
  add_library(lectern::${name} ALIAS lectern_${name})
  target_include_directories(lectern_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:include/lectern>)
  target_compile_features(lectern_${name} PUBLIC cxx_std_20)
  target_link_libraries(lectern_${name} PRIVATE $<BUILD_INTERFACE:lectern_options>)
  target_link_libraries(lectern_${name} PUBLIC Threads::Threads)
  foreach(used IN LISTS floor_USES)
    target_link_libraries(lectern_${name} PUBLIC lectern_${used})
  endforeach()
  lectern_kernels(lectern_${name} ${floor_KERNELS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_precompile_headers(lectern_${name} REUSE_FROM lectern_standard)
  endif()
endfunction()
