#include "cli/draft.hpp"

#include <random>

#include "event/attributes.hpp"
#include "event/envelope.hpp"

namespace gofuture::cli {
namespace {

constexpr const char* kSource = "gofuture-cli";

std::uint64_t random_bits() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace

OutgoingRecord Draft::record() const {
  OutgoingRecord out;
  out.topic = topic;
  out.key = key;
  out.value = data;
  for (const auto& [name, value] : headers) out.headers.emplace_back(name, value);
  return out;
}

Drafter::Drafter(const EventType& type, const Topic& topic, std::shared_ptr<const Schema> schema, std::uint64_t seed)
    : type_(type), topic_(topic), schema_(std::move(schema)), ids_(seed) {}

Result<Drafter> Drafter::make(const Catalogue& catalogue, const EventType& type) {
  const Topic* topic = catalogue.topic(type.topic);
  if (topic == nullptr) return Error("topic \"" + type.topic + "\" of " + type.name + " is not in the catalogue; add it to topics.toml");
  std::shared_ptr<const Schema> schema;
  if (!type.schema.empty()) {
    auto compiled = Schema::compile(type.schema, type.schema_file);
    if (!compiled) return compiled.error();
    schema = std::make_shared<const Schema>(std::move(*compiled));
  }
  return Drafter(type, *topic, std::move(schema), random_bits());
}

Result<Done> Drafter::check(const std::string& data) const {
  if (static_cast<std::int64_t>(data.size()) > topic_.max_bytes)
    return Error("the data is " + std::to_string(data.size()) + " bytes, " + topic_.name + " takes " + std::to_string(topic_.max_bytes));
  if (!schema_) return ok();
  if (const auto valid = schema_->check(data); !valid)
    return Error("the data is no " + type_.name + " (" + type_.schema_file + "): " + valid.error().message());
  return ok();
}

Result<Draft> Drafter::draft(std::string data, const DraftWishes& wishes, std::int64_t now_ms) {
  if (!wishes.unchecked)
    if (auto checked = check(data); !checked) return checked.error();
  Draft draft;
  // What is not said comes from where the catalogue says that it is; of unchecked data it may be nowhere.
  const auto told_or_found = [&](const char* option, const std::optional<std::string>& told, const std::string& pointer, bool needed,
                                 std::string& into) -> Result<Done> {
    if (told) {
      into = *told;
    } else if (!pointer.empty()) {
      auto found = json_->scalar(data, pointer);
      if (!found && (needed || !wishes.unchecked))
        return Error("the catalogue takes " + std::string(option + 2) + " from the data: " + found.error().message() + "; set it there, or say " + option);
      if (found) into = std::move(*found);
    }
    if (needed && into.empty()) return Error("there is no key; say " + std::string(option) + (pointer.empty() ? "" : ", or set " + pointer + " in the data"));
    if (!is_clean_text(into)) return Error(std::string(option + 2) + " is not plain text: UTF-8 without control characters");
    return ok();
  };
  if (auto done = told_or_found("--key", wishes.key, type_.key, true, draft.key); !done) return done.error();
  if (auto done = told_or_found("--subject", wishes.subject, type_.subject, false, draft.subject); !done) return done.error();
  if (wishes.correlation && !is_clean_text(*wishes.correlation)) return Error("correlation is not plain text: UTF-8 without control characters");

  OutgoingEnvelope envelope;
  envelope.id = draft.id = wishes.id ? *wishes.id : ids_.next(now_ms);
  envelope.source = kSource;
  envelope.type = draft.type = type_.name;
  envelope.subject = draft.subject;
  envelope.time = draft.time = format_time_ms(now_ms);
  envelope.correlationid = draft.correlation = wishes.correlation.value_or(draft.subject);
  envelope.traceparent = next_traceparent("", random_bits(), random_bits());
  append_headers(envelope, draft.headers);
  draft.topic = topic_.name;
  draft.data = std::move(data);
  return draft;
}

}  // namespace gofuture::cli
