#include "report/output_file.hpp"

#include "support/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

namespace fusesim::report {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OutputFileTest : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "fusesim_output_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string content(const fs::path &file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  static std::string error_of(const std::function<void()> &action) {
    try {
      action();
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(OutputFileTest, HoldsEverythingAfterCommitAndNothingBesides) {
  OutputFile file(folder_ / "out.csv");
  file.write("a,b\n");
  file.write("1,2\n");
  file.commit();
  EXPECT_EQ(content(folder_ / "out.csv"), "a,b\n1,2\n");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, LeavesTheOldFileWithoutCommit) {
  std::ofstream(folder_ / "out.csv") << "old";
  {
    OutputFile file(folder_ / "out.csv");
    file.write(std::string(1'000'000, 'x')); // beyond the buffer: really on disk
  }
  EXPECT_EQ(content(folder_ / "out.csv"), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFileTest, KeepsThePermissionsOfTheFileItReplaces) {
  std::ofstream(folder_ / "out.csv") << "old";
  ::chmod((folder_ / "out.csv").c_str(), 0640);
  OutputFile file(folder_ / "out.csv");
  file.write("new");
  file.commit();
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / "out.csv").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST_F(OutputFileTest, FollowsASymbolicLink) {
  std::ofstream(folder_ / "real.csv") << "old";
  fs::create_symlink(folder_ / "real.csv", folder_ / "link.csv");
  OutputFile file(folder_ / "link.csv");
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.csv"));
  EXPECT_EQ(content(folder_ / "real.csv"), "new");
}

TEST_F(OutputFileTest, NamesTheFileAndTheReasonWhenTheFolderIsMissing) {
  const auto path = folder_ / "nowhere" / "out.csv";
  const std::string error = error_of([&] { OutputFile file(path); });
  EXPECT_THAT(error, HasSubstr(path.string()));
  EXPECT_THAT(error, HasSubstr("No such file or directory"));
}

TEST_F(OutputFileTest, RefusesAFolder) {
  EXPECT_THAT(error_of([&] { OutputFile file(folder_); }), HasSubstr("Is a directory"));
}

TEST_F(OutputFileTest, ReportsAFullDisk) {
  const std::string error = error_of([] {
    OutputFile file("/dev/full");
    file.write("something");
    file.commit();
  });
  EXPECT_THAT(error, HasSubstr("/dev/full"));
  EXPECT_THAT(error, HasSubstr("No space left on device"));
}

} // namespace
} // namespace fusesim::report
