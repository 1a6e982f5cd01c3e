# The book's programs for browsers: the target `web` writes build/web/NN.js, one file a chapter,
# which a page loads when its reader asks for it (docs/book/_static/run.js) and node can run, too.

add_custom_target(web)

# Debian's emscripten finds the parser of JavaScript that it needs here.
set_property(GLOBAL PROPERTY RULE_LAUNCH_LINK
             "${CMAKE_COMMAND} -E env NODE_PATH=$ENV{NODE_PATH}:/usr/share/nodejs")

# The program is a function of the page's wishes (arguments, where its lines go): it does not run
# when the file is loaded. Its source as text, which a worker is made of, is the function's own.
set(lectern_wrapper ${CMAKE_BINARY_DIR}/wrapper)
file(WRITE ${lectern_wrapper}/begin.js "var lecternProgram = function (Module) {\n")
file(WRITE ${lectern_wrapper}/end.js "};\n")

# A chapter's main is called by the one in web_main.cpp, which says an error that nobody has caught.
file(WRITE ${lectern_wrapper}/main.js
     "Module.onRuntimeInitialized = () => { Module._main = Module._lectern_main; };\n")

# lectern_in_a_browser(NUMBER CHAPTER): a chapter's program with one thread, memory that grows, and files in
# memory; nothing where the head of its page says why no browser runs it (`browser: REASON`).
function(lectern_in_a_browser number chapter)
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${chapter}/chapter.md page LIMIT 2000)
  chapter_key(why_not "${page}" browser)
  if(why_not)
    return()
  endif()
  set(target tutorial_${number})
  lectern_chapter(${target} ${chapter})
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/web_main.cpp)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${number} SUFFIX .js
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_link_options(${target} PRIVATE -O3 -sSINGLE_FILE=1 -sENVIRONMENT=worker,node
                      -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=1GB -sTOTAL_STACK=4MB
                      -sEXIT_RUNTIME=1 -sFORCE_FILESYSTEM=1 -sEXPORTED_RUNTIME_METHODS=FS
                      -sEXPORTED_FUNCTIONS=_main,_lectern_main --pre-js ${lectern_wrapper}/main.js
                      --extern-pre-js ${lectern_wrapper}/begin.js
                      --extern-post-js ${lectern_wrapper}/end.js)
  add_dependencies(web ${target})
endfunction()

# The program behind docs/playground: its page asks it one wish after another.
add_executable(playground_program ${PROJECT_SOURCE_DIR}/docs/playground/playground.cpp)
target_link_libraries(playground_program PRIVATE lectern_playground lectern_options)
set_target_properties(playground_program PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR} SUFFIX .js)
target_link_options(playground_program PRIVATE -O3 -sSINGLE_FILE=1 -sENVIRONMENT=worker,node
                    -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=1GB -sTOTAL_STACK=4MB -sFORCE_FILESYSTEM=1
                    -sEXPORTED_FUNCTIONS=_main,_lectern_answer -sEXPORTED_RUNTIME_METHODS=FS,cwrap
                    --extern-pre-js ${lectern_wrapper}/begin.js
                    --extern-post-js ${lectern_wrapper}/end.js)
add_dependencies(web playground_program)
