#pragma once

#include "support/error.hpp"
#include "sweep/space.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace fusesim::sweep::test {

/// A folder of its own, removed with everything in it at the end.
class Folder {
public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "fusesim_sweep_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  std::filesystem::path write(const std::string &name, const std::string &text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  std::filesystem::path operator/(const std::string &name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

/// A sweep of ResNet-18 on a T4 with these lines below.
inline Space space_of(const Folder &folder, const std::string &lines) {
  return Space(read_spec(folder.write("s.yaml", "models: [resnet18]\ntargets: [t4]\n" + lines)));
}

/// The values of one dimension, by configuration, as text.
inline std::vector<std::string> column(const Space &space, const std::string &name) {
  const auto &dimensions = space.spec().dimensions;
  std::vector<std::string> values;
  for (std::size_t d = 0; d < dimensions.size(); ++d)
    if (dimensions[d].name == name)
      for (std::uint64_t i = 0; i < space.size(); ++i)
        values.push_back(to_string(space.at(i).values[d]));
  return values;
}

template <class Action> std::string error_of(Action action) {
  try {
    action();
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

} // namespace fusesim::sweep::test
