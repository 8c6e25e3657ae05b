# Installs the page's packages into its build folder: -DNPM, -DSOURCE, -DBUILD, -DTESTS (whether those for tests, too).
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json ${SOURCE}/.npmrc DESTINATION ${BUILD})
set(omit)
if(NOT TESTS)
  set(omit --omit=dev)
endif()
# No package may run a script of its own.
execute_process(
  COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error ${omit}
  WORKING_DIRECTORY ${BUILD}
  RESULT_VARIABLE failed
  OUTPUT_QUIET)
if(failed)
  message(FATAL_ERROR "npm could not install the packages of the report page (see above). It needs the npm registry or "
                      "a warm cache; -DFUSESIM_REPORT_PAGE=OFF builds a fusesim without --report.")
endif()
file(TOUCH ${BUILD}/installed.stamp)
