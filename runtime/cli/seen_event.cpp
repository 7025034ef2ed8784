#include "cli/seen_event.hpp"

#include <simdjson.h>

#include <boost/json.hpp>
#include <charconv>

#include "cli/table.hpp"
#include "event/envelope.hpp"

namespace gofuture::cli {
namespace {

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// The headers in decimal text: Spring's twins of them are bytes.
std::optional<SeenDeath> death_of(const std::vector<Header>& headers) {
  std::optional<SeenDeath> death;
  const auto take = [&](const Header& header, std::string_view name, auto&& put) {
    if (header.name != name) return;
    if (!death) death.emplace();
    put(std::string(header.value.value_or("")));
  };
  for (const Header& header : headers) {
    take(header, "gofuture-dead-function", [&](std::string text) { death->function = std::move(text); });
    take(header, "gofuture-dead-class", [&](std::string text) { death->failure = std::move(text); });
    take(header, "__dlq.errors.message", [&](std::string text) { death->message = std::move(text); });
    take(header, "__dlq.errors.topic", [&](std::string text) { death->topic = std::move(text); });
    take(header, "__dlq.errors.partition", [&](const std::string& text) { death->partition = number(text); });
    take(header, "__dlq.errors.offset", [&](const std::string& text) { death->offset = number(text); });
    take(header, "__dlq.errors.delivery.count", [&](const std::string& text) { death->attempts = number(text); });
  }
  return death;
}

// Without whitespace between its tokens; nothing: it is no JSON.
std::optional<std::string> minified(const std::string& data) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(data).get(element) != simdjson::SUCCESS) return std::nullopt;
  std::string out(data.size(), '\0');
  std::size_t size = 0;
  if (simdjson::minify(data.data(), data.size(), out.data(), size) != simdjson::SUCCESS) return std::nullopt;
  out.resize(size);
  return out;
}

// A terminal must not obey what came in an event, and a line must stay one.
std::string harmless(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return "(" + std::to_string(text.size()) + " bytes that are no text)";
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    out.push_back(byte < 0x20 || byte == 0x7f || c1 ? ' ' : text[i]);
  }
  return out;
}

// Boost.JSON writes what it is given; bytes that are no UTF-8 would make no JSON.
boost::json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return simdjson::validate_utf8(text.data(), text.size()) ? boost::json::value(text) : boost::json::value(harmless(text));
}

std::string clock_of(std::int64_t time_ms) { return format_time_ms(time_ms).substr(5, 18).replace(5, 1, " "); }

}  // namespace

SeenEvent seen(const std::string& topic, const Record& record) {
  SeenEvent event;
  event.topic = topic;
  event.partition = record.partition;
  event.offset = record.offset;
  event.time_ms = record.timestamp_ms;
  event.key = record.key.value_or("");
  event.data = record.value.value_or("");
  event.death = death_of(record.headers());
  const auto envelope = read_envelope(record);
  if (!envelope) {
    event.broken = envelope.error().message();
    return event;
  }
  event.type = envelope->type;
  event.id = envelope->id;
  event.source = envelope->source;
  event.subject = envelope->subject;
  event.correlation = envelope->correlationid;
  event.causation = envelope->causationid;
  event.data = envelope->data;
  if (const auto time_us = parse_time_us(envelope->time)) event.time_ms = *time_us / 1000;
  return event;
}

std::string as_line(const SeenEvent& event, const Paint& paint, std::size_t width) {
  const auto fit = [width](std::string line) { return (width == 0 ? line : clipped(line, width)) + "\n"; };
  std::string line = paint.dim(clock_of(event.time_ms)) + "  ";
  line += event.broken.empty() ? paint.cyan(harmless(event.type)) : paint.red("broken");
  line += "  " + (event.key.empty() ? "-" : harmless(event.key));
  line += "  " + (event.subject.empty() ? "-" : harmless(event.subject));
  if (!event.broken.empty()) line += "  " + harmless(event.broken) + ":";
  line += "  " + paint.dim(harmless(minified(event.data).value_or(event.data)));
  std::string out = fit(std::move(line));
  if (event.death) {
    const SeenDeath& death = *event.death;
    out += fit("    " + paint.red("dead (" + harmless(death.failure) + ")") + " in " + harmless(death.function) + " after " +
               std::to_string(death.attempts) + (death.attempts == 1 ? " attempt: " : " attempts: ") + harmless(death.message) + "; from " +
               harmless(death.topic) + "/" + std::to_string(death.partition) + "@" + std::to_string(death.offset));
  }
  return out;
}

std::string as_json(const SeenEvent& event) {
  boost::json::object out{{"topic", event.topic},
                          {"partition", event.partition},
                          {"offset", event.offset},
                          {"time", format_time_ms(event.time_ms)},
                          {"type", text_or_null(event.type)},
                          {"id", text_or_null(event.id)},
                          {"source", text_or_null(event.source)},
                          {"key", text_or_null(event.key)},
                          {"subject", text_or_null(event.subject)},
                          {"correlation_id", text_or_null(event.correlation)},
                          {"causation_id", text_or_null(event.causation)},
                          {"broken", text_or_null(event.broken)},
                          {"dead", nullptr}};
  if (event.death) {
    const SeenDeath& death = *event.death;
    out["dead"] = {{"function", text_or_null(death.function)}, {"class", text_or_null(death.failure)},
                   {"message", text_or_null(death.message)},   {"attempts", death.attempts},
                   {"topic", text_or_null(death.topic)},       {"partition", death.partition},
                   {"offset", death.offset}};
  }
  // The data as it came, not as a parser would write its numbers again.
  std::string text = boost::json::serialize(out);
  text.pop_back();
  return text + ",\"data\":" + minified(event.data).value_or(boost::json::serialize(text_or_null(event.data))) + "}";
}

}  // namespace gofuture::cli
