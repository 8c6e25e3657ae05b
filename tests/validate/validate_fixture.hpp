#pragma once

#include "support/error.hpp"
#include "validate/calibrate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

namespace fusesim::validate::test {

/// A measurement whose prediction a test writes itself.
class FakeCase final : public Case {
public:
  FakeCase(Labels its_labels, double its_measured, std::function<double(Bench &)> its_prediction)
      : predicted_(std::move(its_prediction)) {
    labels = std::move(its_labels);
    measured = its_measured;
  }
  Prediction predict(Bench &bench) const override { return {predicted_(bench), {}}; }

private:
  std::function<double(Bench &)> predicted_;
};

inline void add_case(Dataset &dataset, Labels labels, double measured,
                     std::function<double(Bench &)> predicted, std::string pairing = {}) {
  auto one = std::make_unique<FakeCase>(std::move(labels), measured, std::move(predicted));
  one->row = dataset.cases.size();
  one->pairing = std::move(pairing);
  dataset.cases.push_back(std::move(one));
}

inline std::string error_of(const std::function<void()> &action) {
  try {
    action();
  } catch (const Error &error) {
    return error.what();
  }
  return "no error";
}

/// Has a folder for files of its own.
class FolderTest : public ::testing::Test {
protected:
  FolderTest() { std::filesystem::create_directories(folder_); }
  ~FolderTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string &name, const std::string &text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      ("fusesim_validate_" +
       std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

} // namespace fusesim::validate::test
