# Cross-compiles for 64-bit Arm under Linux, with Debian's g++-aarch64-linux-gnu; qemu-user runs what
# comes of it. Libraries are looked for among those of that processor alone: where
# script/bootstrap --with aarch64 unpacks them, or else downloaded.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

find_program(LECTERN_QEMU NAMES qemu-aarch64 qemu-aarch64-static)
mark_as_advanced(LECTERN_QEMU)
if(LECTERN_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${LECTERN_QEMU} -L /usr/aarch64-linux-gnu)
endif()

set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu ${CMAKE_CURRENT_LIST_DIR}/../.deps/aarch64)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
