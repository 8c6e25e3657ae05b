# SystemC as the imported target SystemC::systemc. Debian ships pkg-config only.
# SC_CPLUSPLUS: the library was built as C++17 and encodes that in the symbol that every user links against.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
add_library(SystemC::systemc INTERFACE IMPORTED GLOBAL)
target_link_libraries(SystemC::systemc INTERFACE PkgConfig::SYSTEMC)
target_compile_definitions(SystemC::systemc INTERFACE SC_CPLUSPLUS=201703L)
