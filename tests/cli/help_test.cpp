#include "subprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fusesim::test {
namespace {

using testing::HasSubstr;

struct CommandHelp {
  std::string command;
  std::vector<std::string> mentions;
};

// Test names show this.
void PrintTo(const CommandHelp &help, std::ostream *out) { *out << help.command; }

class HelpTest : public testing::TestWithParam<CommandHelp> {};

TEST_P(HelpTest, NamesEveryOptionAndShowsExamples) {
  const Outcome outcome = run({GetParam().command, "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.err, "");
  for (const std::string &option : GetParam().mentions)
    EXPECT_THAT(outcome.out, HasSubstr(option));
  EXPECT_THAT(outcome.out, HasSubstr("--format table|csv|json"));
  EXPECT_THAT(outcome.out, HasSubstr("-o,--output FILE"));
  EXPECT_THAT(outcome.out, HasSubstr("Examples:\n  fusesim " + GetParam().command));
}

const std::vector<std::string> kModelOptions{"MODEL",        "--input",           "--batch",
                                             "--image-size", "--sequence-length", "--dtype"};

std::vector<std::string> with_model_options(std::vector<std::string> own) {
  own.insert(own.end(), kModelOptions.begin(), kModelOptions.end());
  return own;
}

TEST(Help, SaysWhatAModelMayBe) {
  for (const auto *command : {"inspect", "partition", "simulate", "compare"}) {
    const std::string help = run({command, "--help"}).out;
    EXPECT_THAT(help, testing::ContainsRegex("exported torch.fx graphs? \\(.json, .json.gz\\)"))
        << command;
    EXPECT_THAT(help, HasSubstr("TorchScript file")) << command;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, HelpTest,
    testing::Values(
        CommandHelp{"models", {}}, CommandHelp{"targets", {"NAME", "--keys"}},
        CommandHelp{"inspect", with_model_options({})},
        CommandHelp{"partition",
                    with_model_options({"--strategy", "--vocabulary", "--accounting", "--compare",
                                        "--visualize", "--balance", "--quantify", "--decisions",
                                        "--why OP_A OP_B", "--dot FILE", "--ascii"})},
        CommandHelp{"simulate", with_model_options({"--target", "--runtime", "--strategy",
                                                    "--trace FILE", "--report FILE.html",
                                                    "--subgraphs", "--exact", "--channels-last",
                                                    "--no-tf32", "Without --dtype: f32 on GPUs"})},
        CommandHelp{"compare", with_model_options({"--target", "--runtime", "--strategy",
                                                   "--report", "Without --dtype: f32 on GPUs"})},
        CommandHelp{"claims",
                    {"FILE.yaml", "--id PATTERN", "--list", "--names", "--details", "--fail-on",
                     "--measured FILE.csv", "markdown", "expected: holds only if", "Exit codes"}},
        CommandHelp{"validate",
                    {"FILE.csv", "--by", "--worst N", "--report", "predicted / measured - 1"}},
        CommandHelp{"calibrate",
                    {"FILE.csv", "--only NAME", "--evaluations N", "--leave-one-out"}}),
    [](const auto &info) { return info.param.command; });

TEST(Help, OfTheProgramListsTheCommands) {
  const Outcome outcome = run({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const auto *command : {"models", "targets", "inspect", "partition", "simulate", "compare",
                              "validate", "calibrate", "claims", "Exit codes"})
    EXPECT_THAT(outcome.out, HasSubstr(command));
}

TEST(Help, VersionIsOneLine) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("fusesim [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

// Every example of every help text is a command line that fusesim accepts: it never ends in a usage error.
TEST(Help, ExamplesAreValidCommandLines) {
  std::size_t examples = 0;
  for (const auto *command : {"models", "targets", "inspect", "partition", "simulate", "compare",
                              "validate", "calibrate", "claims"}) {
    const std::string help = run({command, "--help"}).out;
    for (std::size_t at = help.find("\n  fusesim "); at != std::string::npos;
         at = help.find("\n  fusesim ", at + 1)) {
      const std::string line = help.substr(at + 11, help.find('\n', at + 1) - at - 11);
      std::vector<std::string> arguments{{}};
      for (const char c : line.substr(0, line.find(" && ")))
        if (c == ' ')
          arguments.emplace_back();
        else
          arguments.back() += c;
      TemporaryFolder folder;
      for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
        if (arguments[i] == "-o" || arguments[i] == "--dot" || arguments[i] == "--trace" ||
            arguments[i] == "--report")
          arguments[i + 1] = folder.path(arguments[i + 1]);
      const Outcome outcome = run(arguments);
      const bool own_file =
          line.find("my_") != std::string::npos ||
          line.find("data/measured") != std::string::npos; // examples of files that are not here
      EXPECT_EQ(outcome.exit_code, own_file ? 1 : 0) << line << "\n" << outcome.err;
      ++examples;
    }
  }
  EXPECT_GE(examples, 28u);
}

} // namespace
} // namespace fusesim::test
