// Report: one file's way into the Diagnosis: turns a place into a Mistake with the line of the file that it is about.
// Internal to runtime/manifest.
#pragma once

#include <string>
#include <string_view>

#include "manifest/load.hpp"

namespace gofuture {

class Report {
 public:
  Report(std::string file, std::string_view text, Diagnosis& diagnosis)
      : file_(std::move(file)), text_(text), diagnosis_(diagnosis) {}

  void add(const Place& place, std::string what) const;
  // The same without the line: where values may be secrets, a misspelled key is enough to make one show.
  void add_hidden(const Place& place, std::string what) const { add(place, std::move(what), true); }
  // The file is not TOML at this place: `what` may quote it, so it is said only where no secret can be near.
  void add_syntax(const Place& place, std::string what) const;
  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }

 private:
  void add(const Place& place, std::string what, bool hidden) const;
  std::string file_;
  std::string_view text_;
  Diagnosis& diagnosis_;
};

// Whether a text may hold a secret and must not be shown: it speaks of passwords, tokens, keys or connection strings.
bool may_hold_secret(std::string_view text);

}  // namespace gofuture
