# The target `docs`: the headers and the pages beside them as a site that needs no network, in
# html of the build folder, which can be copied anywhere. Every warning of Doxygen's is an error.

lectern_find_program(LECTERN_DOXYGEN doxygen)
find_path(LECTERN_MATHJAX MathJax.js PATH_SUFFIXES share/javascript/mathjax share/mathjax
          PATHS ${PROJECT_SOURCE_DIR}/.deps/usr)
mark_as_advanced(LECTERN_MATHJAX)

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

if(LECTERN_DOXYGEN)
  if(LECTERN_MATHJAX)
    lectern_copy_mathjax(${CMAKE_BINARY_DIR}/html/mathjax)
    set(docs_mathjax mathjax)
  elseif(LECTERN_DOCS)
    message(WARNING "libjs-mathjax is not installed: the formulas of the pages need the network. "
            "Try ./script/bootstrap --with docs")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${CMAKE_BINARY_DIR}/Doxyfile @ONLY)
  set(docs_command ${LECTERN_DOXYGEN} ${CMAKE_BINARY_DIR}/Doxyfile)
else()
  set(docs_command ${CMAKE_COMMAND} -E echo
      "skipped: doxygen is not installed; try ./script/bootstrap --with docs")
endif()

if(LECTERN_DOCS)
  set(docs_in_all ALL)
endif()
add_custom_target(docs ${docs_in_all} COMMAND ${docs_command}
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL VERBATIM)
