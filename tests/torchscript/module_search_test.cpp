// Where the LibTorch-based module is looked for. Each test is a process of its own under CTest.
#include "reference.hpp"
#include "support/error.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fusesim::ir {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string error_of_import() {
  try {
    (void)import_torchscript(testing::export_file("nested_output.pt"), {parse_tensor_type("4x6")});
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

/// A child process that starts with a fresh module state.
void import_with_module_path(const std::string &path) {
  ::setenv("FUSESIM_MODULE_PATH", path.c_str(), 1);
  std::fputs(("[" + error_of_import() + "]").c_str(), stderr);
  std::exit(0);
}

class ModuleSearch : public ::testing::Test {
protected:
  ModuleSearch() { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(ModuleSearch, FindsItBesideTheExecutable) {
  EXPECT_EXIT(import_with_module_path(""), ::testing::ExitedWithCode(0), "\\[\\]");
}

TEST_F(ModuleSearch, TakesWhatIsInModulePathFirst) {
  const auto folder = fs::temp_directory_path() / ("fusesim_modules_" + std::to_string(::getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "libfusesim_torchscript.so") << "no library";
  EXPECT_EXIT(import_with_module_path("/nowhere:" + folder.string()), ::testing::ExitedWithCode(0),
              "libfusesim_torchscript.so: cannot be loaded: .*file too short");
  fs::remove_all(folder);
}

} // namespace
} // namespace fusesim::ir
