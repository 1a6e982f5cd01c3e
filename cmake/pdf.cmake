# Prints the book: run by `cmake -D… -P` after book.cmake. HOUSE is the source, BUILD the build folder, where
# BUILD/book lies and BUILD/lectern.pdf is written; SPHINX makes one page of all, BROWSER prints it. What
# is folded on a screen is open on paper.

if(NOT BROWSER)
  message(FATAL_ERROR "Without chromium nothing is printed. Try: apt-get install chromium")
endif()

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(failed)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}${errors}")
  endif()
endfunction()

set(page ${BUILD}/book_page)
file(REMOVE_RECURSE ${page})
run(${CMAKE_COMMAND} -E env LECTERN_HOUSE=${HOUSE} LECTERN_TAGS=${BUILD}/lectern.tag
    NODE_PATH=$ENV{NODE_PATH}:/usr/share/nodejs:/usr/lib/nodejs
    ${SPHINX} -q -b singlehtml -d ${BUILD}/book_page_trees ${BUILD}/book ${page})
file(READ ${page}/index.html text)
string(REPLACE "<details class" "<details open class" text "${text}")
file(WRITE ${page}/index.html "${text}")
run(${BROWSER} --headless --no-sandbox --disable-gpu --no-pdf-header-footer
    --print-to-pdf=${BUILD}/lectern.pdf file://${page}/index.html)
file(SIZE ${BUILD}/lectern.pdf size)
if(size LESS 1000000)
  message(FATAL_ERROR "${BUILD}/lectern.pdf has ${size} bytes only; the browser has not printed the book")
endif()
message("The book on paper: ${BUILD}/lectern.pdf")
