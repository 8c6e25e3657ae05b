#include "expect.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>

#include <sys/stat.h>
#include <unistd.h>

namespace fusesim::test {
namespace {

TEST(Output, GoesToTheFileInsteadOfStdout) {
  const TemporaryFolder folder;
  const Outcome outcome = run({"models", "--format", "json", "-o", folder.path("models.json")});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(read_file(folder.path("models.json")), run({"models", "--format", "json"}).out);
  EXPECT_THAT(folder.files(), testing::ElementsAre("models.json"));
}

TEST(Output, RefusesAFolderThatIsNotThere) {
  const TemporaryFolder folder;
  const std::string file = folder.path("nowhere/out.txt");
  expect_refusal({"models", "-o", file}, kWrongInput, {file, "No such file or directory"});
}

TEST(Output, RefusesAFileThatMayNotBeWritten) {
  if (::geteuid() == 0)
    GTEST_SKIP() << "root may write everything";
  const TemporaryFolder folder;
  const std::string file = folder.write("out.txt", "old");
  ::chmod(file.c_str(), 0444);
  expect_refusal({"models", "-o", file}, kWrongInput, {file, "Permission denied"});
  EXPECT_EQ(read_file(file), "old");
}

TEST(Output, ReportsAFullDisk) {
  expect_refusal({"models", "-o", "/dev/full"}, kWrongInput, {"/dev/full", "No space left"});
  expect_refusal({"models"}, kWrongInput, {"stdout", "No space left"},
                 {.stdout_file = "/dev/full"});
  expect_refusal({"simulate", "resnet18", "--target", "t4", "--trace", "/dev/full"}, kWrongInput,
                 {"/dev/full", "No space left"});
}

TEST(Output, LeavesTheOldFileWhenTheInputIsWrong) {
  const TemporaryFolder folder;
  const std::string file = folder.write("out.txt", "old");
  expect_refusal({"simulate", "resnet51", "--target", "t4", "-o", file}, kWrongInput, {});
  EXPECT_EQ(read_file(file), "old");
}

TEST(Output, IsSilentWhenTheReaderLeft) {
  const Outcome outcome =
      run({"inspect", "vit_l_16", "--format", "json"}, {.close_stdout_reader = true});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.exit_code, 128 + SIGPIPE);
}

TEST(Output, HasNoColoursInAPipe) {
  EXPECT_EQ(run({"simulate", "resnet18", "--target", "t4"}).out.find('\x1b'), std::string::npos);
}

TEST(Output, StaysOffStderrWhenAllIsWell) {
  for (const std::vector<std::string> &arguments : {std::vector<std::string>{"models"},
                                                    {"targets"},
                                                    {"inspect", "resnet18"},
                                                    {"partition", "resnet18"},
                                                    {"simulate", "resnet18", "--target", "t4"},
                                                    {"compare", "resnet18", "--target", "t4"}})
    EXPECT_EQ(run(arguments).err, "") << arguments[0];
}

TEST(Output, WritesATraceThatParsesBack) {
  const TemporaryFolder folder;
  const Outcome outcome = run({"simulate", "resnet18", "--target", "t4", "--trace",
                               folder.path("trace.json"), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto result = nlohmann::json::parse(outcome.out);
  const auto trace = nlohmann::json::parse(read_file(folder.path("trace.json")));
  EXPECT_EQ(trace["otherData"]["model"], "resnet18");
  std::size_t kernels = 0;
  double end = 0, last = 0;
  std::map<int, std::string> processes;
  for (const auto &event : trace["traceEvents"]) {
    if (event["name"] == "process_name")
      processes[event["pid"]] = event["args"]["name"];
    if (event["ph"] == "M")
      continue;
    EXPECT_GE(event["ts"].get<double>(), last);
    last = event["ts"];
    if (event["ph"] == "X") {
      kernels += processes[event["pid"]] == "streams" ? 1 : 0;
      end = std::max(end, last + event["dur"].get<double>());
    }
  }
  EXPECT_EQ(kernels, result["launches"].get<std::size_t>());
  EXPECT_LE(end, result["latency_us"].get<double>() + 1e-6);
  EXPECT_EQ(processes.size(), 5u); // host, latency, streams, links, SMs
}

TEST(Output, WritesAGraphForGraphviz) {
  const TemporaryFolder folder;
  ASSERT_EQ(run({"partition", "resnet18", "--dot", folder.path("r.dot")}).exit_code, 0);
  const std::string dot = read_file(folder.path("r.dot"));
  EXPECT_THAT(dot, testing::StartsWith("digraph \"resnet18\" {"));
  EXPECT_THAT(dot, testing::HasSubstr("layer1.0.conv1"));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '{'), std::count(dot.begin(), dot.end(), '}'));
}

} // namespace
} // namespace fusesim::test
