#include "cli/mistakes.hpp"

#include <CLI/CLI.hpp>

#include "cli/function_text.hpp"
#include "manifest/nearest.hpp"

namespace gofuture::cli {
namespace {

std::string line_of(const CLI::App& at) {
  return at.get_parent() == nullptr ? at.get_name() : line_of(*at.get_parent()) + " " + at.get_name();
}

std::vector<std::string> options_of(const CLI::App& at) {
  std::vector<std::string> names;
  for (const CLI::App* app = &at; app != nullptr; app = app->get_parent())
    for (const CLI::Option* option : app->get_options({}))
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string with_nearest(const std::string& sentence, std::string_view word, const std::vector<std::string>& names) {
  return sentence + did_you_mean(word, {names.begin(), names.end()});
}

}  // namespace

std::string unknown_word(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  const auto words = app.remaining(true);
  if (words.empty()) return {};
  const std::string& word = words.front();
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    return with_nearest("`" + line_of(*at) + "` has no option \"" + name + "\"", name, options_of(*at));
  }
  if (at->get_require_subcommand_min() == 0) return {};
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands({})) names.push_back(command->get_name());
  return with_nearest("there is no command \"" + word + "\"", word, names);
}

Error unknown_name(std::string_view kind, std::string_view name, std::string_view where, const std::vector<std::string>& names) {
  const std::string sentence = "there is no " + std::string(kind) + " \"" + std::string(name) + "\" in " + std::string(where);
  if (const std::string near = did_you_mean(name, {names.begin(), names.end()}); !near.empty()) return Error(sentence + near);
  return Error(sentence + "; " + (names.empty() ? "there is none" : "there are " + abridged(names, 12)));
}

}  // namespace gofuture::cli
