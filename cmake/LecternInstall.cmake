# `cmake --install`, and `find_package(lectern)` for those who build on the library: every floor
# from tensor to models by its name, and lectern::core for all of them.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(lectern_core INTERFACE)
add_library(lectern::core ALIAS lectern_core)
set_target_properties(lectern_core PROPERTIES EXPORT_NAME core)
install(TARGETS lectern_core EXPORT lectern)

foreach(floor tensor autograd nn attention reversible models)
  if(TARGET lectern_${floor})
    target_link_libraries(lectern_core INTERFACE lectern_${floor})
    set_target_properties(lectern_${floor} PROPERTIES EXPORT_NAME ${floor})
    install(TARGETS lectern_${floor} EXPORT lectern)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${floor}
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lectern FILES_MATCHING PATTERN "*.h")
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
