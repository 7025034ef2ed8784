#include "ingress/content.hpp"

#include <set>

#include "event/json_array.hpp"

namespace gofuture {
namespace {

constexpr const char* kStructuredType = "application/cloudevents+json";

std::string media_type(std::string_view content_type) {
  std::string media(content_type.substr(0, content_type.find(';')));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) media.pop_back();
  for (char& c : media)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return media;
}

// §3.1.3.2: what stands in double quotes is taken out of them first.
std::string unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string out;
  for (std::size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One round. Whether the bytes are UTF-8 is asked where attributes are read.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1, low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

void add_trace_headers(const HttpContent& request, OwnedRecord& record) {
  for (const auto& [name, value] : request.headers)
    if (name == "traceparent" || name == "tracestate") record.headers.emplace_back(name, std::string(value));
}

void read_binary(const HttpContent& request, Content& content) {
  OwnedRecord record;
  record.headers.emplace_back("content-type", std::string(request.content_type));
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request.headers) {
    if (!name.starts_with("ce-")) continue;
    const std::string attribute = name.substr(3), pointer = "/" + attribute;
    if (!seen.insert(name).second) {
      content.flaws.push_back({0, pointer, name + " stands twice"});
    } else if (attribute == "datacontenttype") {
      content.flaws.push_back({0, pointer, "ce-datacontenttype must not be there: in binary mode Content-Type says it"});
    } else if (auto decoded = percent_decoded(unquoted(value)); !decoded) {
      content.flaws.push_back({0, pointer, name + " has a \"%\" without two hexadecimal digits behind it; a \"%\" itself is written %25"});
    } else {
      record.headers.emplace_back("ce_" + attribute, std::move(*decoded));
    }
  }
  add_trace_headers(request, record);
  record.value = std::string(request.body);
  content.events.push_back(make_record(0, 0, 0, 0, record));
}

Record structured(const HttpContent& request, std::string event) {
  OwnedRecord record;
  record.headers.emplace_back("content-type", kStructuredType);
  add_trace_headers(request, record);
  record.value = std::move(event);
  return make_record(0, 0, 0, 0, record);
}

}  // namespace

std::optional<ContentMode> content_mode(std::string_view content_type) {
  const std::string media = media_type(content_type);
  if (media == kStructuredType) return ContentMode::kStructured;
  if (media == "application/cloudevents-batch+json") return ContentMode::kBatch;
  if (media.starts_with("application/cloudevents")) return std::nullopt;  // another event format
  if (media == "application/json" || media.ends_with("+json")) return ContentMode::kBinary;
  return std::nullopt;
}

Content read_content(const HttpContent& request, ContentMode mode, std::size_t events_max) {
  Content content;
  if (mode == ContentMode::kBinary) {
    read_binary(request, content);
  } else if (mode == ContentMode::kStructured) {
    content.events.push_back(structured(request, std::string(request.body)));
  } else if (auto elements = json_array_elements(request.body, events_max + 1); !elements) {
    content.flaws.push_back({0, "", "the batch " + elements.error().message()});
  } else {
    for (std::string& element : *elements) content.events.push_back(structured(request, std::move(element)));
  }
  return content;
}

}  // namespace gofuture
