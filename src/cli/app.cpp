#include "cli/app.hpp"

#include "cli/signals.hpp"
#include "cli/usage.hpp"
#include "sim/run.hpp"
#include "support/error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <new>
#include <system_error>

namespace fusesim::cli {

namespace {

constexpr const char *kFooter =
    "Examples:\n"
    "  fusesim models                                  which networks are built in\n"
    "  fusesim targets                                 which machines and runtimes are described\n"
    "  fusesim simulate resnet50 --target a100-sxm-40gb\n"
    "  fusesim compare resnet50 vit_b_16 --target a100-sxm-40gb --target kpu-t64\n"
    "  fusesim inspect my_model.pt --input 1x3x224x224\n"
    "  fusesim sweep configs/sweeps/launch-overhead.yaml -o launch.db\n\n"
    "Results go to stdout, everything else to stderr.\n"
    "Exit codes: 0 done, 1 the input was wrong, 2 the command line was wrong, 3 claims are not as "
    "expected.";

void declare(CLI::App &app, Action &action) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "fusesim " FUSESIM_VERSION);
  app.footer(kFooter);
  add_models(app, action);
  add_targets(app, action);
  add_inspect(app, action);
  add_partition(app, action);
  add_simulate(app, action);
  add_compare(app, action);
  add_sweep(app, action);
  add_validate(app, action);
  add_calibrate(app, action);
  add_claims(app, action);
}

void complain(std::string_view message) {
  fmt::print(stderr, "fusesim: {}\n", message);
  std::fflush(stderr);
}

int parse_and_run(int argc, char **argv) {
  CLI::App app("How long a network takes on a machine, and how much of it fusion saves", "fusesim");
  Action action;
  declare(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    write_stdout(app.help());
    return kDone;
  } catch (const CLI::CallForVersion &) {
    write_stdout(app.version() + "\n");
    return kDone;
  } catch (const CLI::ParseError &error) {
    complain(usage_message(app, error));
    return kUsage;
  }
  action();
  return kDone;
}

} // namespace

int run(int argc, char **argv) {
  install_signal_handlers();
  try {
    return parse_and_run(argc, argv);
  } catch (const sim::Interrupted &) {
    complain("interrupted");
    return interrupted_exit_code();
  } catch (const ReaderLeft &) {
    return kBrokenPipe;
  } catch (const NotAsExpected &difference) {
    complain(difference.what());
    return kNotAsExpected;
  } catch (const Error &error) {
    complain(error.what());
  } catch (const std::system_error &error) { // the file system's own words
    complain(error.what());
  } catch (const std::bad_alloc &) {
    complain("out of memory; try a smaller --batch, or run without --exact and --trace");
  } catch (const InternalError &error) {
    complain(error.what());
    return kInternal;
  } catch (const std::exception &error) {
    complain(fmt::format("internal error (a bug in fusesim): {}", error.what()));
    return kInternal;
  }
  return kWrongInput;
}

} // namespace fusesim::cli
