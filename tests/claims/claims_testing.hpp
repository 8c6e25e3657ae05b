#pragma once

#include "claims/judge.hpp"
#include "ir/fx/fx_import.hpp"
#include "ir/zoo.hpp"
#include "support/error.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace fusesim::claims::test {

/// What the action's Error says; empty when it throws none.
template <class Action> std::string error_of(Action action) {
  try {
    action();
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

/// A file of its own, removed at the end.
class TemporaryFile {
public:
  TemporaryFile(const std::string &name, const std::string &text)
      : path_(std::filesystem::temp_directory_path() / (std::to_string(::getpid()) + "-" + name)) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  const std::filesystem::path &path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// Networks of the zoo, and exported graphs.
inline ir::Graph load(const sweep::ModelRequest &request) {
  if (request.name.find('/') != std::string::npos)
    return ir::import_fx(request.name).graph;
  ir::ZooOptions options;
  options.batch = request.batch.value_or(1);
  options.image_size = request.image_size;
  options.sequence_length = request.sequence_length;
  return ir::build_zoo_model(request.name, options);
}

/// One claim from its YAML, without `id`, `claim` and `source`; lines are indented by four.
inline ClaimFile file_of(const std::string &yaml) {
  const TemporaryFile file("claims.yaml",
                           "source: here\nclaims:\n  - id: it\n    claim: it is so\n" + yaml);
  return read_claims(file.path());
}

inline Outcome judged(const std::string &yaml, const Measurements &measurements = {}) {
  const auto file = file_of(yaml);
  Laboratory laboratory(load);
  return judge(file.claims.front(), laboratory, measurements);
}

} // namespace fusesim::claims::test
