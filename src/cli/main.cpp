#include "cli/app.hpp"

int main(int argc, char **argv) { return fusesim::cli::run(argc, argv); }
