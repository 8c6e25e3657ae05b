// Files that are no TorchScript module: one clear error each, whatever is in them.
#include "ir/importer.hpp"
#include "reference.hpp"
#include "support/error.hpp"

#include <filesystem>
#include <fstream>
#include <random>

namespace fusesim::ir {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class BadFile : public ::testing::Test {
protected:
  BadFile()
      : folder_(fs::temp_directory_path() / ("fusesim_bad_file_" + std::to_string(::getpid()))) {
    fs::create_directory(folder_);
  }
  ~BadFile() override { fs::remove_all(folder_); }

  fs::path write(const std::string &bytes) const {
    const auto path = folder_ / "model.pt";
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  static std::string bytes_of_export(const std::string &name) {
    std::ifstream stream(testing::export_file(name + ".pt"), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// The error's text; empty when the import succeeds.
  static std::string error_of(const fs::path &file) {
    try {
      (void)import_torchscript(file, {parse_tensor_type("4x6")});
    } catch (const Error &error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
};

TEST_F(BadFile, Missing) {
  EXPECT_THAT(error_of(folder_ / "none.pt"), HasSubstr("none.pt: no such file"));
}

TEST_F(BadFile, Folder) { EXPECT_THAT(error_of(folder_), HasSubstr("is a directory")); }

TEST_F(BadFile, Empty) { EXPECT_THAT(error_of(write("")), HasSubstr("model.pt: is empty")); }

TEST_F(BadFile, NoArchive) {
  EXPECT_THAT(error_of(write("weights of something")), HasSubstr("not a zip archive"));
}

TEST_F(BadFile, TruncatedAnywhere) {
  const auto bytes = bytes_of_export("nested_output");
  ASSERT_GT(bytes.size(), 1000u);
  for (std::size_t percent = 1; percent < 100; percent += 7)
    EXPECT_THAT(error_of(write(bytes.substr(0, bytes.size() * percent / 100))),
                HasSubstr("truncated"))
        << percent << " %";
}

TEST_F(BadFile, StateDict) {
  EXPECT_THAT(error_of(testing::export_file("state_dict.pt")),
              HasSubstr("holds no TorchScript module"));
}

TEST_F(BadFile, EveryErrorIsOneLine) {
  EXPECT_EQ(error_of(testing::export_file("state_dict.pt")).find('\n'), std::string::npos);
}

TEST_F(BadFile, CorruptCodeIsAnError) {
  auto bytes = bytes_of_export("nested_output");
  // The compressed program follows its name in the archive.
  constexpr std::string_view kName = "small_modules.py";
  const auto at = bytes.find(kName);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at + kName.size() + 80, 40, std::string(40, '#'));
  EXPECT_THAT(error_of(write(bytes)), HasSubstr("cannot read as TorchScript"));
}

TEST_F(BadFile, RandomDamageIsAnErrorOrHarmless) {
  const auto original = bytes_of_export("nested_output");
  std::mt19937 random(1);
  for (int trial = 0; trial < 60; ++trial) {
    auto bytes = original;
    for (int i = 0; i < 20; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    EXPECT_NO_FATAL_FAILURE((void)error_of(write(bytes))) << "trial " << trial;
  }
}

TEST_F(BadFile, DoesNotSpoilTheNextImport) {
  (void)error_of(write(bytes_of_export("nested_output").substr(0, 500)));
  EXPECT_EQ(error_of(testing::export_file("nested_output.pt")), "");
}

} // namespace
} // namespace fusesim::ir
