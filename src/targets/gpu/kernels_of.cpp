#include "targets/gpu/kernels_of.hpp"

#include "ir/cost.hpp"
#include "support/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace fusesim::targets::gpu {

namespace {

using ir::NodeId;
using ir::OpKind;
using ir::ValueId;

// A direct convolution on CUDA cores loads one operand for each multiply-add, the other being held
// in registers. Assumed: cuDNN's and PyTorch's depthwise kernels are of that kind.
constexpr double kLaneOpsPerDepthwiseMac = 2;
// PyTorch's own kernel for NCHW (conv_depthwise2d_forward_kernel) takes one output element per thread: for each
// multiply-add it checks four borders, computes an offset and loads both operands.
constexpr double kLaneOpsPerNchwDepthwiseMac = 10;

bool is_in(const Segment &segment, NodeId node) {
  return std::binary_search(segment.nodes.begin(), segment.nodes.end(), node);
}
bool is_folded(const Segment &segment, NodeId node) {
  return std::find(segment.folded.begin(), segment.folded.end(), node) != segment.folded.end();
}

/// The linears and other products that run as one GEMM.
std::vector<NodeId> products_of(const Segment &segment) {
  std::vector<NodeId> products{segment.anchor};
  products.insert(products.end(), segment.siblings.begin(), segment.siblings.end());
  return products;
}

/// How a kernel goes about rows.
struct RowWork {
  std::uint32_t passes = 1;      ///< 2: once more to apply what the first pass found
  std::uint64_t rows_per_sm = 0; ///< that are being worked on
  double phase_ops = 0;          ///< StreamKernel's, an element
};
// PyTorch's vectorized_layer_norm_kernel: CTAs of 128 threads, 16 to an SM.
constexpr std::uint64_t kNormRows = 16;
// softmax_warp_forward: a warp keeps a row of up to 1,024 elements in registers, padded to a power of two. Maximum,
// difference, exponential (five), sum, scale.
constexpr std::uint64_t kWarpSoftmaxElements = 1024;
constexpr double kWarpSoftmaxPhaseOps = 9;
// cunn_SoftMaxForward beyond: up to 1,024 threads a row, each with 16 bytes of it: two rows to an SM, or what takes their
// place. Load and maximum; exponential and sum; exponential, scale, store: two exponentials of five, six more operations,
// and as many instructions that convert, address, load and store.
constexpr std::uint64_t kSoftmaxRows = 2;
constexpr double kSoftmaxPhaseOps = 22;
// Moments and their application are kernels of their own.
constexpr std::uint64_t kAllRows = std::numeric_limits<std::uint32_t>::max();

RowWork row_work(OpKind kind, std::uint64_t row_elements) {
  switch (kind) {
  case OpKind::softmax:
  case OpKind::log_softmax:
    if (row_elements <= kWarpSoftmaxElements)
      return {1, 0,
              kWarpSoftmaxPhaseOps * static_cast<double>(std::bit_ceil(row_elements)) /
                  static_cast<double>(row_elements)};
    return {2, kSoftmaxRows, kSoftmaxPhaseOps};
  case OpKind::group_norm:
  case OpKind::instance_norm:
    return {2, kAllRows, 0};
  default:
    return {2, kNormRows, 0};
  }
}

bool works_on_rows(OpKind kind) {
  switch (kind) {
  case OpKind::softmax:
  case OpKind::log_softmax:
  case OpKind::layer_norm:
  case OpKind::rms_norm:
  case OpKind::group_norm:
  case OpKind::instance_norm:
    return true;
  default:
    return false;
  }
}

} // namespace

Operand KernelBuilder::Memory::take(ValueId value) {
  const auto found = std::find_if(reads.begin(), reads.end(),
                                  [&](const auto &read) { return read.first == value; });
  if (found == reads.end())
    return {};
  const Operand operand = found->second;
  reads.erase(found);
  return operand;
}

Operand KernelBuilder::Memory::take_largest() {
  const auto largest =
      std::max_element(reads.begin(), reads.end(), [](const auto &a, const auto &b) {
        return a.second.bytes < b.second.bytes;
      });
  return largest == reads.end() ? Operand{} : take(largest->first);
}

std::vector<Operand> KernelBuilder::Memory::rest() const {
  std::vector<Operand> operands;
  for (const auto &[value, operand] : reads)
    operands.push_back(operand);
  return operands;
}

Operand KernelBuilder::operand(ValueId value, Bytes bytes) const {
  const auto root = storage_.root(value);
  return {root, bytes, graph_.value(root).type.bytes()};
}

// What is produced and read in the segment only stays in registers and shared memory.
KernelBuilder::Memory KernelBuilder::memory_of(const Segment &segment) const {
  Memory memory;
  for (const auto id : segment.nodes) {
    const auto &node = graph_.node(id);
    const std::size_t inputs = is_folded(segment, id) ? 1 : node.inputs.size();
    for (std::size_t i = 0; i < inputs; ++i) {
      const auto value = node.inputs[i];
      const auto producer = graph_.value(storage_.root(value)).producer;
      const bool here = producer != ir::kNoNode && is_in(segment, producer);
      const bool known = std::any_of(memory.reads.begin(), memory.reads.end(),
                                     [&](const auto &read) { return read.first == value; });
      if (!here && !known)
        memory.reads.emplace_back(value, operand(value, ir::operand_bytes(graph_, node, i)));
    }
    for (const auto output : node.outputs) {
      const auto readers = storage_.readers(output);
      const bool leaves = readers.empty() || storage_.is_result(output) ||
                          std::any_of(readers.begin(), readers.end(),
                                      [&](NodeId reader) { return !is_in(segment, reader); });
      if (leaves)
        memory.writes.push_back(operand(output, graph_.value(output).type.bytes()));
    }
  }
  return memory;
}

KernelBuilder::Ops KernelBuilder::ops_of(const Segment &segment) const {
  Ops ops;
  bool before = true;
  for (const auto id : segment.nodes) {
    if (is_folded(segment, id))
      continue;
    const auto count = static_cast<double>(ir::work_of(graph_, graph_.node(id)).vector_ops);
    if (id == segment.anchor)
      before = false;
    (id == segment.anchor ? ops.at : before ? ops.before : ops.after) += count;
  }
  return ops;
}

const GemmPlan &KernelBuilder::plan_of(const GemmShape &shape) {
  const auto found = plans_.find(shape);
  return found != plans_.end() ? found->second
                               : plans_.emplace(shape, choose_plan(device_, shape)).first->second;
}

/// Where a contraction runs. The machine must have its type, even for those that run on CUDA cores.
SmEngine KernelBuilder::engine_of(const ir::Node &node) const {
  using Tf32 = Runtime::Tf32;
  auto dtype = graph_.value(node.inputs[0]).type.dtype;
  const bool is_conv = std::holds_alternative<ir::ConvAttrs>(node.attributes);
  const bool allowed = runtime_.tf32_products == Tf32::all ||
                       (runtime_.tf32_products == Tf32::convolutions && is_conv);
  if (dtype == ir::DType::f32 && allowed && device_.rate_of(SmEngine::tf32) > 0)
    dtype = ir::DType::tf32;
  return contraction_engine(device_, dtype, node.name);
}

// A concat that nobody copied lies in memory as the tensors that its producers wrote: whoever reads
// it reads those, each in proportion to its size.
void KernelBuilder::read_parts(sim::TaskGroup &group) const {
  std::vector<sim::TensorAccess> accesses;
  for (const auto &access : group.accesses) {
    const bool is_value = access.tensor < graph_.values().size(); // not a kernel's own
    const auto parts = is_value ? storage_.parts(access.tensor) : std::span<const ValueId>();
    if (parts.empty()) {
      accesses.push_back(access);
      continue;
    }
    const auto whole = static_cast<double>(graph_.value(access.tensor).type.bytes());
    double before = 0;
    const auto share = [&](Bytes bytes, double from, double to) {
      const auto up_to = [&](double end) {
        return static_cast<Bytes>(static_cast<double>(bytes) * end / whole);
      };
      return up_to(to) - up_to(from);
    };
    for (const auto part : parts) {
      const double end = before + static_cast<double>(graph_.value(part).type.bytes());
      sim::TensorAccess own = access;
      own.tensor = part;
      own.bytes = share(access.bytes, before, end);
      own.front_bytes = std::max(own.bytes, share(access.front_bytes, before, end));
      before = end;
      if (own.front_bytes > 0)
        accesses.push_back(own);
    }
  }
  group.accesses = std::move(accesses);
}

sim::TaskGroup KernelBuilder::build_whole(const Segment &segment) {
  switch (segment.shape) {
  case KernelShape::gemm:
    return build_gemm(segment);
  case KernelShape::attention:
    return build_attention(segment);
  case KernelShape::stream:
  case KernelShape::rows:
    break;
  }
  return build_stream(segment);
}

GemmShape KernelBuilder::gemm_shape(const Segment &segment) {
  const auto &anchor = graph_.node(segment.anchor);
  const auto gemm = ir::gemm_of(graph_, anchor);
  if (!gemm)
    throw Error(anchor.name, fmt::format("{} is a composite operator", ir::name_of(anchor.kind)),
                "decompose attention before lowering");
  const auto dtype = graph_.value(anchor.inputs[0]).type.dtype;
  GemmShape shape{gemm->batch, gemm->m, 0, gemm->k, ir::size_of(dtype), engine_of(anchor)};
  shape.a_bytes = ir::read_bytes(graph_, anchor.inputs[0]);
  shape.is_convolution = std::holds_alternative<ir::ConvAttrs>(anchor.attributes);
  if (!shape.is_convolution && !runtime_.aligns_products) {
    const auto is_vector = [&](std::uint64_t pitch) {
      return pitch * shape.element_bytes % 16 == 0;
    };
    const bool right_is_rows = anchor.kind == OpKind::linear; // its weight is n×k
    const bool copied = copies_operands(segment) || right_is_rows;
    shape.aligned_operands = is_vector(shape.k) && is_vector(right_is_rows ? shape.k
                                                             : copied      ? gemm->n
                                                                           : shape.k);
    shape.aligned_result = is_vector(gemm->n);
  }
  for (const auto id : products_of(segment)) {
    const auto &product = graph_.node(id);
    shape.n += ir::gemm_of(graph_, product)->n;
    shape.b_bytes += ir::read_bytes(graph_, product.inputs[1]);
    shape.c_bytes += graph_.value(product.outputs[0]).type.bytes();
  }
  if (const auto conv = winograd_of(segment)) {
    const auto minimal = one_kernel_shape(*conv, shape);
    if (seconds_of(segment, minimal) < seconds_of(segment, shape))
      return minimal;
  }
  return shape;
}

sim::TaskGroup KernelBuilder::build_gemm(const Segment &segment) {
  const auto &anchor = graph_.node(segment.anchor);
  GemmKernel kernel;
  kernel.name = anchor.name;
  kernel.shape = gemm_shape(segment);
  kernel.plan = plan_of(kernel.shape);
  auto memory = memory_of(segment);
  kernel.a = memory.take(anchor.inputs[0]);
  for (const auto id : products_of(segment))
    if (const auto b = memory.take(graph_.node(id).inputs[1]); b.bytes > 0)
      kernel.b.push_back(b);
  if (kernel.a.bytes == 0) // a prologue makes A out of what it reads, above all its largest operand
    kernel.a = memory.take_largest();
  kernel.reads = memory.rest();
  kernel.writes = std::move(memory.writes);
  const auto ops = ops_of(segment);
  kernel.prologue_ops = ops.before;
  kernel.epilogue_ops = ops.at + ops.after;
  kernel.a_elements = graph_.value(anchor.inputs[0]).type.elements();
  kernel.a_passes = segment.recomputes_statistics ? 2 : 1;
  return gemm_group(device_, kernel);
}

/// What is loaded to make `value`: itself, or what a scale in the segment makes it of.
ValueId KernelBuilder::loaded_for(const Segment &segment, ValueId value) const {
  const auto producer = graph_.value(storage_.root(value)).producer;
  if (producer == ir::kNoNode || !is_in(segment, producer))
    return value;
  const auto &inputs = graph_.node(producer).inputs;
  return *std::max_element(inputs.begin(), inputs.end(), [&](ValueId a, ValueId b) {
    return graph_.value(a).type.elements() < graph_.value(b).type.elements();
  });
}

void KernelBuilder::set_extents(AttentionKernel &kernel, const ir::Node &scores,
                                const ir::Node &apply) const {
  if (const auto first = ir::gemm_of(graph_, scores)) {
    kernel.batch = first->batch;
    kernel.queries = first->m;
    kernel.keys = first->n;
    kernel.query_dim = first->k;
    kernel.value_dim = ir::gemm_of(graph_, apply)->n;
  } else {
    const auto &q = graph_.value(scores.inputs[0]).type, &v = graph_.value(scores.inputs[2]).type;
    const auto extent = [](const ir::TensorType &type, std::size_t from_end) {
      return static_cast<std::uint64_t>(type.dims[type.dims.size() - from_end]);
    };
    kernel.queries = extent(q, 2);
    kernel.query_dim = extent(q, 1);
    kernel.keys = extent(v, 2);
    kernel.value_dim = extent(v, 1);
    kernel.batch = q.elements() / (kernel.queries * kernel.query_dim);
  }
  if (!attention_fits(device_, std::max(kernel.query_dim, kernel.value_dim), kernel.element_bytes))
    throw Error(scores.name,
                fmt::format("heads of {} elements are too large for an attention kernel here",
                            std::max(kernel.query_dim, kernel.value_dim)),
                "give the attention as two products and a softmax");
}

sim::TaskGroup KernelBuilder::build_attention(const Segment &segment) {
  const auto &scores = graph_.node(segment.anchor);
  const auto &apply = graph_.node(segment.last_anchor);
  const bool is_whole = segment.anchor == segment.last_anchor; // one operator, not two products
  const auto dtype = graph_.value(scores.inputs[0]).type.dtype;
  AttentionKernel kernel;
  kernel.name = scores.name;
  kernel.element_bytes = ir::size_of(dtype);
  set_extents(kernel, scores, apply);
  kernel.engine = engine_of(scores);
  kernel.efficiency = runtime_.attention_efficiency;
  for (const auto id : segment.nodes) {
    const auto ops = static_cast<double>(ir::work_of(graph_, graph_.node(id)).vector_ops);
    (id < segment.last_anchor || id == segment.anchor ? kernel.score_ops : kernel.output_ops) +=
        ops;
  }
  auto memory = memory_of(segment);
  kernel.q = memory.take(loaded_for(segment, scores.inputs[0]));
  kernel.k = memory.take(loaded_for(segment, scores.inputs[1]));
  kernel.v = memory.take(apply.inputs[is_whole ? 2 : 1]);
  kernel.reads = memory.rest();
  kernel.writes = std::move(memory.writes);
  return attention_group(device_, kernel);
}

/// What softmax or a normalisation works on at a time, and what it does to a row besides loading and storing it.
void KernelBuilder::set_rows(StreamKernel &kernel, const ir::Node &node) const {
  const auto &type = graph_.value(node.inputs[0]).type;
  std::size_t axes = 1;
  if (const auto *norm = std::get_if<ir::NormAttrs>(&node.attributes))
    axes = static_cast<std::size_t>(norm->axes);
  axes = std::min(axes, type.dims.size());
  std::uint64_t row = 1;
  for (std::size_t i = type.dims.size() - axes; i < type.dims.size(); ++i)
    row = checked_mul(row, static_cast<std::uint64_t>(type.dims[i]), "a row");
  const auto work = row_work(node.kind, row);
  kernel.phase_ops = work.phase_ops * static_cast<double>(type.elements());
  kernel.passes = work.passes;
  const auto rows = checked_mul(std::uint64_t{device_.machine.sm_count}, work.rows_per_sm, "rows");
  kernel.working_set = std::min(
      type.bytes(), checked_mul(checked_mul(rows, row, "rows"), ir::size_of(type.dtype), "rows"));
}

sim::TaskGroup KernelBuilder::build_stream(const Segment &segment) {
  const auto &anchor = graph_.node(segment.anchor);
  StreamKernel kernel;
  kernel.name = anchor.name;
  if (ir::class_of(anchor.kind) ==
      ir::OpClass::contraction) { // depthwise: on CUDA cores, but the type must exist
    engine_of(anchor);
    const bool nchw = runtime_.layout == Runtime::Layout::contiguous;
    kernel.lane_ops = (nchw ? kLaneOpsPerNchwDepthwiseMac : kLaneOpsPerDepthwiseMac) *
                      static_cast<double>(ir::work_of(graph_, anchor).macs);
  }
  const auto ops = ops_of(segment);
  kernel.lane_ops += ops.before + ops.at + ops.after;
  if (works_on_rows(anchor.kind))
    set_rows(kernel, anchor);
  for (const auto output : anchor.outputs)
    kernel.items += graph_.value(output).type.elements();
  if (segment.nodes.size() == 1)
    kernel.scattered = strides_.scattered_loads(anchor);
  if (segment.shape == KernelShape::rows)
    kernel.items = std::max(kernel.items, graph_.value(anchor.inputs[0]).type.elements());
  auto memory = memory_of(segment);
  kernel.reads = memory.rest();
  kernel.writes = std::move(memory.writes);
  return stream_group(device_, kernel);
}

} // namespace fusesim::targets::gpu
