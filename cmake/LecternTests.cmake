# The word that the folders under tests/ are written in, lectern_test, and the tests of the house
# itself: its floors, its installation, its pages.

# Catch2's header, and the main of all test programs, each compiled once.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/catch.cpp CONTENT "// tests/catch.h, compiled.\n")
add_library(lectern_catch OBJECT ${CMAKE_BINARY_DIR}/catch.cpp ${PROJECT_SOURCE_DIR}/tests/main.cpp)
target_precompile_headers(lectern_catch PRIVATE ${PROJECT_SOURCE_DIR}/tests/catch.h)
set_source_files_properties(${PROJECT_SOURCE_DIR}/tests/main.cpp PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS $<$<CONFIG:Release>:-O1>)
target_link_libraries(lectern_catch PUBLIC lectern_options lectern_tensor Catch2::Catch2)

include(LecternCudaTests)

# lectern_started(RESULT TARGET): what a shell starts a program by: its file, or where that is for another
# processor, a script that has it emulated.
function(lectern_started result target)
  set(started $<TARGET_FILE:${target}>)
  if(CMAKE_CROSSCOMPILING)
    set(started ${CMAKE_BINARY_DIR}/emulated/${target})
    get_target_property(known ${target} lectern_emulated)
    if(NOT known)
      set_target_properties(${target} PROPERTIES lectern_emulated ON)
      list(JOIN CMAKE_CROSSCOMPILING_EMULATOR "' '" emulator)
      file(GENERATE OUTPUT ${started}
           CONTENT "#!/bin/sh\nexec '${emulator}' '$<TARGET_FILE:${target}>' \"$@\"\n"
           FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
    endif()
  endif()
  set(${result} ${started} PARENT_SCOPE)
endfunction()

# lectern_test(FLOOR file…): the tests of a floor, one program. CTest runs it under the label
# "quick" without the test cases tagged [slow], and, if there are any, under "slow" with those.
function(lectern_test floor)
  add_executable(test_${floor} ${ARGN})
  target_link_libraries(test_${floor} PRIVATE lectern_${floor} lectern_catch)
  target_compile_definitions(test_${floor} PRIVATE
    LECTERN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests")
  target_precompile_headers(test_${floor} REUSE_FROM lectern_catch)
  if(NOT floor MATCHES "^(tensor|attention)$")  # which calculate with Eigen, or one number at a time
    lectern_compiled_quickly(test_${floor})
  endif()
  add_test(NAME ${floor} COMMAND test_${floor} "~[slow]")
  set_tests_properties(${floor} PROPERTIES LABELS quick)
  set(slow "")
  foreach(file IN LISTS ARGN)
    get_filename_component(file ${file} ABSOLUTE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} tagged REGEX "\\[slow\\]")
    list(APPEND slow ${tagged})
  endforeach()
  if(slow)
    add_test(NAME ${floor}_slow COMMAND test_${floor} "[slow]")
    set_tests_properties(${floor}_slow PROPERTIES LABELS slow)
  endif()
  if(NOT LECTERN_DEVICE STREQUAL "cpu" AND floor MATCHES "^(tensor|autograd|nn|attention|reversible|models)$")
    lectern_gpu_test(${floor} ${ARGN})
  endif()
endfunction()

add_test(NAME floors COMMAND ${CMAKE_COMMAND} -DHOUSE=${PROJECT_SOURCE_DIR}
         -P ${PROJECT_SOURCE_DIR}/tests/structure/floors.cmake)
add_test(NAME floors_are_checked COMMAND ${CMAKE_COMMAND}
         -DHOUSE=${PROJECT_SOURCE_DIR}/tests/structure/upside_down
         -P ${PROJECT_SOURCE_DIR}/tests/structure/floors.cmake)
set_tests_properties(floors_are_checked PROPERTIES PASS_REGULAR_EXPRESSION
  "tensor/window.h: 'tensor' may not include 'nn/door.h'")
add_test(NAME processor_words COMMAND ${CMAKE_COMMAND} -DHOUSE=${PROJECT_SOURCE_DIR}
         -P ${PROJECT_SOURCE_DIR}/tests/structure/processor_words.cmake)
add_test(NAME processor_words_are_checked COMMAND ${CMAKE_COMMAND}
         -DHOUSE=${PROJECT_SOURCE_DIR}/tests/structure/upside_down
         -P ${PROJECT_SOURCE_DIR}/tests/structure/processor_words.cmake)
set_tests_properties(processor_words_are_checked PROPERTIES PASS_REGULAR_EXPRESSION
  "tensor/window.h, not named _x86: #include <immintrin.h>.*nn/door.h, not named _aarch64: #include <arm_neon.h>")
add_executable(one_definition ${PROJECT_SOURCE_DIR}/tests/structure/one_definition.cpp)
target_link_libraries(one_definition PRIVATE lectern_options)
lectern_compiled_quickly(one_definition)
target_include_directories(one_definition PRIVATE ${PROJECT_SOURCE_DIR})
add_test(NAME one_definition COMMAND one_definition ${PROJECT_SOURCE_DIR})
add_test(NAME one_definition_is_checked COMMAND one_definition
         ${PROJECT_SOURCE_DIR}/tests/structure/upside_down)
set_tests_properties(one_definition_is_checked PROPERTIES PASS_REGULAR_EXPRESSION
  "lectern::Opening is defined in tensor/window.h nn/door.h.*\n1 types, 1 defined twice")
set_tests_properties(floors floors_are_checked processor_words processor_words_are_checked one_definition
                     one_definition_is_checked
                     PROPERTIES LABELS quick)

add_test(NAME headers COMMAND ${PROJECT_SOURCE_DIR}/tests/structure/headers_compile.sh
         ${CMAKE_CXX_COMPILER} ${lectern_generated} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(headers PROPERTIES LABELS slow)

# Programs that may be missing, and commands that are printed for somebody to type.
add_test(NAME without_programs
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/structure/without_programs.sh ${PROJECT_SOURCE_DIR}
                 ${CMAKE_BINARY_DIR}/without_programs ${CMAKE_CXX_COMPILER})
add_test(NAME pasted_commands
         COMMAND bash ${PROJECT_SOURCE_DIR}/tests/structure/pasted_commands.sh ${PROJECT_SOURCE_DIR}
                 $<TARGET_FILE:lectern>)
add_test(NAME homebrew COMMAND sh ${PROJECT_SOURCE_DIR}/tests/structure/homebrew.sh ${PROJECT_SOURCE_DIR}
                               ${CMAKE_BINARY_DIR}/homebrew)
add_test(NAME editor_files COMMAND ${CMAKE_COMMAND} -DHOUSE=${PROJECT_SOURCE_DIR}
         -P ${PROJECT_SOURCE_DIR}/tests/structure/editor_files.cmake)
set_tests_properties(homebrew editor_files PROPERTIES LABELS quick)
set_tests_properties(without_programs pasted_commands PROPERTIES LABELS slow)

# Sanitizers are options of the build, which an installed library does not hand on.
if(NOT LECTERN_SANITIZE)
  add_test(NAME install COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR}
           -DCOMPILER=${CMAKE_CXX_COMPILER} -DGENERATOR=${CMAKE_GENERATOR}
           -P ${PROJECT_SOURCE_DIR}/tests/install/install_test.cmake)
  set_tests_properties(install PROPERTIES LABELS slow)
endif()

if(docs_missing)
  add_test(NAME docs COMMAND ${docs_command})  # says that it is skipped, and why
else()
  add_test(NAME docs COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR}
           -P ${PROJECT_SOURCE_DIR}/tests/structure/docs.cmake)
  # Behind the chapters' tests, whose pictures the book shows, and before the others.
  list(TRANSFORM lectern_chapters REPLACE "^([0-9]+)_.*" "tutorial_\\1" OUTPUT_VARIABLE chapters)
  set_tests_properties(docs PROPERTIES DEPENDS "${chapters}" COST 1)
endif()
set_tests_properties(docs PROPERTIES LABELS slow SKIP_REGULAR_EXPRESSION "^skipped")

# The book as its readers open it, in a browser, where there is one.
if(LECTERN_PYTHON AND NOT docs_missing)
  add_test(NAME site COMMAND ${LECTERN_PYTHON} ${PROJECT_SOURCE_DIR}/tests/site/check_site.py
           ${CMAKE_BINARY_DIR}/html)
  set_tests_properties(docs PROPERTIES FIXTURES_SETUP site)
  set_tests_properties(site PROPERTIES LABELS slow SKIP_RETURN_CODE 77 FIXTURES_REQUIRED site)
else()
  add_test(NAME site COMMAND ${CMAKE_COMMAND} -E echo "skipped: there is no book to open")
  set_tests_properties(site PROPERTIES LABELS slow SKIP_REGULAR_EXPRESSION "^skipped")
endif()
