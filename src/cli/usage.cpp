#include "cli/usage.hpp"

#include "support/nearest.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace fusesim::cli {

namespace {

std::vector<std::string> command_names(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App &command) {
  std::vector<std::string> names;
  for (const CLI::Option *option : command.get_options())
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
  return names;
}

std::string sentence(const std::string &what, const std::string &hint) {
  return hint.empty() ? what : what + "; " + hint;
}

// What CLI11 could not place. It looks for missing options first, but a misspelt one is the better
// news.
std::string unplaced_message(const CLI::App &app, const CLI::App *command) {
  const std::vector<std::string> unplaced = app.remaining(true);
  const auto option = std::find_if(unplaced.begin(), unplaced.end(),
                                   [](const std::string &text) { return text.starts_with('-'); });
  if (option != unplaced.end()) {
    const std::string name = option->substr(0, option->find('='));
    return sentence(fmt::format("unknown option '{}'", name),
                    nearest_names_hint(name, option_names(command != nullptr ? *command : app)));
  }
  if (unplaced.empty())
    return {};
  if (command == nullptr)
    return sentence(fmt::format("unknown command '{}'", unplaced.front()),
                    nearest_names_hint(unplaced.front(), command_names(app)));
  return fmt::format("unexpected argument '{}'", unplaced.front());
}

} // namespace

std::string usage_message(const CLI::App &app, const CLI::Error &error) {
  const CLI::App *command = nullptr;
  std::string path; // "sweep report"
  for (auto chosen = app.get_subcommands(); !chosen.empty(); chosen = command->get_subcommands()) {
    command = chosen.front();
    path += " " + command->get_name();
  }
  std::string message = unplaced_message(app, command);
  if (message.empty() && command == nullptr)
    message = fmt::format("a command is missing: one of {}", fmt::join(command_names(app), ", "));
  if (message.empty())
    message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return fmt::format("{} (see fusesim{} --help)", message, path);
}

} // namespace fusesim::cli
