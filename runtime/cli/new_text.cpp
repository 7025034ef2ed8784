#include "cli/new_text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace gofuture::cli {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// As the SDK names a class that says no name of its own.
std::string snake(const std::string& class_name) {
  std::string out;
  for (const char c : class_name) {
    if (is_upper(c) && !out.empty()) out += '_';
    out += lower(c);
  }
  return out;
}

// A text with "@word@" in it, and what stands for the words.
std::string filled(std::string text, const std::map<std::string, std::string>& words) {
  for (const auto& [word, value] : words) {
    const std::string place = "@" + word + "@";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + value.size())) text.replace(at, place.size(), value);
  }
  return text;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& one : words) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::string named(const std::vector<UsedEvent>& events) {
  std::vector<std::string> names;
  for (const UsedEvent& one : events) names.push_back(one.type->name);
  return listed(names);
}

std::string scoped(const UsedEvent& event) { return event.scope + "::" + event.content.name(); }

std::string flow(const FunctionDraft& draft) { return named(draft.on) + (draft.emit.empty() ? "" : " → " + named(draft.emit)); }

bool by_subject(const std::vector<const UsedEvent*>& events) {
  return std::all_of(events.begin(), events.end(), [](const UsedEvent* one) { return !one->type->subject.empty(); });
}

std::vector<const UsedEvent*> of_topic(const std::vector<UsedEvent>& events, const std::string& topic) {
  std::vector<const UsedEvent*> found;
  for (const UsedEvent& one : events)
    if (one.type->topic == topic) found.push_back(&one);
  return found;
}

// What the key of the first event is called: "/order_id" -> "order_id".
std::string key_name(const FunctionDraft& draft) {
  const UsedEvent& first = draft.on.front();
  const std::string pointer = by_subject(of_topic(draft.on, first.type->topic)) ? first.type->subject : first.type->key;
  return pointer.empty() ? "key" : pointer.substr(pointer.rfind('/') + 1);
}

std::string example_key(const FunctionDraft& draft) {
  const boost::json::object example = draft.on.front().content.example();
  const boost::json::value* found = example.if_contains(key_name(draft));
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "key-1";
}

// The parameter's name, or nothing where the handler would not read it.
std::string parameter(const FunctionDraft& draft, const UsedEvent& event) {
  std::string name = first_word(event.type->name);
  if (is_keyword(name) || name == "state" || name == "key" || name == "event" || name == "emit") name = "told";
  for (const UsedEvent& emitted : draft.emit)
    if (emitted.content.initializer(0, &event.content, name) != emitted.content.initializer(0)) return name;
  return "";
}

}  // namespace

std::string first_word(const std::string& type) {
  std::string word(1, lower(type.front()));
  for (std::size_t i = 1; i < type.size() && !is_upper(type[i]) && type[i] != '_'; ++i) word += type[i];
  return word;
}

std::string FunctionDraft::class_name() const {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') upper = true;
    else out += std::exchange(upper, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out.empty() || (out.front() >= '0' && out.front() <= '9') ? "Function" + out : out;
}

std::string FunctionDraft::function() const {
  std::set<std::string> headers{"<gofuture/function.hpp>"};
  bool own = false;
  for (const auto* events : {&on, &emit})
    for (const UsedEvent& one : *events) {
      own |= one.header == kOwnHeader;
      if (one.header != kOwnHeader) headers.insert("<" + one.header + ">");
    }
  std::string includes = own ? "#include \"events.hpp\"\n\n" : "", constants, handlers;
  for (const std::string& header : headers) includes += "#include " + header + "\n";

  std::vector<std::string> emitted;
  for (const UsedEvent& one : emit) emitted.push_back(scoped(one));
  if (snake(class_name()) != name) constants += "  static constexpr std::string_view kName = \"" + name + "\";\n";
  if (!emit.empty()) constants += "  using Emits = gofuture::Events<" + listed(emitted) + ">;\n";
  if (!constants.empty()) constants += "\n";

  for (const UsedEvent& one : on) {
    const std::string told = parameter(*this, one);
    std::string emits;
    for (const UsedEvent& made : emit) emits += "    emit(" + scoped(made) + made.content.initializer(4, &one.content, told) + ");\n";
    handlers += filled(R"(  Outcome on(const @event@&@told@) {
    state().events += 1;
    log_info("@type@", "@key@", key(), "events", state().events);
@emits@    return ok();
  }
)", {{"event", scoped(one)}, {"told", told.empty() ? "" : " " + told}, {"type", one.type->name}, {"key", key_name(*this)}, {"emits", emits}});
  }
  return filled(R"(// @flow@. Say here in a sentence what it is for.
@includes@
struct @class@State {  // kept per @key@
  std::int64_t events = 0;
};
BOOST_DESCRIBE_STRUCT(@class@State, (), (events))

class @class@ : public gofuture::Function<@class@State> {
 public:
@constants@@handlers@};
GOFUTURE_FUNCTION(@class@)
)", {{"flow", flow(*this)}, {"includes", includes}, {"class", class_name()}, {"key", key_name(*this)}, {"constants", constants},
     {"handlers", handlers}});
}

std::string FunctionDraft::test() const {
  std::vector<std::string> emitted;
  for (const UsedEvent& one : emit) emitted.push_back("Event<" + scoped(one) + ">()");
  std::string tests;
  for (const UsedEvent& one : on) {
    tests += filled(R"(
TEST(@class@Test, @type@IsCounted) {
  Harness<@class@> one{"@key@"};
  EXPECT_THAT(one.on(@event@@example@), IsOk());
  EXPECT_EQ(one.state().events, 1);
  EXPECT_THAT(one.emitted(), ElementsAre(@emitted@));
}
)", {{"class", class_name()}, {"type", one.type->name}, {"key", example_key(*this)}, {"event", scoped(one)},
     {"example", one.content.initializer(2)}, {"emitted", listed(emitted)}});
  }
  return R"(#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
)" + tests + "}  // namespace\n";
}

std::string FunctionDraft::own_events() const {
  std::string structs;
  std::vector<std::string> names;
  std::set<std::string> written;
  for (const auto* events : {&on, &emit}) {
    for (const UsedEvent& one : *events) {
      if (one.header != kOwnHeader || !written.insert(one.type->name).second) continue;
      structs += one.content.text() + "\n";
      names.push_back(one.content.name());
    }
  }
  if (structs.empty()) return "";
  return filled(R"(// The events of @name@, made from their schemas by `gofuture new`; from now on this file is yours. Members that a schema does
// not require are std::optional.
#pragma once

#include <gofuture/event.hpp>
#include <gofuture/json.hpp>

namespace events {

@structs@using Events = gofuture::Events<@names@>;

}  // namespace events
GOFUTURE_EVENTS(events::Events)
)", {{"name", name}, {"structs", structs}, {"names", listed(names)}});
}

std::string FunctionDraft::manifest() const {
  std::string subscriptions, emissions = emit.empty() ? "" : "\n[emits]\n";
  std::set<std::string> topics;
  for (const UsedEvent& one : on) {
    if (!topics.insert(one.type->topic).second) continue;
    const auto events = of_topic(on, one.type->topic);
    std::vector<std::string> types;
    for (const UsedEvent* event : events) types.push_back("\"" + event->type->name + "\"");
    const bool subject = by_subject(events);
    const std::string pointer = subject ? one.type->subject : one.type->key;
    subscriptions += filled(R"(
[[subscribe]]
topic     = "@topic@"
types     = [@types@]
state_key = @from@# @member@
)", {{"topic", one.type->topic}, {"types", listed(types)}, {"from", subject ? "\"subject\"                 " : "\"key\"                     "},
     {"member", pointer.substr(1)}});
  }
  for (const UsedEvent& one : emit) emissions += one.type->name + " = \"" + one.type->topic + "\"\n";
  return filled(R"([function]
name        = "@name@"
description = "@flow@."
@subscriptions@@emissions@)", {{"name", name}, {"flow", flow(*this)}, {"subscriptions", subscriptions}, {"emissions", emissions}});
}

std::string FunctionDraft::readme(const std::string& folder) const {
  std::string commands;
  for (const UsedEvent& one : on)
    commands += "gofuture invoke " + name + " --event " + folder + "/" + one.type->name + ".json" +
                (on.size() > 1 ? " --type " + one.type->name : "") + "\n";
  return filled(R"(# @name@

@flow@. Say here in a sentence what it is for.

- State per @key@: how many events there were.

```sh
@commands@```
)", {{"name", name}, {"flow", flow(*this)}, {"key", key_name(*this)}, {"commands", commands}});
}

FirstCatalogue first_catalogue(const std::vector<std::string>& on, const std::vector<std::string>& emit) {
  const std::string word = first_word(on.front());
  const std::map<std::string, std::string> words{{"word", word}, {"topic", word + ".events"}, {"id", word + "_id"}};
  FirstCatalogue made;
  made.topics = filled(R"(# Where events travel. The record key decides the partition: events of one @word@ stay in order.

[[topic]]
name       = "@topic@"
key        = "@id@"
partitions = 12
retention  = "7d"
)", words);
  made.events = "# Every event type: its topic, the JSON Schema of its data, and which members are the record key and the subject.\n";
  std::set<std::string> written;
  for (const auto* types : {&on, &emit}) {
    for (const std::string& type : *types) {
      if (!written.insert(type).second) continue;
      EventType& event = made.catalogue.events.emplace_back();
      event.name = type;
      event.topic = words.at("topic");
      event.key = event.subject = "/" + words.at("id");
      event.schema_file = "schemas/" + type + ".json";
      event.schema = filled(filled(R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "@type@",
  "description": "Say here what has happened.",
  "type": "object",
  "required": ["@id@"],
  "properties": {
    "@id@": {"type": "string", "minLength": 1, "maxLength": 128, "description": "Which @word@."}
  },
  "examples": [
    {"@id@": "@word@-1"}
  ]
}
)", words), {{"type", type}});
      made.events += filled(filled(R"(
[[event]]
type    = "@type@"
topic   = "@topic@"
schema  = "schemas/@type@.json"
key     = "/@id@"
subject = "/@id@"
)", words), {{"type", type}});
      if (types == &emit) made.events += "final   = true                        # until a function handles it\n";
      else if (std::find(emit.begin(), emit.end(), type) == emit.end())
        made.events += "source  = \"outside\"                   # who sends it, until a function emits it\n";
    }
  }
  return made;
}

std::string project_text(const std::string& name) {
  return filled(R"(cmake_minimum_required(VERSION 3.25)
project(@name@ LANGUAGES CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
enable_testing()
find_package(GoFuture REQUIRED)

file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true functions/*)
foreach(folder IN LISTS folders)
  if(EXISTS ${folder}/CMakeLists.txt)
    add_subdirectory(${folder})
  endif()
endforeach()
)", {{"name", name}});
}

std::string settings_text() {
  return R"(# Settings of `gofuture` when it is started in this folder; GOFUTURE_* of the environment counts more.
[runtime]
functions = "build/functions"
)";
}

}  // namespace gofuture::cli
