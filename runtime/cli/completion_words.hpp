// What may stand next on a line: the commands and options that the CLI11 app itself declares, and for values the names of the manifests'
// functions, types and topics. An option or argument says what its value is by its type_name: FUNCTION, TYPE, TOPIC, NAME (any of
// them), FILE.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gofuture::cli {

// The names of one kind ("FUNCTION"), asked for only when they are needed.
using NamesOf = std::function<std::vector<std::string>(const std::string& kind)>;

// `words`: the line behind "gofuture"; the last one is being typed and may be empty. Nothing: the shell's own file names.
std::vector<std::string> completion_words(const CLI::App& app, const std::vector<std::string>& words, const NamesOf& names);

}  // namespace gofuture::cli
