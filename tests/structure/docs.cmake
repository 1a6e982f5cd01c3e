# Makes the book and the reference, where every warning is an error, by building the target `docs` in
# BUILD, and looks whether they can be copied anywhere and read: run by `cmake -D… -P`.

execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target docs RESULT_VARIABLE failed
                OUTPUT_VARIABLE output ERROR_VARIABLE warnings)
if(failed)
  message(FATAL_ERROR "${output}${warnings}")
endif()
set(SITE ${BUILD}/html)
set(HTML ${SITE}/api)

function(has_text result page text)
  file(READ ${HTML}/${page} content)
  string(FIND "${content}" "${text}" found)
  set(${result} ${found} PARENT_SCOPE)
endfunction()
function(expect_text page text)
  has_text(found ${page} "${text}")
  if(found EQUAL -1)
    message(FATAL_ERROR "${page} does not say ${text}")
  endif()
endfunction()
function(refuse_text page text)
  has_text(found ${page} "${text}")
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${page} says ${text}")
  endif()
endfunction()

file(GLOB_RECURSE everything LIST_DIRECTORIES true ${SITE}/*)
foreach(path IN LISTS everything)
  if(IS_SYMLINK ${path})
    message(FATAL_ERROR "${path} is a link, which does not survive being copied")
  endif()
endforeach()

# A floor lists its types and its topics; the emulator's stand apart.
expect_text(group__tensor.html "classlectern_1_1Tensor.html")
refuse_text(group__tensor.html "structfloat2.html")
expect_text(group__attention.html "group__scaled__dot__product.html")

# Without MathJax beside the pages, formulas would need the network.
refuse_text(glossary.html "https://cdn")
foreach(part MathJax.js extensions/TeX/AMSmath.js extensions/TeX/AMSsymbols.js
        jax/input/TeX/jax.js jax/output/HTML-CSS/jax.js fonts/HTML-CSS/TeX/woff)
  if(NOT EXISTS ${HTML}/mathjax/${part})
    message(FATAL_ERROR "the site lacks mathjax/${part}")
  endif()
endforeach()

# The book: formulas are made, names lead to the reference, the search has an index, and nothing is
# fetched from anywhere.
set(HTML ${SITE})
expect_text(chapters/09_queries_keys_values.html "class=\"katex\"")
expect_text(chapters/09_queries_keys_values.html "api/group__scaled__dot__product.html")
expect_text(searchindex.js "softmax")
file(GLOB pages ${SITE}/*.html ${SITE}/chapters/*.html)
foreach(page IN LISTS pages)
  file(READ ${page} content)
  string(REGEX MATCH "(src|<link[^>]* href)=\"(https?:)?//[^\"]*" fetched "${content}")
  if(fetched)
    message(FATAL_ERROR "${page} fetches ${fetched}")
  endif()
endforeach()
