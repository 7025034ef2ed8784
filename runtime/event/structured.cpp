#include "event/structured.hpp"

#include <simdjson.h>

#include <array>
#include <optional>

#include "event/attributes.hpp"

namespace gofuture {
namespace {

namespace ondemand = simdjson::ondemand;

// What the views of a structured envelope point into.
enum Owned : std::size_t {
  kId, kSource, kType, kSubject, kTime, kDataContentType, kDataSchema, kPartitionKey, kCorrelationId, kCausationId,
  kSpecVersion, kHops, kData, kOwnedCount
};
constexpr std::array<std::string_view, kHops + 1> kNames{
    "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "partitionkey", "correlationid",
    "causationid", "specversion", "hops"};

std::optional<std::size_t> index_of(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return i;
  return std::nullopt;
}

Error not_json(simdjson::error_code code) {
  return Error(std::string("the structured event is not JSON: ") + simdjson::error_message(code));
}

// "application/json", "text/json", "application/x+json", with or without parameters; absent means JSON.
bool is_json(std::string_view type) {
  if (type.empty()) return true;
  std::string media(type.substr(0, type.find(';')));
  while (!media.empty() && media.back() == ' ') media.pop_back();
  for (char& c : media)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return media.ends_with("/json") || media.ends_with("+json");
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool pad = i + k >= text.size() - padding;
      const auto digit = pad ? 0 : kAlphabet.find(text[i + k]);
      if (digit == std::string_view::npos) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift & 0xff));
  }
  out.resize(out.size() - padding);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// An attribute's value as text: strings unescaped, integers and booleans as written, null as absent.
Result<std::string> attribute_text(ondemand::value value, std::string_view name) {
  ondemand::json_type type{};
  if (const auto code = value.type().get(type)) return not_json(code);
  switch (type) {
    case ondemand::json_type::string: {
      std::string_view text;
      if (const auto code = value.get_string().get(text)) return not_json(code);
      return std::string(text);
    }
    case ondemand::json_type::number:
    case ondemand::json_type::boolean: return std::string(trimmed(value.raw_json_token()));
    case ondemand::json_type::null: return std::string();
    default: return Error("ce_" + std::string(name) + " is not a string");
  }
}

// The bytes of the "data" member as they stand, with nothing around them.
Result<std::string_view> raw_bytes(ondemand::value value) {
  ondemand::json_type type{};
  if (const auto code = value.type().get(type)) return not_json(code);
  std::string_view raw;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return not_json(code);
    if (const auto code = object.raw_json().get(raw)) return not_json(code);
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto code = value.get_array().get(array)) return not_json(code);
    if (const auto code = array.raw_json().get(raw)) return not_json(code);
  } else {
    raw = value.raw_json_token();
  }
  return trimmed(raw);
}

struct Content {
  std::string_view raw;              // of "data", inside the padded copy
  std::optional<std::string> text;   // of "data" when it is a string
  std::optional<std::string> bytes;  // of "data_base64"
};

Result<Done> read_member(ondemand::field field, std::string* owned, std::array<bool, kOwnedCount>& seen, Content& content) {
  std::string_view key;
  if (const auto code = field.unescaped_key().get(key)) return not_json(code);
  const std::string name(key);
  const bool is_data = name == "data" || name == "data_base64";
  const auto index = is_data ? std::optional<std::size_t>(kData) : index_of(name);
  if (!index) return ok();
  if (std::exchange(seen[*index], true))
    return Error(is_data ? "the structured event has \"data\" or \"data_base64\" more than once"
                         : "ce_" + name + " stands twice in the structured event");
  if (!is_data) {
    auto text = attribute_text(field.value(), name);
    if (!text) return text.error();
    owned[*index] = std::move(*text);
    return ok();
  }
  ondemand::json_type type{};
  if (const auto code = field.value().type().get(type)) return not_json(code);
  if (name == "data" && type != ondemand::json_type::string) {
    auto raw = raw_bytes(field.value());
    if (!raw) return raw.error();
    content.raw = *raw;
    return ok();
  }
  if (type != ondemand::json_type::string) return Error("data_base64 of the structured event is not a string");
  const std::string_view token = trimmed(field.value().raw_json_token());
  std::string_view text;
  if (const auto code = field.value().get_string().get(text)) return not_json(code);
  if (name == "data") {
    content.raw = token;
    content.text = std::string(text);
    return ok();
  }
  content.bytes = decode_base64(text);
  if (!content.bytes) return Error("data_base64 of the structured event is not base64");
  return ok();
}

Result<Done> read_members(std::string_view padded, std::string* owned, Content& content) {
  ondemand::parser parser;
  ondemand::document document;
  if (const auto code =
          parser.iterate(padded.data(), padded.size(), padded.size() + simdjson::SIMDJSON_PADDING).get(document))
    return not_json(code);
  ondemand::object object;
  if (const auto code = document.get_object().get(object)) return not_json(code);
  std::array<bool, kOwnedCount> seen{};
  for (auto member : object) {
    ondemand::field field;
    if (const auto code = std::move(member).get(field)) return not_json(code);
    if (auto read = read_member(field, owned, seen, content); !read) return read;
  }
  const char* behind = nullptr;
  if (document.current_location().get(behind) != simdjson::OUT_OF_BOUNDS) return Error("the structured event is not JSON: something follows the closing brace");
  return ok();
}

}  // namespace

Result<Envelope> parse_structured(std::string_view value, std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  for (char& c : media)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  while (!media.empty() && media.back() == ' ') media.pop_back();
  if (media != "application/cloudevents" && media != "application/cloudevents+json")
    return Error("content-type says a structured event in another format than JSON; send application/cloudevents+json");

  std::string padded;
  padded.reserve(value.size() + simdjson::SIMDJSON_PADDING);
  padded.assign(value);
  Envelope envelope;
  envelope.structured = true;
  envelope.owned = std::make_unique<std::string[]>(kOwnedCount);
  Content content;
  if (auto read = read_members(padded, envelope.owned.get(), content); !read) return read.error();

  AttributeReader reader;
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (const std::string& text = envelope.owned[i]; !text.empty())
      if (auto read = reader.attribute(envelope, kNames[i], text); !read) return read.error();
  if (auto whole = reader.finish(envelope); !whole) return whole.error();

  if (content.bytes || (content.text && !is_json(envelope.datacontenttype))) {
    envelope.owned[kData] = std::move(content.bytes ? *content.bytes : *content.text);
    envelope.data = envelope.owned[kData];
  } else if (!content.raw.empty()) {
    envelope.data = value.substr(static_cast<std::size_t>(content.raw.data() - padded.data()), content.raw.size());
  }
  return envelope;
}

}  // namespace gofuture
