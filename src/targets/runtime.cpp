#include "targets/runtime.hpp"

#include "targets/config_fields.hpp"

namespace fusesim::targets {

// One key, one line.
// clang-format off
void fields(FieldVisitor &f, Runtime &r) {
  using Submission = Runtime::Submission;
  std::string kind = "runtime";
  f.choice("kind", kind, {"runtime"}, "what this file describes");
  f.required("description", r.description, "one line for listings");
  f.choice("target", r.target, {"gpu", "tile"}, "machines that it drives");
  f.choice("submission", r.submission, {{"eager", Submission::eager}, {"graph_replay", Submission::graph_replay}, {"sequencer", Submission::sequencer}}, "who starts kernels: the host one by one, a captured graph, or the machine's own sequencer");
  f.required("strategy", r.strategy, "partition strategy that it executes by default");
  f.optional("fused_strategy", r.fused_strategy, "strategy that `compare` sets against `unfused`");
  f.optional("dispatch_us", r.dispatch_us, {"us", 0, 1e6}, "framework cost on the host per operator that launches");
  f.optional("module_dispatch_us", r.module_dispatch_us, {"us", 0, 1e6}, "added for an operator with weights: a module's call, a library's set-up");
  f.optional("call_us", r.call_us, {"us", 0, 1e6}, "framework cost on the host once per inference, before the first launch");
  f.optional("weight_us", r.weight_us, {"us", 0, 1e6}, "the same for each weight of the network: guards and arguments of compiled code");
  f.optional("view_dispatch_us", r.view_dispatch_us, {"us", 0, 1e6}, "framework cost on the host per view or identity operator");
  f.optional("launch_us", r.launch_us, {"us", 0, 1e6}, "host cost of one launch call");
  f.optional("launch_latency_us", r.launch_latency_us, {"us", 0, 1e6}, "from the end of that call to the start on an idle device");
  f.optional("kernel_gap_us", r.kernel_gap_us, {"us", 0, 1e6}, "eager: on the device, between dependent kernels of a stream");
  f.optional("graph_launch_us", r.graph_launch_us, {"us", 0, 1e6}, "graph_replay: host cost of submitting the graph");
  f.optional("graph_node_gap_us", r.graph_node_gap_us, {"us", 0, 1e6}, "graph_replay: on the device, between nodes");
  f.optional("sync_us", r.sync_us, {"us", 0, 1e6}, "final synchronisation");
  f.optional("grid_barrier_us", r.grid_barrier_us, {"us", 0, 1e6}, "barrier inside a fused kernel; 0 = a grid-wide dependency needs a second kernel");
  f.optional("queue_depth", r.queue_depth, {"launches", 1, 1e6}, "launches submitted and not yet finished");
  f.optional("packed_qkv", r.packed_qkv, "attention's input projection runs as one 3E×E product");
  f.optional("fused_attention_tokens", r.fused_attention_tokens, {"tokens", 0, 1e9}, "attention over at most this many keys runs in one kernel that keeps the scores on chip; 0 = never");
  f.optional("attention_efficiency", r.attention_efficiency, {"", 0.01, 1}, "share of the tensor cores' sustained rate that its attention kernels reach");
  f.optional("fuses_into_products", r.fuses_into_products, "what comes before and after a matrix product or convolution can run in its kernel; false = libraries' kernels stand alone");
  f.optional("aligns_products", r.aligns_products, "operands and results whose rows do not begin at multiples of 16 bytes are padded to it");
  f.optional("copies_linear_bias", r.copies_linear_bias, "a linear's bias is copied into every row of its result before the product, which adds to it");
  f.optional("adds_convolution_bias", r.adds_convolution_bias, "a convolution's bias is added to its result by a kernel of its own");
  f.optional("copies_permuted_operands", r.copies_permuted_operands, "batched products first copy operands that are permuted views");
  f.optional("keeps_strides", r.keeps_strides, "elementwise operators lay results out as their first operand lies; those on rows copy what does not lie by rows");
  f.optional_choice("tf32_products", r.tf32_products, {{"none", Runtime::Tf32::none}, {"convolutions", Runtime::Tf32::convolutions}, {"all", Runtime::Tf32::all}}, "products of float32 tensors that run in TF32 where the machine has it");
  f.optional_choice("layout", r.layout, {{"contiguous", Runtime::Layout::contiguous}, {"channels_last", Runtime::Layout::channels_last}}, "images in memory: contiguous (NCHW) makes convolutions on tensor cores convert to NHWC and back");
  f.optional("folds_batch_norm", r.folds_batch_norm, "batch_norm after a convolution is folded into its weights ahead of time");
  f.optional("resident_weights", r.resident_weights, "weights that fit stay in L3 from one inference to the next");
  f.optional("sequencer_us", r.sequencer_us, {"us", 0, 1e6}, "sequencer: starting one subgraph's program");
}
// clang-format on

} // namespace fusesim::targets
