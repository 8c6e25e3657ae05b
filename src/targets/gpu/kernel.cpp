#include "targets/gpu/kernel.hpp"

#include <algorithm>

namespace fusesim::targets::gpu {

using Kind = sim::TensorAccess::Kind;

void add_read(sim::TaskGroup &group, const Operand &operand, Bytes front) {
  if (operand.bytes == 0)
    return;
  for (auto &access : group.accesses) {
    if (access.kind != Kind::read || access.tensor != operand.tensor)
      continue;
    access.bytes =
        std::min(access.bytes + operand.bytes, std::max(operand.storage_bytes, access.bytes));
    access.front_bytes += std::max(front, operand.bytes);
    return;
  }
  group.accesses.push_back(
      {operand.tensor, kL2, Kind::read, operand.bytes, std::max(front, operand.bytes)});
}

void add_write(sim::TaskGroup &group, const Operand &operand) {
  if (operand.bytes > 0)
    group.accesses.push_back({operand.tensor, kL2, Kind::write, operand.bytes, operand.bytes});
}

} // namespace fusesim::targets::gpu
