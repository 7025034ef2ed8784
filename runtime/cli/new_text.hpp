// The texts that `gofuture new` writes: what a first function, its test, its manifest and its project look like.
#pragma once

#include <string>
#include <vector>

#include "cli/event_struct.hpp"
#include "manifest/manifest.hpp"

namespace gofuture::cli {

// An event type of the new function, and where its struct is.
struct UsedEvent {
  const EventType* type = nullptr;
  EventStruct content;
  std::string header;  // as it is included: "events.hpp" is the function's own
  std::string scope;   // its namespace
};

struct FunctionDraft {
  std::string name;
  std::vector<UsedEvent> on, emit;

  std::string class_name() const;  // "hello_world" -> "HelloWorld"
  std::string function() const;
  std::string test() const;
  std::string own_events() const;  // empty: all its structs are shared ones
  std::string manifest() const;
  std::string readme(const std::string& folder) const;
};

inline constexpr const char* kOwnHeader = "events.hpp";
inline constexpr const char* kOwnScope = "events";

// A project and a catalogue for a folder that has none. The types travel on one topic, named after the first one.
struct FirstCatalogue {
  Catalogue catalogue;
  std::string topics, events;  // its files
};
FirstCatalogue first_catalogue(const std::vector<std::string>& on, const std::vector<std::string>& emit);
std::string project_text(const std::string& name);
std::string settings_text();
std::string first_word(const std::string& type);  // "OrderPlaced" -> "order"

}  // namespace gofuture::cli
