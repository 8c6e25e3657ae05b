#pragma once

#include "targets/config_reader.hpp"

namespace fusesim::targets {

/// What no single key can be checked for: relations between the keys of one machine or runtime.
/// Call after ConfigReader::finish. Throw Error at the place of the key that is out of step.
void check(const GpuMachine &machine, const ConfigReader &reader);
void check(const TileMachine &machine, const ConfigReader &reader);
void check(const Runtime &runtime, const ConfigReader &reader);

} // namespace fusesim::targets
