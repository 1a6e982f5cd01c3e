# Third-party packages, each looked for in this order: on the system; in .deps, where
# script/bootstrap unpacks them when nobody may install; downloaded, pinned by its SHA256; and if
# that fails too, the line to type. An archive put into .deps/downloads by hand takes the place of
# the download; it is called PACKAGE-FILE, for example libeigen3-dev-eigen-3.4.0.tar.bz2.

include(FetchContent)
list(APPEND CMAKE_SYSTEM_PREFIX_PATH ${PROJECT_SOURCE_DIR}/.deps/usr)
if(CMAKE_CROSSCOMPILING)  # what consists of headers alone is the same for every machine
  set(lectern_hosts_headers PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
endif()

# Puts the unpacked archive's folder into the variable `folder`, or notes that the package is
# missing and leaves it empty.
function(lectern_download folder apt_package url sha256)
  set(${folder} "" PARENT_SCOPE)
  get_filename_component(file ${url} NAME)
  set(archive ${PROJECT_SOURCE_DIR}/.deps/downloads/${apt_package}-${file})
  set(found none)
  if(EXISTS ${archive})
    file(SHA256 ${archive} found)
  endif()
  if(NOT found STREQUAL sha256 AND LECTERN_DOWNLOAD)
    message(STATUS "${apt_package} is not installed; downloading ${url}")
    file(DOWNLOAD ${url} ${archive}.part TIMEOUT 120 TLS_VERIFY ON STATUS status)
    file(SHA256 ${archive}.part found)
    if(found STREQUAL sha256)
      file(RENAME ${archive}.part ${archive})
    else()  # an empty file, where nothing answered
      file(REMOVE ${archive}.part)
    endif()
  endif()
  if(NOT found STREQUAL sha256)
    set_property(GLOBAL APPEND PROPERTY lectern_missing ${apt_package})
    return()
  endif()
  if(POLICY CMP0135)
    cmake_policy(SET CMP0135 NEW)
  endif()
  FetchContent_Declare(${apt_package} URL ${archive} URL_HASH SHA256=${sha256}
                       SOURCE_SUBDIR only-unpacked)
  FetchContent_MakeAvailable(${apt_package})
  FetchContent_GetProperties(${apt_package} SOURCE_DIR source)
  set(${folder} ${source} PARENT_SCOPE)
endfunction()

# lectern_headers(TARGET HEADER …): a package of which headers are all that is used. They are
# looked for by name, since the CMake files of these packages differ from one distribution to the
# next: some demand a shared library, some are not there.
function(lectern_headers target header folder apt_package url sha256)
  string(MAKE_C_IDENTIFIER "LECTERN_${target}" variable)
  find_path(${variable} ${header} PATH_SUFFIXES eigen3 ${lectern_hosts_headers})
  mark_as_advanced(${variable})
  set(include ${${variable}})
  if(include AND CMAKE_CROSSCOMPILING)  # beside them lie those of the host
    string(REGEX REPLACE "/.*" "" folder ${header})
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/${apt_package})
    file(CREATE_LINK ${include}/${folder} ${CMAKE_BINARY_DIR}/include/${apt_package}/${folder} SYMBOLIC)
    set(include ${CMAKE_BINARY_DIR}/include/${apt_package})
  elseif(NOT include)
    lectern_download(source ${apt_package} ${url} ${sha256})
    set(include ${source}/${folder})
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${include})
endfunction()

lectern_headers(Eigen3::Eigen Eigen/src/Core/Reshaped.h . libeigen3-dev
  https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.bz2
  b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626)
lectern_headers(nlohmann_json::nlohmann_json nlohmann/json.hpp single_include nlohmann-json3-dev
  https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
  d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d)
find_path(LECTERN_utf8proc_headers utf8proc.h)
find_library(LECTERN_utf8proc utf8proc)
mark_as_advanced(LECTERN_utf8proc_headers LECTERN_utf8proc)
add_library(utf8proc::utf8proc INTERFACE IMPORTED GLOBAL)
if(LECTERN_utf8proc_headers AND LECTERN_utf8proc)
  target_include_directories(utf8proc::utf8proc INTERFACE ${LECTERN_utf8proc_headers})
  target_link_libraries(utf8proc::utf8proc INTERFACE ${LECTERN_utf8proc})
else()
  lectern_download(source libutf8proc-dev
    https://github.com/JuliaStrings/utf8proc/archive/refs/tags/v2.8.0.tar.gz
    a0a60a79fe6f6d54e7d411facbfcc867a6e198608f2cd992490e46f04b1bcecc)
  if(source)
    set(CMAKE_POLICY_VERSION_MINIMUM 3.5)  # its CMake file is older than CMake 4 accepts
    add_subdirectory(${source} ${CMAKE_BINARY_DIR}/utf8proc EXCLUDE_FROM_ALL)
    target_link_libraries(utf8proc::utf8proc INTERFACE utf8proc)
  endif()
endif()

lectern_headers(CLI11::CLI11 CLI/CLI.hpp include libcli11-dev
  https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.1.tar.gz
  73b7ec52261ce8fe980a29df6b4ceb66243bb0b779451dbd3d014cfec9fdbb58)
lectern_headers(tomlplusplus::tomlplusplus toml++/toml.h include libtomlplusplus-dev
  https://github.com/marzer/tomlplusplus/archive/refs/tags/v3.4.0.tar.gz
  8517f65938a4faae9ccf8ebb36631a38c1cadfb5efa85d9a72e15b9e97d25155)

if(NOT EMSCRIPTEN)  # the programs for browsers need no more
  # Catch2 is asked for without a version: a request for 2.13 would reject 3.7.
  if(LECTERN_TESTS)
    find_package(Catch2 QUIET)
    if(NOT Catch2_FOUND)
      lectern_headers(Catch2::Catch2 catch2/catch.hpp single_include catch2
        https://github.com/catchorg/Catch2/archive/refs/tags/v2.13.10.tar.gz
        d54a712b7b1d7708bc7a819a8e6e47b2fde9536f487b89ccbca295072a7d9943)
    endif()
  endif()

  find_package(ZLIB QUIET)
  if(NOT ZLIB_FOUND)
    lectern_download(source zlib1g-dev https://zlib.net/fossils/zlib-1.3.1.tar.gz
      9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23)
    if(source)
      add_subdirectory(${source} ${CMAKE_BINARY_DIR}/zlib EXCLUDE_FROM_ALL)
      add_library(ZLIB::ZLIB INTERFACE IMPORTED GLOBAL)
      target_include_directories(ZLIB::ZLIB INTERFACE ${source} ${CMAKE_BINARY_DIR}/zlib)
      target_link_libraries(ZLIB::ZLIB INTERFACE zlibstatic)
    endif()
  endif()

  find_path(LECTERN_sentencepiece_headers sentencepiece_trainer.h)
  find_library(LECTERN_sentencepiece sentencepiece)
  find_library(LECTERN_sentencepiece_train sentencepiece_train)
  mark_as_advanced(LECTERN_sentencepiece_headers LECTERN_sentencepiece LECTERN_sentencepiece_train)
  add_library(sentencepiece::sentencepiece INTERFACE IMPORTED GLOBAL)
  add_library(PkgConfig::sentencepiece ALIAS sentencepiece::sentencepiece)
  if(LECTERN_sentencepiece_headers AND LECTERN_sentencepiece AND LECTERN_sentencepiece_train)
    target_include_directories(sentencepiece::sentencepiece INTERFACE
      ${LECTERN_sentencepiece_headers})
    target_link_libraries(sentencepiece::sentencepiece INTERFACE
      ${LECTERN_sentencepiece_train} ${LECTERN_sentencepiece})
    if(NOT APPLE)
      # What it depends on may also be in .deps; only this old kind of path is searched for that.
      target_link_options(sentencepiece::sentencepiece INTERFACE LINKER:--disable-new-dtags)
    endif()
  else()
    lectern_download(source libsentencepiece-dev
      https://github.com/google/sentencepiece/archive/refs/tags/v0.2.0.tar.gz
      9970f0a0afee1648890293321665e5b2efa04eaec9f1671fcf8048f456f5bb86)
    if(source)
      set(SPM_ENABLE_SHARED OFF CACHE BOOL "" FORCE)
      set(CMAKE_POLICY_VERSION_MINIMUM 3.5)  # its CMake file is older than CMake 4 accepts
      add_subdirectory(${source} ${CMAKE_BINARY_DIR}/sentencepiece EXCLUDE_FROM_ALL)
      target_include_directories(sentencepiece::sentencepiece INTERFACE ${source}/src)
      target_link_libraries(sentencepiece::sentencepiece INTERFACE
        sentencepiece_train-static sentencepiece-static)
    endif()
  endif()
endif()

# MPI is for the program where LECTERN_MPI asks for it, and for tests wherever it is installed.
if(LECTERN_MPI OR (LECTERN_TESTS AND NOT LECTERN_SANITIZE AND NOT CMAKE_CROSSCOMPILING))
  set(MPI_CXX_SKIP_MPICXX ON)
  find_package(MPI QUIET COMPONENTS CXX)
  if(LECTERN_MPI AND NOT MPI_CXX_FOUND)
    set_property(GLOBAL APPEND PROPERTY lectern_missing libopenmpi-dev openmpi-bin)
  endif()
endif()

# NCCL connects GPUs, and needs somebody who starts the processes.
if(LECTERN_NCCL)
  if(NOT LECTERN_MPI OR NOT LECTERN_DEVICE STREQUAL "cuda")
    message(FATAL_ERROR "LECTERN_NCCL connects the GPUs of processes that MPI starts: it needs "
            "-DLECTERN_DEVICE=cuda -DLECTERN_MPI=ON")
  endif()
  find_path(LECTERN_nccl_headers nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
  find_library(LECTERN_nccl nccl HINTS ${CUDAToolkit_LIBRARY_DIR})
  mark_as_advanced(LECTERN_nccl_headers LECTERN_nccl)
  if(LECTERN_nccl_headers AND LECTERN_nccl)
    add_library(NCCL::NCCL INTERFACE IMPORTED GLOBAL)
    target_include_directories(NCCL::NCCL INTERFACE ${LECTERN_nccl_headers})
    target_link_libraries(NCCL::NCCL INTERFACE ${LECTERN_nccl})
  else()
    set_property(GLOBAL APPEND PROPERTY lectern_missing libnccl2 libnccl-dev)
  endif()
endif()

get_property(lectern_missing GLOBAL PROPERTY lectern_missing)
if(lectern_missing)
  list(JOIN lectern_missing " " lectern_missing)
  message(FATAL_ERROR "Not installed, and not to be downloaded: ${lectern_missing}. Try\n"
          "  sudo apt-get install ${lectern_missing}\n"
          "or, with or without root, ./script/bootstrap.")
endif()
