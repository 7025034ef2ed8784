#include "manifest/choreography.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "manifest/catalogue.hpp"
#include "manifest/files.hpp"
#include "manifest/report.hpp"
#include "manifest/toml.hpp"

namespace gofuture {
namespace {

// The lines of the files, which a mistake shows: read again, since only the manifests were kept.
class Places {
 public:
  explicit Places(Diagnosis& diagnosis) : diagnosis_(diagnosis) {}
  void add(const std::string& file, const Place& place, const std::string& what) {
    auto [text, fresh] = texts_.try_emplace(file);
    if (fresh)
      if (auto read = read_file(file, kFileBytesMax)) text->second = std::move(*read);
    Report(file, text->second, diagnosis_).add(place, what);
  }

 private:
  Diagnosis& diagnosis_;
  std::map<std::string, std::string> texts_;
};

bool has(const std::vector<std::string>& list, const std::string& one) { return std::find(list.begin(), list.end(), one) != list.end(); }

class Choreography {
 public:
  Choreography(const Manifests& manifests, const std::string& folder, Diagnosis& diagnosis)
      : functions_(manifests.functions), events_(manifests.catalogue.events), events_file_(folder + "/events.toml"), places_(diagnosis) {
    for (const EventType& event : events_) types_[event.name] = &event;
    for (const FunctionManifest& function : functions_) {
      for (const auto& [type, at] : function.handled_at) consumed_.insert(type);
      for (const auto& [type, at] : function.emitted_at) emitted_.insert(type);
    }
  }

  void check() {
    for (const FunctionManifest& function : functions_) {
      check_ends(function);
      check_waits(function);
      check_state_key(function);
    }
    check_failures();
    check_loops();
    for (const EventType& event : events_) check_pointers(event);
  }

 private:
  void check_ends(const FunctionManifest& function) {
    for (const auto& [type, at] : function.emitted_at)
      if (!consumed_.contains(type) && !types_.at(type)->final)
        places_.add(function.file, at, type + " is emitted and nobody consumes it; subscribe a function to it, or say final = true in events.toml");
    for (const auto& [type, at] : function.handled_at)
      if (!emitted_.contains(type) && types_.at(type)->source.empty())
        places_.add(function.file, at, type + " is consumed and nobody emits it; if it comes from outside of the functions, say source = \"…\" in events.toml");
  }

  void check_waits(const FunctionManifest& function) {
    for (const auto& [type, at] : function.emitted_at) {
      const auto& answers = types_.at(type)->answers;
      if (answers.empty()) continue;
      const bool awaited = std::any_of(function.waits.begin(), function.waits.end(), [&](const Wait& wait) {
        return std::all_of(answers.begin(), answers.end(), [&](const std::string& answer) { return has(wait.answers, answer); });
      });
      if (!awaited)
        places_.add(function.file, at, type + " is answered by " + joined({answers.begin(), answers.end()}, "or") + ", and " + function.name +
                                           " would wait for ever; add a [[wait]] with these answers and a deadline");
    }
    for (const Wait& wait : function.waits)
      if (!wait.then.empty() && !has(wait.answers, wait.then) && !types_.at(wait.then)->failure)
        places_.add(function.file, wait.at, "at its deadline this wait emits " + wait.then + ", which is neither one of the answers nor a failure; "
                                            "say failure = true in events.toml, or emit another");
  }

  // What a state key means, by the members of the data that it is.
  void check_state_key(const FunctionManifest& function) {
    std::string first, first_type;
    for (const Subscription& subscription : function.subscriptions)
      for (const std::string& type : subscription.types) {
        const EventType& event = *types_.at(type);
        const std::string& key = subscription.key_from == Subscription::KeyFrom::kData      ? subscription.key_pointer
                                 : subscription.key_from == Subscription::KeyFrom::kSubject ? event.subject
                                                                                            : event.key;
        if (subscription.key_from == Subscription::KeyFrom::kData && !schema_has(event, key, false))
          places_.add(function.file, function.handled_at.at(type), "the state key of " + type + " is data:" + key + ", which its schema does not have");
        const std::string member = key.substr(key.rfind('/') + 1);
        if (first_type.empty()) first = member, first_type = type;
        else if (member != first)
          places_.add(function.file, function.handled_at.at(type), "state would be kept by " + member + " for " + type + " and by " + first + " for " +
                                                                      first_type + ": one thing under two keys; change a state_key");
      }
  }

  void check_failures() {
    for (const EventType& done : events_) {
      if (done.undone_by.empty() || !emitted_.contains(done.name)) continue;
      for (const EventType& failure : events_) {
        if (!failure.failure || (!emitted_.contains(failure.name) && failure.source.empty())) continue;
        const bool undone = std::any_of(functions_.begin(), functions_.end(), [&](const FunctionManifest& function) {
          return function.handled_at.contains(failure.name) && function.emits.contains(done.undone_by);
        });
        if (!undone)
          places_.add(events_file_, failure.at, "after " + failure.name + " nobody undoes " + done.name + ": no function takes it and emits " + done.undone_by);
      }
    }
  }

  // What handling this type may lead to.
  static std::vector<std::string> led_to(const FunctionManifest& function, const std::string& type) {
    if (const auto said = function.leads_to.find(type); said != function.leads_to.end()) return said->second;
    std::vector<std::string> all;
    for (const auto& [emitted, topic] : function.emits) all.push_back(emitted);
    return all;
  }

  // Each loop is told once, at its first type by name. A function with a limit of its own ends the loops through it.
  void check_loops() {
    std::map<std::string, std::vector<std::pair<std::string, const FunctionManifest*>>> next;
    for (const FunctionManifest& function : functions_)
      if (!function.hops_said)
        for (const auto& [type, at] : function.handled_at)
          for (const std::string& emitted : led_to(function, type)) next[type].emplace_back(emitted, &function);
    std::set<std::string> done;
    for (const auto& [start, edges] : next) {
      std::vector<std::string> way{start};
      if (const FunctionManifest* last = find_back(start, start, next, done, way)) {
        std::string loop;
        for (const std::string& type : way) loop += type + " → ";
        places_.add(last->file, last->emitted_at.at(start), "a loop without an end: " + loop + start + "; say in [leads_to] what leads to nothing, or set hops in "
                                                            "[function] to how far it may go");
      }
      done.insert(start);
    }
  }

  // The function that closes a loop through `start`, and the way there. Types in `done` are in no loop that was not told.
  template <class Edges>
  static const FunctionManifest* find_back(const std::string& start, const std::string& at, const Edges& next, std::set<std::string> seen, std::vector<std::string>& way) {
    const auto edges = next.find(at);
    if (edges == next.end()) return nullptr;
    for (const auto& [type, function] : edges->second)
      if (type == start) return function;
    seen.insert(at);
    for (const auto& [type, function] : edges->second) {
      if (seen.contains(type)) continue;
      way.push_back(type);
      if (const FunctionManifest* last = find_back(start, type, next, seen, way)) return last;
      way.pop_back();
      seen.insert(type);
    }
    return nullptr;
  }

  void check_pointers(const EventType& event) {
    for (const auto& [name, pointer] : {std::pair{"key", event.key}, std::pair{"subject", event.subject}})
      if (!pointer.empty() && !schema_has(event, pointer, true))
        places_.add(events_file_, event.at, std::string("the ") + name + " of " + event.name + " is " + pointer + ", which its schema does not require");
  }

  // Whether the schema has this member of the data; also: on every level it is required. A schema in other words (allOf, $ref) is believed.
  static bool schema_has(const EventType& event, std::string_view pointer, bool required) {
    boost::system::error_code unreadable;
    boost::json::value root = boost::json::parse(event.schema, unreadable);
    const boost::json::value* schema = &root;
    while (!pointer.empty()) {
      pointer.remove_prefix(1);
      const std::string token(pointer.substr(0, pointer.find('/')));
      pointer.remove_prefix(token.size());
      const auto* object = schema->if_object();
      const auto* properties = object == nullptr ? nullptr : object->if_contains("properties");
      if (properties == nullptr || !properties->is_object()) return true;
      schema = properties->get_object().if_contains(token);
      if (schema == nullptr) return false;
      const auto* names = object->if_contains("required");
      const bool named = names != nullptr && names->is_array() && std::find(names->get_array().begin(), names->get_array().end(), boost::json::value(token)) != names->get_array().end();
      if (required && !named) return false;
    }
    return true;
  }

  const std::vector<FunctionManifest>& functions_;
  const std::vector<EventType>& events_;
  const std::string events_file_;
  std::map<std::string, const EventType*> types_;
  std::set<std::string> consumed_, emitted_;
  Places places_;
};

}  // namespace

void check_choreography(const Manifests& manifests, const std::string& folder, Diagnosis& diagnosis) {
  Choreography(manifests, folder, diagnosis).check();
}

}  // namespace gofuture
