lectern_test(translation toy_corpus_test.cpp translation_training_test.cpp translation_test.cpp)
target_link_libraries(test_translation PRIVATE nlohmann_json::nlohmann_json)
if(NOT LECTERN_DEVICE STREQUAL "cpu" AND NOT LECTERN_SANITIZE STREQUAL "thread")
  add_test(NAME translation_gpu COMMAND test_translation "[gpu]")
  set_tests_properties(translation_gpu PROPERTIES LABELS "emu;gpu")
  add_dependencies(emulated_tests test_translation)
endif()

# The files of README's table "Following a sentence", compiled to say when they are entered.
file(STRINGS ${PROJECT_SOURCE_DIR}/README.md stops REGEX "^\\| [0-9]+ \\|")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/README.md)
string(REGEX MATCHALL "[a-z0-9_/]+\\.cpp\\)" stops "${stops}")
list(TRANSFORM stops REPLACE "\\)$" "")
list(TRANSFORM stops PREPEND ${PROJECT_SOURCE_DIR}/)
list(REMOVE_DUPLICATES stops)
# Clang's own way names no files to leave alone, but can inline first, which libstdc++ 12 needs.
set_source_files_properties(${stops} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS
  "-O1;-g1;-finstrument-functions$<$<CXX_COMPILER_ID:Clang>:-after-inlining>;$<$<CXX_COMPILER_ID:GNU>:-finstrument-functions-exclude-file-list=/usr/$<COMMA>/microkernel/$<COMMA>tensor/registers$<COMMA>tensor/bits.h>")
add_executable(test_stops stops_test.cpp ${stops})
target_link_libraries(test_stops PRIVATE lectern_translation lectern_catch)
target_compile_definitions(test_stops PRIVATE LECTERN_README="${PROJECT_SOURCE_DIR}/README.md")
target_precompile_headers(test_stops REUSE_FROM lectern_catch)
# Where a sanitizer keeps what would be inlined, a function of a header counts for the file that holds
# its code. What the functions' addresses mean is asked of Linux's own tools.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT LECTERN_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME stops COMMAND test_stops)
  set_tests_properties(stops PROPERTIES LABELS quick)
endif()
