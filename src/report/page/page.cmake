# The page of --report: TypeScript and its libraries, bundled into one HTML template, which becomes a source of
# fusesim_report; included by its CMakeLists.txt. Everything happens in the build tree: node_modules, bundle, generated source.
set(page_folder ${CMAKE_CURRENT_LIST_DIR})
option(FUSESIM_REPORT_PAGE "Build the page of --report: needs node, npm and, once, the npm registry" ON)

if(FUSESIM_REPORT_PAGE)
  set(hint "install nodejs and npm (scripts/setup does), or configure with -DFUSESIM_REPORT_PAGE=OFF for a fusesim without --report")
  find_program(FUSESIM_NODE NAMES node nodejs)
  find_program(FUSESIM_NPM npm)
  if(NOT FUSESIM_NODE OR NOT FUSESIM_NPM)
    message(FATAL_ERROR "the report page needs node and npm: ${hint}")
  endif()
  execute_process(COMMAND ${FUSESIM_NODE} --version OUTPUT_VARIABLE node_version OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^v" "" node_version "${node_version}")
  if(node_version VERSION_LESS 18)
    message(FATAL_ERROR "the report page needs node 18 or newer, ${FUSESIM_NODE} is '${node_version}': ${hint}")
  endif()

  set(page_build ${CMAKE_CURRENT_BINARY_DIR}/page)
  set(packages ${page_folder}/package.json ${page_folder}/package-lock.json ${page_folder}/.npmrc)
  file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${page_folder}/src/* ${page_folder}/tools/*
       ${page_folder}/tests/*)

  set(page_settings ${page_folder}/tsconfig.json ${page_folder}/vitest.config.ts)

  add_custom_command(
    OUTPUT ${page_build}/installed.stamp
    COMMAND ${CMAKE_COMMAND} -DNPM=${FUSESIM_NPM} -DSOURCE=${page_folder} -DBUILD=${page_build} -DTESTS=${FUSESIM_TESTS}
            -P ${page_folder}/install.cmake
    DEPENDS ${packages} ${page_folder}/install.cmake
    COMMENT "Installing packages of the report page"
    VERBATIM)
  add_custom_command(
    OUTPUT ${page_build}/dist/page_template.cpp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${page_build}/src ${page_build}/tests ${page_build}/tools
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${page_folder}/src ${page_build}/src
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${page_folder}/tests ${page_build}/tests
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${page_folder}/tools ${page_build}/tools
    COMMAND ${CMAKE_COMMAND} -E copy ${page_settings} ${page_build}
    COMMAND ${FUSESIM_NODE} ${page_build}/tools/build.mjs --out ${page_build}/dist
    DEPENDS ${page_build}/installed.stamp ${page_sources} ${page_settings}
    COMMENT "Bundling the report page"
    VERBATIM)
  set(page_template_source ${page_build}/dist/page_template.cpp)
  set_property(GLOBAL PROPERTY FUSESIM_PAGE_BUILD ${page_build}) # for tests
else()
  set(page_template_source ${CMAKE_CURRENT_BINARY_DIR}/no_page_template.cpp)
  file(CONFIGURE OUTPUT ${page_template_source} CONTENT
"#include \"report/document/page_template.hpp\"
std::string_view fusesim::report::page_template() { return {}; }
" @ONLY)
endif()

target_sources(fusesim_report PRIVATE ${page_template_source})
