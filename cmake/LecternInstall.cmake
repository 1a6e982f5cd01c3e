# `cmake --install`, and `find_package(lectern)` for those who build on the library: every floor
# from tensor to models by its name, lectern::core for all of them, lectern::report for pictures, and
# lectern::commands for the whole program as a function, lectern_main.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(lectern_core INTERFACE)
add_library(lectern::core ALIAS lectern_core)
set_target_properties(lectern_core PROPERTIES EXPORT_NAME core)
install(TARGETS lectern_core EXPORT lectern)

# lectern_install_headers(FOLDER): where an include names them, `tasks/report/charts.h`.
function(lectern_install_headers folder)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lectern/${folder} FILES_MATCHING PATTERN "*.h")
endfunction()

foreach(floor tensor autograd nn attention reversible models)
  target_link_libraries(lectern_core INTERFACE lectern_${floor})
  set_target_properties(lectern_${floor} PROPERTIES EXPORT_NAME ${floor})
  install(TARGETS lectern_${floor} EXPORT lectern)
  lectern_install_headers(${floor})
endforeach()

install(FILES ${lectern_generated}/tensor/has_cuda.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lectern/tensor)
lectern_install_headers(tasks/report)
foreach(part config text metrics report training task toy statistical translation grammar synthetic listops language_model
             chatbot question_answering zoo weights registry compare benchmark commands)
  set_target_properties(lectern_${part} PROPERTIES EXPORT_NAME ${part})
  install(TARGETS lectern_${part} EXPORT lectern)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/lectern.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lectern)
install(FILES ${PROJECT_SOURCE_DIR}/tasks/commands/lectern_main.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lectern/tasks/commands)

# The libraries that lectern::text reads with, as lecternConfig.cmake names them: the system's by
# their paths, those that were built here as copies beside ours.
set(lectern_text_libraries "")
foreach(built sentencepiece_train-static sentencepiece-static utf8proc zlibstatic)
  if(TARGET ${built})
    install(FILES $<TARGET_FILE:${built}> DESTINATION ${CMAKE_INSTALL_LIBDIR}
            RENAME liblectern_${built}.a)
    string(APPEND lectern_text_libraries " \${lectern_libraries}/liblectern_${built}.a")
  endif()
endforeach()
foreach(found LECTERN_sentencepiece_train LECTERN_sentencepiece LECTERN_utf8proc ZLIB_LIBRARIES)
  if(${found})
    string(APPEND lectern_text_libraries " \"${${found}}\"")
  endif()
endforeach()

if(TARGET lectern)
  set_target_properties(lectern PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS lectern)
endif()

set(lectern_package ${CMAKE_INSTALL_LIBDIR}/cmake/lectern)
install(EXPORT lectern NAMESPACE lectern:: FILE lecternTargets.cmake
        DESTINATION ${lectern_package})
configure_file(${PROJECT_SOURCE_DIR}/cmake/lecternConfig.cmake.in
               ${CMAKE_BINARY_DIR}/lecternConfig.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/lecternConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/lecternConfig.cmake
              ${CMAKE_BINARY_DIR}/lecternConfigVersion.cmake
        DESTINATION ${lectern_package})
