# What the program does when the world goes wrong, tried on the program itself.
function(lectern_faults name label)
  add_test(NAME faults_${name}
           COMMAND sh ${PROJECT_SOURCE_DIR}/tests/faults/${name}.sh $<TARGET_FILE:lectern> ${ARGN})
  set_tests_properties(faults_${name} PROPERTIES LABELS "faults;${label}" SKIP_RETURN_CODE 77)
endfunction()
lectern_faults(data quick)
lectern_faults(input quick)
lectern_faults(runs quick)
lectern_faults(tasks quick)
lectern_faults(statistical quick)
lectern_faults(by_definition quick)
lectern_faults(recurrent quick)
lectern_faults(full_disk quick)
lectern_faults(machine quick)
lectern_faults(average quick)
lectern_faults(weights quick)
lectern_faults(processor quick)
lectern_faults(kill quick 10)
lectern_faults(every_call quick 3)
add_test(NAME faults_kill_slow
         COMMAND sh ${PROJECT_SOURCE_DIR}/tests/faults/kill.sh $<TARGET_FILE:lectern> 100)
set_tests_properties(faults_kill_slow PROPERTIES LABELS "faults;slow")

# Sanitizers bring an allocator of their own.
if(NOT LECTERN_SANITIZE)
  add_library(fail_allocation MODULE ${PROJECT_SOURCE_DIR}/tests/faults/fail_allocation.cpp)
  lectern_faults(allocation quick $<TARGET_FILE:fail_allocation> 20)
endif()
