// Reads and checks TOML: the catalogue, the function manifests, the process settings. Nothing throws; nothing stops at the
// first mistake: a Diagnosis holds every mistake of every file (up to 200), each with file:line:column, the line itself with the place
// underlined, what is wrong, and the nearest right thing.
//
//   Diagnosis diagnosis;
//   Manifests manifests = load_manifests("manifests", diagnosis);
//   if (!diagnosis.empty()) { std::cerr << diagnosis.text(); return 2; }
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

struct Mistake {
  std::string file;
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  int width = 1;             // how many characters to underline
  std::string what;          // "unknown event type "X" on payments.status; did you mean "Y"?"
  std::string source_line;
};

class Diagnosis {
 public:
  // Nobody mends more at a time, and each may carry a line of 64 KiB; the others are only counted.
  static constexpr std::size_t kMistakesMax = 200;

  void add(Mistake mistake) {
    if (full()) ++left_out_;
    else mistakes_.push_back(std::move(mistake));
  }
  bool empty() const { return mistakes_.empty(); }
  bool full() const { return mistakes_.size() >= kMistakesMax; }
  std::size_t count() const { return mistakes_.size() + left_out_; }
  const std::vector<Mistake>& mistakes() const { return mistakes_; }
  // As a compiler prints it: file:line:column: error: what, the line, the underline; sorted by place.
  std::string text() const;

 private:
  std::vector<Mistake> mistakes_;
  std::size_t left_out_ = 0;
};

struct Manifests {
  Catalogue catalogue;
  std::vector<FunctionManifest> functions;
};

// Every *.toml directly in `folder`: topics.toml and events.toml are the catalogue, each other file one function.
Manifests load_manifests(const std::string& folder, Diagnosis& diagnosis);
// One function from text, for tests and tools; `file` is only for messages.
FunctionManifest parse_function(std::string_view text, const std::string& file, const Catalogue& catalogue,
                                Diagnosis& diagnosis);
// Defaults, then the file (empty: none), then GOFUTURE_* from the environment.
Settings load_settings(const std::string& file, Diagnosis& diagnosis);

}  // namespace gofuture
