// einsum of two operands as the batched matrix product that ATen makes of it.
//
//   bhid,bhjd->bhij     batch: in both and in the result      b, h
//                       rows: of the left operand alone       i
//                       columns: of the right operand alone   j
//                       inner: in both, summed                d
//
//   left  -> (batch, rows, inner)     permute, then merge each group of dims
//   right -> (batch, inner, columns)
//   result = matmul -> split the groups, permute to the order asked for
//
// One operand, three or more, an ellipsis, a repeated label or a sum over one operand alone stay
// opaque.
#include "ir/torchscript/rules.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace fusesim::ir::torchscript::rules {

namespace {

struct Equation {
  std::string left, right, result;
};

bool has(const std::string &labels, char label) { return labels.find(label) != std::string::npos; }

bool is_plain(const std::string &labels) {
  auto sorted = labels;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end() &&
         std::ranges::all_of(labels, [](unsigned char c) { return std::isalpha(c) != 0; });
}

/// Without an arrow, the labels that occur once, sorted.
std::string implicit_result(const std::string &left, const std::string &right) {
  std::string result;
  for (const char label : left + right)
    if (has(left, label) != has(right, label))
      result += label;
  std::ranges::sort(result);
  return result;
}

std::optional<Equation> parse(std::string text) {
  std::erase(text, ' ');
  const auto comma = text.find(','), arrow = text.find("->");
  if (comma == std::string::npos)
    return std::nullopt;
  Equation equation{text.substr(0, comma), text.substr(comma + 1, arrow - comma - 1), {}};
  equation.result = arrow == std::string::npos ? implicit_result(equation.left, equation.right)
                                               : text.substr(arrow + 2);
  const bool plain =
      is_plain(equation.left) && is_plain(equation.right) && is_plain(equation.result);
  return plain ? std::optional(equation) : std::nullopt;
}

struct Groups {
  std::string batch, rows, columns, inner;
};

/// Empty when a label of one operand is summed over before the product.
std::optional<Groups> grouped(const Equation &equation) {
  Groups groups;
  for (const char label : equation.left) {
    const bool shared = has(equation.right, label), kept = has(equation.result, label);
    if (!shared && !kept)
      return std::nullopt;
    (shared ? (kept ? groups.batch : groups.inner) : groups.rows) += label;
  }
  for (const char label : equation.right)
    if (!has(equation.left, label)) {
      if (!has(equation.result, label))
        return std::nullopt;
      groups.columns += label;
    }
  return groups;
}

using Sizes = std::map<char, std::int64_t>;

/// False where the operands' sizes differ (einsum broadcasts a size of 1).
bool collect_sizes(const std::string &labels, const Dims &dims, Sizes &sizes) {
  if (labels.size() != dims.size())
    return false;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (!sizes.emplace(labels[i], dims[i]).second && sizes[labels[i]] != dims[i])
      return false;
  return true;
}

Dims dims_of(const std::string &labels, const Sizes &sizes) {
  Dims dims;
  for (const char label : labels)
    dims.push_back(sizes.at(label));
  return dims;
}

std::int64_t merged_size(const std::string &labels, const Sizes &sizes) {
  const auto dims = dims_of(labels, sizes);
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

/// Permutes the operand to `groups` and merges each into one dim. Merging is a view when the dims
/// of a group lie side by side in the (contiguous) operand, else it has to copy.
StepInput arranged(Steps &steps, StepInput operand, const std::string &labels,
                   const std::array<std::string, 3> &groups, const Sizes &sizes) {
  const auto dtype = steps.type(operand).dtype;
  const auto order = groups[0] + groups[1] + groups[2];
  if (order != labels)
    operand = steps.add_shaped(OpKind::permute, {operand}, {dtype, dims_of(order, sizes)});
  Dims merged;
  bool side_by_side = true;
  for (const auto &group : groups) {
    merged.push_back(merged_size(group, sizes));
    side_by_side = side_by_side && labels.find(group) != std::string::npos;
  }
  if (merged == steps.type(operand).dims)
    return operand;
  return steps.add_shaped(side_by_side ? OpKind::view : OpKind::copy, {operand}, {dtype, merged});
}

} // namespace

std::vector<Step> einsum(OpKind kind, const Call &call) {
  const auto operands = call.operands();
  auto opaque = [&] { return Steps().finish(OpKind::opaque, {operands.begin(), operands.end()}); };
  const auto equation = parse(call.text("equation"));
  if (!equation || operands.size() != 2)
    return opaque();
  Sizes sizes;
  const auto groups = grouped(*equation);
  if (!groups || !collect_sizes(equation->left, operands[0].type.dims, sizes) ||
      !collect_sizes(equation->right, operands[1].type.dims, sizes))
    return opaque();

  Steps steps;
  const auto left = arranged(steps, operands[0], equation->left,
                             {groups->batch, groups->rows, groups->inner}, sizes);
  const auto right = arranged(steps, operands[1], equation->right,
                              {groups->batch, groups->inner, groups->columns}, sizes);
  StepInput product = steps.add(kind, {left, right});
  const auto order = groups->batch + groups->rows + groups->columns;
  const auto dtype = operands[0].type.dtype;
  const auto split_dims = dims_of(order, sizes);
  if (order != equation->result && steps.type(product).dims != split_dims)
    product = steps.add_shaped(OpKind::view, {product}, {dtype, split_dims});
  auto done = std::move(steps).finish(order == equation->result ? OpKind::view : OpKind::permute,
                                      {product});
  done.back().types = {{dtype, dims_of(equation->result, sizes)}};
  return done;
}

} // namespace fusesim::ir::torchscript::rules
