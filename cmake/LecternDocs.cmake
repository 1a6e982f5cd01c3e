# The target `docs`: the headers and the pages beside them as a book that needs no network, in
# docs/html of the build folder. Every warning of Doxygen's is an error.

find_program(LECTERN_DOXYGEN doxygen)
find_path(LECTERN_MATHJAX MathJax.js PATH_SUFFIXES share/javascript/mathjax share/mathjax
          PATHS ${PROJECT_SOURCE_DIR}/.deps/usr)
mark_as_advanced(LECTERN_DOXYGEN LECTERN_MATHJAX)

if(LECTERN_DOXYGEN)
  set(docs_folder ${CMAKE_BINARY_DIR}/docs)
  file(MAKE_DIRECTORY ${docs_folder}/html)
  if(LECTERN_MATHJAX)
    file(CREATE_LINK ${LECTERN_MATHJAX} ${docs_folder}/html/mathjax SYMBOLIC)
    set(docs_mathjax mathjax)
  else()
    message(STATUS "libjs-mathjax is not installed: the formulas of the pages need the network")
  endif()
  set(docs_floors "")  # in reading order; a floor that is not built yet has no folder
  foreach(floor tensor autograd nn attention reversible models tasks tutorials)
    if(EXISTS ${PROJECT_SOURCE_DIR}/${floor})
      string(APPEND docs_floors " ${floor}")
    endif()
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${docs_folder}/Doxyfile @ONLY)
  set(docs_command ${LECTERN_DOXYGEN} ${docs_folder}/Doxyfile)
else()
  set(docs_command ${CMAKE_COMMAND} -E echo
      "skipped: doxygen is not installed; try ./script/bootstrap --with docs")
endif()

if(LECTERN_DOCS)
  set(docs_in_all ALL)
endif()
add_custom_target(docs ${docs_in_all} COMMAND ${docs_command}
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
