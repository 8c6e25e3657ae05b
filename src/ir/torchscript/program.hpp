#pragma once

#include "ir/graph.hpp"
#include "ir/torchscript/call.hpp"

#include <map>

namespace fusesim::ir::torchscript {

/// One activation of a module's method.
using SiteId = std::uint32_t;

/// The operators of one run of a module, in execution order. Becomes a Graph when the run is over,
/// because only then it is known which views nobody read and which modules were one operator, hence
/// what to call the nodes.
class Program {
public:
  /// How nodes are called.
  enum class Names {
    modules, ///< after the module that runs them: `layer1.0.conv1`, `features.flatten`
    sites,   ///< the last node of a site as the site, those before it `<site>.<kind>`
  };
  explicit Program(Names names = Names::modules);

  Ref add_input(std::string name, TensorType type);
  Ref add_weight(std::string name, TensorType type, ValueRole role);
  /// Records a node at the current site; returns its outputs.
  std::vector<Ref> add(OpKind kind, std::vector<Ref> inputs, std::vector<TensorType> outputs,
                       Attributes attributes = {}, std::string foreign_name = {},
                       bool only_if_used = false);

  void enter(std::string module_path);
  void leave();
  const std::string &module_path() const { return sites_[stack_.back()].path; }

  const TensorType &type(Ref ref) const { return values_[ref].type; }
  bool is_computed(Ref ref) const { return values_[ref].role == ValueRole::intermediate; }
  /// What the value is the plain transpose of, when it is the permutation of a matrix.
  std::optional<Ref> transposed_matrix(Ref ref) const;

  Graph build(const std::string &name, const std::vector<Ref> &outputs) const;
  /// One line per kind of opaque operator of `graph`: its foreign name, how often, where first.
  static std::vector<std::string> warnings(const Graph &graph);

private:
  struct RecordedValue {
    std::string name;
    TensorType type;
    ValueRole role = ValueRole::intermediate;
    std::optional<std::size_t> producer;
  };
  struct RecordedNode {
    OpKind kind;
    SiteId site;
    Attributes attributes;
    std::vector<Ref> inputs, outputs;
    std::string foreign_name;
    bool only_if_used;
  };
  struct Site {
    std::string path;
    bool calls_modules = false;
    std::size_t operators = 0; ///< executed here that are more than another look at a tensor
  };

  Ref add_value(RecordedValue value);
  bool drops_when_unused(const RecordedNode &node) const;
  std::vector<bool> read_nodes(const std::vector<Ref> &outputs) const;
  std::vector<std::string> node_names(const std::vector<bool> &kept) const;
  std::string name_of(const RecordedNode &node) const;
  std::string weight_owner(const RecordedNode &node) const;

  Names names_;
  std::vector<RecordedValue> values_;
  std::vector<RecordedNode> nodes_;
  std::vector<Site> sites_;
  std::vector<SiteId> stack_;
};

} // namespace fusesim::ir::torchscript
