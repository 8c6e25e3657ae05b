#include "sim/program.hpp"

namespace fusesim::sim {

const char *name_of(Cause cause) {
  switch (cause) {
  case Cause::host_dispatch:
    return "host_dispatch";
  case Cause::launch_gap:
    return "launch_gap";
  case Cause::compute:
    return "compute";
  case Cause::dram:
    return "dram";
  case Cause::on_chip:
    return "on_chip";
  case Cause::fill_drain:
    return "fill_drain";
  case Cause::tail:
    return "tail";
  }
  return "unknown";
}

} // namespace fusesim::sim
