# Warnings and sanitizers for every target of ours.
add_library(fusesim_build_flags INTERFACE)
target_compile_options(fusesim_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion
  $<$<BOOL:${FUSESIM_SANITIZE}>:-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer>)
# Stops at an index past the end, or at an empty optional.
target_compile_definitions(fusesim_build_flags INTERFACE
  $<$<OR:$<CONFIG:Debug>,$<BOOL:${FUSESIM_SANITIZE}>>:_GLIBCXX_ASSERTIONS>)
target_link_options(fusesim_build_flags INTERFACE
  $<$<BOOL:${FUSESIM_SANITIZE}>:-fsanitize=address,undefined>)

# fusesim_library(<folder> SOURCES … [PUBLIC …] [PRIVATE …]): the static library target of one folder under src/,
# linked as fusesim::<folder>.
function(fusesim_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(fusesim_${name} STATIC ${ARG_SOURCES})
  add_library(fusesim::${name} ALIAS fusesim_${name})
  set_target_properties(fusesim_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(fusesim_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/fusesim>)
  target_compile_features(fusesim_${name} PUBLIC cxx_std_20)
  target_link_libraries(fusesim_${name} PUBLIC ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:fusesim_build_flags>)
  set_property(GLOBAL APPEND PROPERTY FUSESIM_LIBRARIES fusesim_${name})
endfunction()
