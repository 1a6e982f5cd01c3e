# What the program does when the world goes wrong, tried on the program itself.
function(lectern_faults name label)
  lectern_started(program lectern)
  add_test(NAME faults_${name}
           COMMAND sh ${PROJECT_SOURCE_DIR}/tests/faults/${name}.sh ${program} ${ARGN})
  set_tests_properties(faults_${name} PROPERTIES LABELS "faults;${label}" SKIP_RETURN_CODE 77)
endfunction()
lectern_faults(data quick)
lectern_faults(tutorial quick)
lectern_faults(input quick)
lectern_faults(runs quick)
lectern_faults(tasks quick)
lectern_faults(answers quick)
lectern_faults(texts quick)
lectern_faults(tiny slow ${PROJECT_SOURCE_DIR}/tasks)
lectern_faults(tiny_texts slow ${PROJECT_SOURCE_DIR}/tasks/language_model)
lectern_faults(tiny_chat slow ${PROJECT_SOURCE_DIR}/tasks/chatbot)
lectern_faults(chatbot quick ${PROJECT_SOURCE_DIR}/tasks/chatbot)
lectern_faults(grammar slow ${PROJECT_SOURCE_DIR}/tasks/grammar)
lectern_faults(compare quick)
lectern_faults(statistical quick)
lectern_faults(by_definition quick)
lectern_faults(recurrent quick)
lectern_faults(full_disk quick)
lectern_faults(machine quick "${LECTERN_SANITIZE}")
lectern_faults(average quick)
lectern_faults(step quick)
lectern_faults(weights quick)
lectern_faults(zoo quick)
lectern_faults(kill quick 10)
add_test(NAME faults_kill_slow
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/faults/kill.sh $<TARGET_FILE:lectern> 100)
set_tests_properties(faults_kill_slow PROPERTIES LABELS "faults;slow")

# Sanitizers bring an allocator of their own; what they watch may not be traced, and qemu does not
# run it. What is emulated already cannot be traced, either, and they know no other system than Linux.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND NOT LECTERN_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  lectern_faults(processor quick)
  lectern_faults(every_call quick 3)
  add_library(fail_allocation MODULE ${PROJECT_SOURCE_DIR}/tests/faults/fail_allocation.cpp)
  lectern_faults(allocation quick $<TARGET_FILE:fail_allocation> 20)
endif()

# One training in several processes. `lectern_in_ranks` is `lectern` with MPI.
foreach(name_and_words ranks ranks_hosts ranks_killed:4 ranks_tasks:${PROJECT_SOURCE_DIR}/tasks)
  string(REPLACE ":" ";" words ${name_and_words})
  list(POP_FRONT words name)
  if(TARGET lectern_in_ranks AND MPIEXEC_EXECUTABLE)
    add_test(NAME mpi_${name} COMMAND sh ${PROJECT_SOURCE_DIR}/tests/faults/${name}.sh
             $<TARGET_FILE:lectern_in_ranks> ${words})
  else()
    add_test(NAME mpi_${name} COMMAND ${CMAKE_COMMAND} -E echo
             "skipped: there is no MPI; type ./script/bootstrap --with mpi")
  endif()
  set_tests_properties(mpi_${name} PROPERTIES LABELS "mpi;slow" SKIP_RETURN_CODE 77
                       SKIP_REGULAR_EXPRESSION "^skipped" PROCESSORS 2)
endforeach()
