# cmake --install: executable, modules, configs, and the libraries as find_package(fusesim).
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY FUSESIM_LIBRARIES)
install(TARGETS ${libraries} EXPORT fusesim ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(folder IN ITEMS support ir partition sim targets validate sweep claims report)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/${folder}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fusesim
    FILES_MATCHING PATTERN "*.hpp" PATTERN detail EXCLUDE PATTERN torchscript EXCLUDE PATTERN page EXCLUDE PATTERN fx/detail.hpp EXCLUDE)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/fusesim)
# What shipped claims count on and are held beside.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/fx DESTINATION ${CMAKE_INSTALL_DATADIR}/fusesim/data)
install(FILES ${PROJECT_SOURCE_DIR}/data/measured/gpu_end_to_end.csv ${PROJECT_SOURCE_DIR}/data/measured/gpu_held_out.csv
              ${PROJECT_SOURCE_DIR}/data/measured/launch_overhead.csv
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fusesim/data/measured)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/fusesim)
install(EXPORT fusesim NAMESPACE fusesim:: DESTINATION ${package_dir} FILE fusesimTargets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fusesimConfig.cmake.in
  ${CMAKE_BINARY_DIR}/fusesimConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/fusesimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/fusesimConfig.cmake ${CMAKE_BINARY_DIR}/fusesimConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/systemc.cmake DESTINATION ${package_dir})
