# Makes the book: run by `cmake -D… -P`. HOUSE is the source, BUILD the build folder, which gets the
# site in BUILD/html; CHAPTERS are the chapters' folders, in order, PAGES those of other pages; SPHINX
# makes the pages, DOXYGEN the reference, in BUILD/html/api; KATEX is the folder of KaTeX's fonts and style;
# WEB that of the chapters' programs for browsers, NN.js, which may be missing.

function(run)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "IN" "COMMAND")
  execute_process(COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${arg_IN} RESULT_VARIABLE failed
                  OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(failed)
    list(JOIN arg_COMMAND " " command)
    message(FATAL_ERROR "${command}\n${output}${errors}")
  endif()
endfunction()

separate_arguments(CHAPTERS)
separate_arguments(PAGES)
set(book ${BUILD}/book)
file(REMOVE_RECURSE ${book} ${BUILD}/html)
file(COPY ${HOUSE}/docs/book/ DESTINATION ${book})
file(COPY ${KATEX}/katex.min.css ${KATEX}/fonts DESTINATION ${book}/_static/katex
     FOLLOW_SYMLINK_CHAIN PATTERN "*.ttf" EXCLUDE PATTERN "*.woff" EXCLUDE)
file(GLOB programs ${WEB}/[0-9][0-9].js)
if(programs)
  file(COPY ${programs} DESTINATION ${book}/_static/web)
endif()
file(COPY ${HOUSE}/docs/playground DESTINATION ${book}/_static PATTERN "*.cpp" EXCLUDE)
if(EXISTS ${WEB}/playground_program.js)
  file(COPY ${WEB}/playground_program.js DESTINATION ${book}/_static/playground)
endif()

# draw(CHAPTER NUMBER argument…): what the chapter's program draws, beside its page. Its test has run the
# program and left the pictures in BUILD/drawn; otherwise it is run here.
function(draw chapter number)
  list(JOIN ARGN " " arguments)
  string(STRIP "drawn ${arguments}" place)
  set(place ${BUILD}/drawn/tutorial_${number}/${place})
  set(program ${BUILD}/bin/tutorial_${number})
  if(${program} IS_NEWER_THAN ${place}/finished)
    file(REMOVE_RECURSE ${place})
    file(MAKE_DIRECTORY ${place})
    run(IN ${place} COMMAND ${program} ${ARGN})
    file(TOUCH ${place}/finished)
  endif()
  file(COPY ${place}/ DESTINATION ${book}/chapters/${chapter} PATTERN finished EXCLUDE)
endfunction()

# A chapter's folder, with the pictures that its program draws there, beside its page; what is drawn
# with a part left out gives way to what is drawn with all of them.
foreach(chapter IN LISTS CHAPTERS)
  string(SUBSTRING ${chapter} 0 2 number)
  file(COPY ${HOUSE}/tutorials/${chapter} DESTINATION ${book}/chapters)
  file(RENAME ${book}/chapters/${chapter}/chapter.md ${book}/chapters/${chapter}.md)
  file(STRINGS ${book}/chapters/${chapter}.md parts REGEX "^without: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^without: |," "" parts "${parts}")
  separate_arguments(parts)
  foreach(part IN LISTS parts)
    draw(${chapter} ${number} --without ${part})
  endforeach()
  draw(${chapter} ${number})
  # What a reader may change, for the page's sliders.
  file(STRINGS ${book}/chapters/${chapter}.md settings REGEX "^settings: " LIMIT_COUNT 1)
  if(settings)
    execute_process(COMMAND ${BUILD}/bin/tutorial_${number} --settings COMMAND_ERROR_IS_FATAL ANY
                    OUTPUT_FILE ${book}/chapters/${chapter}/settings.toml)
  endif()
endforeach()

foreach(page IN LISTS PAGES)
  file(COPY ${HOUSE}/tutorials/${page} DESTINATION ${book})
  file(RENAME ${book}/${page}/chapter.md ${book}/${page}.md)
endforeach()

file(COPY ${BUILD}/mathjax DESTINATION ${BUILD}/html/api)
run(IN ${HOUSE} COMMAND ${DOXYGEN} ${BUILD}/Doxyfile)
run(IN ${book} COMMAND ${CMAKE_COMMAND} -E env LECTERN_HOUSE=${HOUSE} LECTERN_TAGS=${BUILD}/lectern.tag
    NODE_PATH=$ENV{NODE_PATH}:/usr/share/nodejs:/usr/lib/nodejs
    ${SPHINX} -q -W --keep-going -b html -d ${BUILD}/book_trees ${book} ${BUILD}/html)
run(IN ${book} COMMAND ${BUILD}/bin/lectern zoo --from ${HOUSE}/bench/results/zoo.json
    -o ${BUILD}/html/zoo_worksheet.html)
file(REMOVE_RECURSE ${BUILD}/html/.buildinfo ${BUILD}/html/objects.inv)
message("The book: ${BUILD}/html/index.html")
