#include "ir/detail/attention.hpp"

#include "ir/detail/rule_helpers.hpp"

namespace fusesim::ir {

AttentionLayout attention_layout(const AttentionAttrs &attrs, std::size_t input_count) {
  AttentionLayout layout;
  std::size_t next = 3;
  layout.in_weight = next++;
  if (attrs.has_bias)
    layout.in_bias = next++;
  layout.out_weight = next++;
  if (attrs.has_bias)
    layout.out_bias = next++;
  if (input_count == next + 1)
    layout.mask = next++;
  if (input_count != next)
    throw Error({}, fmt::format("{} inputs given", input_count),
                attrs.has_bias
                    ? "takes query, key, value, in_proj_weight, in_proj_bias, "
                      "out_proj_weight, out_proj_bias[, mask]"
                    : "takes query, key, value, in_proj_weight, out_proj_weight[, mask]");
  return layout;
}

} // namespace fusesim::ir
