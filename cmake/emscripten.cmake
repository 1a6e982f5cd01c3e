# The toolchain of the preset `web`: emscripten, wherever it is installed. Errors are exceptions there,
# too, and vectors have four numbers.
find_program(LECTERN_EMCC em++ REQUIRED)
mark_as_advanced(LECTERN_EMCC)
get_filename_component(emscripten ${LECTERN_EMCC} REALPATH)
get_filename_component(emscripten ${emscripten} DIRECTORY)
set(CMAKE_C_FLAGS_INIT "-msimd128 -fwasm-exceptions")
# What its standard library may be too old for stands in libcxx.
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fwasm-exceptions -isystem ${CMAKE_CURRENT_LIST_DIR}/libcxx")
include(${emscripten}/cmake/Modules/Platform/Emscripten.cmake)
