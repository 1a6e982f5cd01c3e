# Runs the bug BUG in all PROGRAMS, which are the same program plain and with sanitizers: passes when
# the right kernel is clean in each, and the planted mistake is found by at least one.

set(found "")
foreach(program IN LISTS PROGRAMS)
  get_filename_component(name ${program} NAME)
  execute_process(COMMAND ${program} ${BUG} clean RESULT_VARIABLE failed OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(failed)
    message(FATAL_ERROR "${name} complains of the right kernel of ${BUG}:\n${output}")
  endif()
  execute_process(COMMAND ${program} ${BUG} planted RESULT_VARIABLE failed OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(failed)
    string(REGEX MATCH "[^\n]*(SUMMARY|kernel|element)[^\n]*" words "${output}")
    message(STATUS "${name} found ${BUG}: ${words}")
    list(APPEND found ${name})
  else()
    message(STATUS "${name} missed ${BUG}")
  endif()
endforeach()
if(NOT found)
  message(FATAL_ERROR "nobody found ${BUG}")
endif()
