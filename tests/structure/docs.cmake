# Makes the site of the headers with DOXYGEN of DOXYFILE, where every warning is an error, and looks
# whether it can be copied anywhere and read: run by `cmake -D… -P`. HTML is its folder.

execute_process(COMMAND ${DOXYGEN} ${DOXYFILE} RESULT_VARIABLE failed ERROR_VARIABLE warnings)
if(failed)
  message(FATAL_ERROR "${warnings}")
endif()

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

file(GLOB_RECURSE everything LIST_DIRECTORIES true ${HTML}/*)
foreach(path IN LISTS everything)
  if(IS_SYMLINK ${path})
    message(FATAL_ERROR "${path} is a link, which does not survive being copied")
  endif()
endforeach()

# A floor lists its types and its topics; the emulator's stand apart.
expect_text(group__tensor.html "classlectern_1_1Tensor.html")
refuse_text(group__tensor.html "structfloat2.html")
expect_text(group__attention.html "group__scaled__dot__product.html")

# Without MathJax beside the pages, formulas need the network.
if(EXISTS ${HTML}/mathjax)
  refuse_text(glossary.html "https://cdn")
  foreach(part MathJax.js extensions/TeX/AMSmath.js extensions/TeX/AMSsymbols.js
          jax/input/TeX/jax.js jax/output/HTML-CSS/jax.js fonts/HTML-CSS/TeX/woff)
    if(NOT EXISTS ${HTML}/mathjax/${part})
      message(FATAL_ERROR "the site lacks mathjax/${part}")
    endif()
  endforeach()
endif()
