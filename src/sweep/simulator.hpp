#pragma once

#include "ir/graph.hpp"
#include "sweep/expression.hpp"
#include "sweep/outcome.hpp"
#include "sweep/space.hpp"
#include "targets/experiment.hpp"
#include "targets/tile/mapping_memo.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>

namespace fusesim::sweep {

/// Builds or imports a network. Throws Error.
using ModelLoader = std::function<ir::Graph(const ModelRequest &)>;

/// Simulates configurations of a sweep one by one, and keeps what later ones may share: config
/// files are read once, networks built once per size, and partitioned once per size, element type
/// and strategy; layers mapped once per tile machine whose engines are the same. Lowering and simulation depend on every
/// field and are done each time.
class Simulator {
public:
  /// Throws Error: an objective that uses an unknown name.
  Simulator(const Space &space, ModelLoader load);

  /// Builds and partitions networks ahead, as many as are kept, so that processes forked from here
  /// share them. A network that cannot be built shows when its configuration is simulated.
  void prepare_ahead();

  /// What is wrong with the configuration (Error, memory) is in the outcome; anything else is
  /// thrown.
  Outcome run(std::uint64_t number);

private:
  struct WorkKey {
    ModelRequest model;
    ir::DType dtype = ir::DType::f32;
    std::string kind; ///< of machine
    bool packed_qkv = true;
    std::string strategy;
    auto operator<=>(const WorkKey &) const = default;
  };
  struct Work {
    targets::Prepared prepared;
    Flops flops = 0;
  };

  /// The last few things asked for, by key.
  template <class Key, class Kept> struct Recent {
    std::size_t most = 0;
    std::list<std::pair<Key, std::shared_ptr<const Kept>>> items; ///< latest first
    std::map<Key, typename std::list<std::pair<Key, std::shared_ptr<const Kept>>>::iterator> found;
    template <class Make> std::shared_ptr<const Kept> get(const Key &key, Make make);
  };

  void check_column(const Objective &objective) const;
  std::shared_ptr<const Work> work_of(const Configuration &configuration,
                                      const targets::Runtime &runtime);
  Outcome simulate(const Configuration &configuration);
  std::string hash_of(const Configuration &configuration, const targets::Machine &machine,
                      const targets::Runtime &runtime);
  double objective(std::size_t index, const Configuration &configuration,
                   const Outcome &outcome) const;
  const std::string &content_of(const std::string &model);

  const Space &space_;
  ModelLoader load_;
  std::vector<Expression> objectives_;
  Recent<ModelRequest, ir::Graph> graphs_;
  Recent<WorkKey, Work> works_;
  targets::tile::MappingMemo mappings_;
  std::map<std::string, std::string> contents_; ///< fingerprints of model files
};

} // namespace fusesim::sweep
