#pragma once

#include "ir/zoo/layers.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fusesim::ir::models {

/// Which image sizes or sequence lengths a model can take.
struct SizeRule {
  std::int64_t minimum = 1;
  std::int64_t maximum =
      1 << 16; ///< far beyond any image, and products of extents stay within 64 bits
  std::int64_t multiple_of = 1;
  std::string_view multiple_name = "patch size";
};

/// What fills an empty network, and whether it reads tokens instead of images.
struct Build {
  std::function<std::vector<ValueId>(Layers &, ValueId input)> run;
  bool is_language_model = false;
};

struct Row {
  std::string name, family, description;
  std::int64_t default_size; ///< image models: the size torchvision's first published weights are
                             ///< evaluated at
  SizeRule sizes;
  Build build;
};

/// Every model of the zoo, sorted by family and size.
const std::vector<Row> &catalogue();

} // namespace fusesim::ir::models
