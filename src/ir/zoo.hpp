#pragma once

#include "ir/graph.hpp"

#include <optional>
#include <string_view>

namespace fusesim::ir {

struct ZooOptions {
  std::int64_t batch = 1;
  /// Square images; default: the model's own (224, 240 for efficientnet_b1, …).
  std::optional<std::int64_t> image_size = std::nullopt;
  /// Language models only; default: the model's full context.
  std::optional<std::int64_t> sequence_length = std::nullopt;
};

struct ZooEntry {
  std::string name;        ///< torchvision's name where there is one
  std::string family;      ///< "resnet", "efficientnet", "vit", …
  std::string description; ///< one line
  bool is_language_model = false;
  std::int64_t default_size = 224; ///< image size, or sequence length for language models
};

/// All models, sorted by family and size, for listings.
std::span<const ZooEntry> zoo();

/// The entry of that name. Throws Error with the nearest names when there is none.
const ZooEntry &zoo_entry(std::string_view name);

/// Builds a model. Throws Error with the nearest names when unknown, and with the reason when the
/// image size or sequence length is impossible for it.
Graph build_zoo_model(std::string_view name, const ZooOptions &options = {});

} // namespace fusesim::ir
