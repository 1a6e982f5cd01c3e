# The target `docs`: the book, made by Sphinx, and the reference of all headers, made by Doxygen, as
# one site that needs no network, in html of the build folder, which can be copied anywhere. Every
# warning is an error.

lectern_find_program(LECTERN_DOXYGEN doxygen)
lectern_find_program(LECTERN_SPHINX sphinx-build)
lectern_find_program(LECTERN_NODE node NAMES nodejs)
find_path(LECTERN_MATHJAX MathJax.js PATH_SUFFIXES share/javascript/mathjax share/mathjax
          PATHS ${PROJECT_SOURCE_DIR}/.deps/usr)
find_path(LECTERN_KATEX katex.min.css PATH_SUFFIXES share/javascript/katex share/nodejs/katex/dist
          PATHS ${PROJECT_SOURCE_DIR}/.deps/usr)
mark_as_advanced(LECTERN_MATHJAX LECTERN_KATEX)

# The pages of the chapters run their programs where the preset `web` has compiled them.
set(LECTERN_WEB ${PROJECT_SOURCE_DIR}/build/web CACHE PATH "Where the chapters' programs for browsers are")

# What the book needs and this machine lacks.
set(docs_missing "")
foreach(need DOXYGEN SPHINX NODE MATHJAX KATEX)
  if(NOT LECTERN_${need})
    string(TOLOWER ${need} need)
    list(APPEND docs_missing ${need})
  endif()
endforeach()
lectern_find_program(LECTERN_PYTHON NAMES /usr/bin/python3 python3)
if(LECTERN_SPHINX AND LECTERN_PYTHON)
  execute_process(COMMAND ${LECTERN_PYTHON} -c "import myst_parser, furo" RESULT_VARIABLE failed
                  OUTPUT_QUIET ERROR_QUIET)
  if(failed)
    list(APPEND docs_missing "myst-parser and furo")
  endif()
endif()
list(JOIN docs_missing ", " docs_missing)

# lectern_copy_mathjax(FOLDER): of MathJax, what shows TeX with its own fonts.
function(lectern_copy_mathjax folder)
  foreach(part MathJax.js extensions fonts/HTML-CSS/TeX/woff jax/element jax/input/TeX
          jax/output/HTML-CSS/autoload jax/output/HTML-CSS/fonts/TeX jax/output/HTML-CSS/config.js
          jax/output/HTML-CSS/imageFonts.js jax/output/HTML-CSS/jax.js localization/en)
    if(EXISTS ${LECTERN_MATHJAX}/${part})
      get_filename_component(place ${folder}/${part} DIRECTORY)
      file(COPY ${LECTERN_MATHJAX}/${part} DESTINATION ${place})
    endif()
  endforeach()
endfunction()

if(docs_missing)
  set(docs_command ${CMAKE_COMMAND} -E echo
      "skipped: without ${docs_missing} there is no book; try ./script/bootstrap --with docs")
  if(LECTERN_DOCS)
    message(WARNING "Without ${docs_missing} there is no book. Try ./script/bootstrap --with docs")
  endif()
else()
  # Doxygen writes where the pages are put together, and is shown where its MathJax lies.
  lectern_copy_mathjax(${CMAKE_BINARY_DIR}/mathjax)
  set(docs_mathjax mathjax)
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${CMAKE_BINARY_DIR}/Doxyfile @ONLY)
  list(JOIN lectern_chapters " " chapters)
  list(JOIN lectern_pages " " pages)
  set(docs_command ${CMAKE_COMMAND} -DHOUSE=${PROJECT_SOURCE_DIR} -DBUILD=${CMAKE_BINARY_DIR}
      "-DCHAPTERS=${chapters}" "-DPAGES=${pages}" -DSPHINX=${LECTERN_SPHINX} -DDOXYGEN=${LECTERN_DOXYGEN}
      -DKATEX=${LECTERN_KATEX} -DWEB=${LECTERN_WEB} -P ${PROJECT_SOURCE_DIR}/cmake/book.cmake)
endif()

if(LECTERN_DOCS)
  set(docs_in_all ALL)
endif()
add_custom_target(docs ${docs_in_all} COMMAND ${docs_command}
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
add_dependencies(docs tutorials lectern)

# The target `pdf`: all of the book on paper, printed by a browser.
lectern_find_program(LECTERN_CHROMIUM NAMES chromium chromium-browser google-chrome)
add_custom_target(pdf COMMAND ${CMAKE_COMMAND} -DHOUSE=${PROJECT_SOURCE_DIR} -DBUILD=${CMAKE_BINARY_DIR}
                  -DSPHINX=${LECTERN_SPHINX} -DBROWSER=${LECTERN_CHROMIUM}
                  -P ${PROJECT_SOURCE_DIR}/cmake/pdf.cmake
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
add_dependencies(pdf docs)
