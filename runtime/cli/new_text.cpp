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

std::string named(const std::vector<UsedEvent>& events, const char* between = ", ") {
  std::string out;
  for (const UsedEvent& one : events) out += (out.empty() ? "" : between) + one.type->name;
  return out;
}

std::string scoped(const UsedEvent& event) { return event.scope + "::" + event.content.name(); }

std::string flow(const Draft& draft) { return named(draft.on) + (draft.emit.empty() ? "" : " → " + named(draft.emit)); }

std::string include_of(const std::string& header) { return header == kOwnHeader ? "\"events.hpp\"" : "<" + header + ">"; }

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
std::string key_name(const Draft& draft) {
  const UsedEvent& first = draft.on.front();
  const std::string pointer = by_subject(of_topic(draft.on, first.type->topic)) ? first.type->subject : first.type->key;
  return pointer.empty() ? "key" : pointer.substr(pointer.rfind('/') + 1);
}

std::string example_key(const Draft& draft) {
  const boost::json::object example = draft.on.front().content.example();
  const boost::json::value* found = example.if_contains(key_name(draft));
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : "key-1";
}

// The parameter's name, or nothing where the handler would not read it.
std::string parameter(const Draft& draft, const UsedEvent& event) {
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

std::string Draft::class_name() const {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') upper = true;
    else out += std::exchange(upper, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out.empty() || (out.front() >= '0' && out.front() <= '9') ? "Function" + out : out;
}

std::string Draft::function() const {
  const std::string type = class_name(), kept = type + "State";
  std::set<std::string> headers;
  for (const auto* events : {&on, &emit})
    for (const UsedEvent& one : *events) headers.insert(include_of(one.header));
  std::string out = "// " + flow(*this) + ". Say here in a sentence what it is for.\n";
  if (headers.contains("\"events.hpp\"")) out += "#include \"events.hpp\"\n\n";
  out += "#include <gofuture/function.hpp>\n";
  for (const std::string& header : headers)
    if (header.front() == '<') out += "#include " + header + "\n";
  out += "\nstruct " + kept + " {  // kept per " + key_name(*this) + "\n  std::int64_t events = 0;\n};\nBOOST_DESCRIBE_STRUCT(" + kept + ", (), (events))\n\n";
  out += "class " + type + " : public gofuture::Function<" + kept + "> {\n public:\n";
  if (snake(type) != name) out += "  static constexpr std::string_view kName = \"" + name + "\";\n";
  std::string emitted;
  for (const UsedEvent& one : emit) emitted += (emitted.empty() ? "" : ", ") + scoped(one);
  if (!emitted.empty()) out += "  using Emits = gofuture::Events<" + emitted + ">;\n";
  if (out.back() == '\n' && !out.ends_with("public:\n")) out += "\n";
  for (const UsedEvent& one : on) {
    const std::string told = parameter(*this, one);
    out += "  Outcome on(const " + scoped(one) + "&" + (told.empty() ? "" : " " + told) + ") {\n";
    out += "    state().events += 1;\n    log_info(\"" + one.type->name + "\", \"" + key_name(*this) + "\", key(), \"events\", state().events);\n";
    for (const UsedEvent& made : emit) out += "    emit(" + scoped(made) + made.content.initializer(4, &one.content, told) + ");\n";
    out += "    return ok();\n  }\n";
  }
  return out + "};\nGOFUTURE_FUNCTION(" + type + ")\n";
}

std::string Draft::test() const {
  std::string out = "#include \"function.cpp\"\n\n#include <gofuture/testing.hpp>\n\nnamespace {\nusing namespace gofuture;\nusing ::testing::ElementsAre;\nusing ::testing::IsEmpty;\n";
  for (const UsedEvent& one : on) {
    out += "\nTEST(" + class_name() + "Test, " + one.type->name + "IsCounted) {\n";
    out += "  Harness<" + class_name() + "> one{\"" + example_key(*this) + "\"};\n";
    out += "  EXPECT_THAT(one.on(" + scoped(one) + one.content.initializer(2) + "), IsOk());\n  EXPECT_EQ(one.state().events, 1);\n";
    std::string emitted;
    for (const UsedEvent& made : emit) emitted += (emitted.empty() ? "" : ", ") + std::string("Event<") + scoped(made) + ">()";
    out += "  EXPECT_THAT(one.emitted(), " + (emitted.empty() ? "IsEmpty()" : "ElementsAre(" + emitted + ")") + ");\n}\n";
  }
  return out + "}  // namespace\n";
}

std::string Draft::own_events() const {
  std::string structs, names;
  std::set<std::string> written;
  for (const auto* events : {&on, &emit}) {
    for (const UsedEvent& one : *events) {
      if (one.header != kOwnHeader || !written.insert(one.type->name).second) continue;
      structs += one.content.text() + "\n";
      names += (names.empty() ? "" : ", ") + one.content.name();
    }
  }
  if (structs.empty()) return "";
  return "// The events of " + name + ", made from their schemas by `gofuture new`; from now on this file is yours. Members that a schema does\n"
         "// not require are std::optional.\n#pragma once\n\n#include <gofuture/event.hpp>\n#include <gofuture/json.hpp>\n\n"
         "namespace events {\n\n" + structs + "using Events = gofuture::Events<" + names + ">;\n\n}  // namespace events\nGOFUTURE_EVENTS(events::Events)\n";
}

std::string Draft::manifest() const {
  std::string out = "[function]\nname        = \"" + name + "\"\ndescription = \"" + flow(*this) + ".\"\n";
  std::set<std::string> topics;
  for (const UsedEvent& one : on) {
    if (!topics.insert(one.type->topic).second) continue;
    const auto events = of_topic(on, one.type->topic);
    std::string types;
    for (const UsedEvent* event : events) types += (types.empty() ? "" : ", ") + std::string("\"") + event->type->name + "\"";
    const bool subject = by_subject(events);
    const std::string pointer = subject ? one.type->subject : one.type->key;
    out += "\n[[subscribe]]\ntopic     = \"" + one.type->topic + "\"\ntypes     = [" + types + "]\nstate_key = \"" + (subject ? "subject" : "key") + "\"" +
           (pointer.empty() ? "" : std::string(subject ? 17 : 21, ' ') + "# " + pointer.substr(1)) + "\n";
  }
  if (!emit.empty()) out += "\n[emits]\n";
  for (const UsedEvent& one : emit) out += one.type->name + " = \"" + one.type->topic + "\"\n";
  return out;
}

std::string Draft::readme(const std::string& folder) const {
  std::string out = "# " + name + "\n\n" + flow(*this) + ". Say here in a sentence what it is for.\n\n- State per " + key_name(*this) +
                    ": how many events there were.\n\n```sh\n";
  for (const UsedEvent& one : on)
    out += "gofuture invoke " + name + " --event " + folder + "/" + one.type->name + ".json" + (on.size() > 1 ? " --type " + one.type->name : "") + "\n";
  return out + "```\n";
}

FirstCatalogue first_catalogue(const std::vector<std::string>& on, const std::vector<std::string>& emit) {
  const std::string word = first_word(on.front()), topic = word + ".events", id = word + "_id";
  FirstCatalogue made;
  made.topics = "# Where events travel. The record key decides the partition: events of one " + word + " stay in order.\n\n[[topic]]\nname       = \"" + topic +
                "\"\nkey        = \"" + id + "\"\npartitions = 12\nretention  = \"7d\"\n";
  made.events = "# Every event type: its topic, the JSON Schema of its data, and which members are the record key and the subject.\n";
  std::set<std::string> written;
  for (const auto* types : {&on, &emit}) {
    for (const std::string& type : *types) {
      if (!written.insert(type).second) continue;
      const bool final = types == &emit && std::find(on.begin(), on.end(), type) == on.end();
      made.events += "\n[[event]]\ntype    = \"" + type + "\"\ntopic   = \"" + topic + "\"\nschema  = \"schemas/" + type + ".json\"\nkey     = \"/" + id +
                     "\"\nsubject = \"/" + id + "\"\n" + (final ? "final   = true                        # until a function handles it\n" : "");
      EventType& event = made.catalogue.events.emplace_back();
      event.name = type;
      event.topic = topic;
      event.key = event.subject = "/" + id;
      event.schema_file = "schemas/" + type + ".json";
      event.schema = "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"" + type +
                                    "\",\n  \"description\": \"Say here what has happened.\",\n  \"type\": \"object\",\n  \"required\": [\"" + id +
                                    "\"],\n  \"properties\": {\n    \"" + id + "\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 128}\n  }\n}\n";
    }
  }
  return made;
}

std::string project_text(const std::string& name) {
  return "cmake_minimum_required(VERSION 3.25)\nproject(" + name + R"( LANGUAGES CXX)
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
)";
}

std::string settings_text() {
  return "# Settings of `gofuture` when it is started in this folder; GOFUTURE_* of the environment counts more.\n[runtime]\nfunctions = \"build/functions\"\n";
}

}  // namespace gofuture::cli
