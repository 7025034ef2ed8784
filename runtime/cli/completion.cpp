#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/completion_words.hpp"
#include "cli/names.hpp"

namespace gofuture::cli {
namespace {

// Each script asks the binary itself, which knows its commands and reads the manifests that the line speaks of: it never grows old.
// Where nothing fits, the shell completes file names.

const char* kBash = R"sh(# gofuture: eval "$(gofuture completion bash)" in ~/.bashrc
_gofuture() {
  local line=("${COMP_WORDS[@]:1:COMP_CWORD}")
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" completion --words "${line[@]}" 2>/dev/null)
}
complete -o default -F _gofuture gofuture
)sh";

const char* kZsh = R"sh(# gofuture: eval "$(gofuture completion zsh)" in ~/.zshrc, behind compinit
_gofuture() {
  local -a found
  found=("${(@f)$("${words[1]}" completion --words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[*]}" ]]; then compadd -a found; else _files; fi
}
compdef _gofuture gofuture
)sh";

const char* kFish = R"sh(# gofuture: gofuture completion fish > ~/.config/fish/completions/gofuture.fish
function __gofuture_words
  set -l line (commandline -opc) (commandline -ct)
  set -l found ($line[1] completion --words $line[2..] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c gofuture -f -a '(__gofuture_words)'
)sh";

std::vector<std::string> names_of(const std::string& kind, const std::string& settings_file) {
  Diagnosis unsaid;  // a mistake in a manifest is no reason to complete nothing
  const Manifests manifests = load_manifests(settings_of(settings_file, unsaid).manifests, unsaid);
  std::vector<std::string> names;
  const auto add = [&](std::vector<std::string> more) { names.insert(names.end(), more.begin(), more.end()); };
  const bool any = kind == "NAME";
  if (any || kind == "FUNCTION") add(function_names(manifests));
  if (any || kind == "TYPE") add(type_names(manifests.catalogue));
  if (any || kind == "TOPIC") add(topic_names(manifests.catalogue));
  if (any) add(dead_letter_topics(manifests));
  if (kind == "START") names = {"beginning", "end", "-5m"};
  if (kind == "SHELL") names = {"bash", "zsh", "fish"};
  return names;
}

}  // namespace

int print_completion_words(const CLI::App& app, const std::vector<std::string>& words) {
  std::string settings_file;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--settings") settings_file = words[i + 1];
  const auto found = completion_words(app, words, [&](const std::string& kind) { return names_of(kind, settings_file); });
  for (const std::string& word : found) std::cout << word << '\n';
  return kDone;
}

void add_completion(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "completion",
                                  "Print what makes a shell complete commands, options and the names of your functions, types and topics\n\n"
                                  "Examples\n"
                                  "  eval \"$(gofuture completion bash)\"\n"
                                  "  gofuture completion fish > ~/.config/fish/completions/gofuture.fish");
  auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}))->type_name("SHELL");
  on(command, common, [shell] {
    std::cout << (*shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
    return kDone;
  });
}

}  // namespace gofuture::cli
