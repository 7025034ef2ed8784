#include "cli/invoke_event.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "manifest/nearest.hpp"
#include "pipeline/admission.hpp"
#include "pipeline/timer_event.hpp"

namespace gofuture::cli {
namespace {

namespace json = boost::json;

Result<std::string> read_text(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file)) return Error("cannot read " + file);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::string_view> handled_types(const FunctionManifest& manifest) {
  std::vector<std::string_view> types;
  for (const Subscription& subscription : manifest.subscriptions)
    types.insert(types.end(), subscription.types.begin(), subscription.types.end());
  return types;
}

// A CloudEvent goes in as it is, in structured mode; data alone gets the attributes that a producer would have given it.
Result<OwnedRecord> record_of(const std::string& text, const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  json::error_code broken;
  const json::value document = json::parse(text, broken);
  if (broken) return Error(asked.event_file + " is not JSON: " + broken.message());
  OwnedRecord content;
  content.value = text;
  if (document.is_object() && document.get_object().contains("specversion")) {
    if (!asked.type.empty()) return Error(asked.event_file + " is a whole CloudEvent with a type of its own; leave --type out");
    content.headers = {{"content-type", "application/cloudevents+json"}};
    return content;
  }
  OutgoingEnvelope envelope;
  envelope.type = asked.type;
  if (const auto types = handled_types(plan.manifest()); envelope.type.empty()) {
    if (types.size() != 1)
      return Error(asked.event_file + " is no CloudEvent (it has no \"specversion\"), and " + asked.function +
                   " handles several types; name one with --type, such as --type " + std::string(types.front()));
    envelope.type = types.front();
  }
  envelope.id = position_id("gofuture.invoke", 0, 0);
  envelope.source = "gofuture/invoke";
  envelope.time = format_time_ms(now_ms);
  if (const EventType* type = plan.catalogue().event(envelope.type); type != nullptr && !type->subject.empty())
    if (auto subject = JsonReader().scalar(text, type->subject)) envelope.subject = *subject;
  std::vector<std::pair<std::string, std::string>> headers;
  append_headers(envelope, headers);
  for (auto& [name, value] : headers) content.headers.emplace_back(std::move(name), std::move(value));
  return content;
}

Result<EventPtr> make_told(const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  const auto text = read_text(asked.event_file);
  if (!text) return text.error();
  auto content = record_of(*text, plan, asked, now_ms);
  if (!content) return content.error();
  const Record record = make_record(0, 0, 0, now_ms, *content);
  const auto envelope = read_envelope(record);
  if (!envelope) return envelope.error().within(asked.event_file);

  const EventType* type = plan.catalogue().event(envelope->type);
  std::size_t topic = 0;
  while (topic < plan.topics().size() && !plan.topics()[topic].handled.contains(envelope->type)) ++topic;
  if (type == nullptr || topic == plan.topics().size()) {
    const auto types = handled_types(plan.manifest());
    std::string hint = did_you_mean(envelope->type, types);
    if (hint.empty())
      for (const std::string_view one : types) hint += (hint.empty() ? "; it handles " : ", ") + std::string(one);
    return Error(asked.function + " does not handle " + std::string(envelope->type) + hint);
  }
  if (!type->key.empty())
    if (auto key = JsonReader().scalar(envelope->data, type->key)) content->key = *key;
  if (!content->key && !asked.key.empty()) content->key = asked.key;
  Admission admission(plan);
  EventPtr event = admission.admit(make_record(static_cast<std::uint16_t>(topic), 0, 0, now_ms, *content)).event;
  if (!asked.key.empty()) event->state_key = asked.key;
  return event;
}

Result<EventPtr> make_timer(const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  if (!plan.uses_timers) return Error(asked.function + " sets no timers");
  if (asked.key.empty()) return Error("a timer belongs to a key; name it with --key");
  TimerDue timer;
  timer.function = asked.function;
  timer.state_key = asked.key;
  timer.name = asked.timer;
  timer.number = 1;
  timer.due_ms = now_ms;
  Admission admission(plan);
  return admission.admit_due(due_event(timer));
}

}  // namespace

Result<EventPtr> make_event(const Plan& plan, const Invocation& asked, std::int64_t now_ms) {
  return asked.timer.empty() ? make_told(plan, asked, now_ms) : make_timer(plan, asked, now_ms);
}

Result<std::optional<std::string>> read_state(const std::string& argument) {
  if (argument.empty()) return std::optional<std::string>();
  std::error_code none;
  Result<std::string> text = argument;
  if (std::filesystem::exists(argument, none)) text = read_text(argument);
  if (!text) return text.error();
  json::error_code broken;
  json::parse(*text, broken);
  if (broken) return Error("--state is neither a file nor JSON: " + argument);
  return std::optional(std::move(*text));
}

}  // namespace gofuture::cli
