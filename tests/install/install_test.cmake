# Installs the build folder BUILD into a folder of its own and builds, with COMPILER and GENERATOR,
# a program that finds Lectern there.

set(place ${BUILD}/install_test)
file(REMOVE_RECURSE ${place})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(failed)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${place}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${place}/build -G ${GENERATOR}
    -DCMAKE_PREFIX_PATH=${place}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${place})
run(${CMAKE_COMMAND} --build ${place}/build)
run(${place}/consumer)
message(STATUS "a program finds and uses the installed library")
