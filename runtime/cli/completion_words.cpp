#include "cli/completion_words.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace gofuture::cli {
namespace {

// Where the line stands: the command that was reached, how many of its arguments are there, an option that still wants its value.
struct Standing {
  const CLI::App* app;
  std::size_t arguments = 0;
  const CLI::Option* option = nullptr;
};

const CLI::Option* option_called(const CLI::App* app, const std::string& word) {
  for (; app != nullptr; app = app->get_parent())
    for (const CLI::Option* option : app->get_options({}))
      if (!option->get_positional() && option->check_name(word)) return option;
  return nullptr;
}

// Behind the name a checked option tells what is allowed.
std::string kind_of(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

const CLI::App* command_called(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->get_name() == word) return command;
  return nullptr;
}

Standing standing_after(const CLI::App& app, const std::vector<std::string>& words) {
  Standing at{&app};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (at.option != nullptr) {
      at.option = nullptr;
    } else if (words[i].starts_with("-")) {
      const CLI::Option* option = option_called(at.app, words[i]);
      if (option != nullptr && takes_value(*option)) at.option = option;
    } else if (const CLI::App* command = command_called(*at.app, words[i])) {
      at = {command};
    } else {
      ++at.arguments;
    }
  }
  return at;
}

// The argument that stands at this place; the last one may take more than one word.
const CLI::Option* argument_at(const CLI::App& app, std::size_t place) {
  std::vector<const CLI::Option*> arguments;
  for (const CLI::Option* option : app.get_options({}))
    if (option->get_positional()) arguments.push_back(option);
  if (arguments.empty()) return nullptr;
  if (place < arguments.size()) return arguments[place];
  return arguments.back()->get_items_expected_max() > 1 ? arguments.back() : nullptr;
}

}  // namespace

std::vector<std::string> completion_words(const CLI::App& app, const std::vector<std::string>& words, const NamesOf& names) {
  const std::string typed = words.empty() ? "" : words.back();
  const Standing at = standing_after(app, words);
  std::vector<std::string> all;
  if (at.option != nullptr) {
    all = names(kind_of(*at.option));
  } else if (typed.starts_with("-")) {
    for (const CLI::App* one = at.app; one != nullptr; one = one->get_parent())
      for (const CLI::Option* option : one->get_options({}))
        for (const std::string& name : option->get_lnames()) all.push_back("--" + name);
  } else {
    for (const CLI::App* command : at.app->get_subcommands({}))
      if (!command->get_name().empty()) all.push_back(command->get_name());
    if (const CLI::Option* argument = argument_at(*at.app, at.arguments))
      for (std::string& name : names(kind_of(*argument))) all.push_back(std::move(name));
  }
  std::erase_if(all, [&](const std::string& word) { return !word.starts_with(typed); });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace gofuture::cli
