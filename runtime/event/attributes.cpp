#include "event/attributes.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>

namespace gofuture {
namespace {

Error wrong(std::string_view name, std::string_view what) {
  return Error("ce_" + std::string(name) + " " + std::string(what));
}

// Where an attribute is kept; nullptr for those that mean nothing to us.
std::string_view Envelope::*place_of(std::string_view name) {
  switch (name.size()) {
    case 2: return name == "id" ? &Envelope::id : nullptr;
    case 4: return name == "type" ? &Envelope::type : name == "time" ? &Envelope::time : nullptr;
    case 6: return name == "source" ? &Envelope::source : nullptr;
    case 7: return name == "subject" ? &Envelope::subject : nullptr;
    case 10: return name == "dataschema" ? &Envelope::dataschema : nullptr;
    case 11: return name == "causationid" ? &Envelope::causationid : nullptr;
    case 12: return name == "partitionkey" ? &Envelope::partitionkey : nullptr;
    case 13: return name == "correlationid" ? &Envelope::correlationid : nullptr;
    case 15: return name == "datacontenttype" ? &Envelope::datacontenttype : nullptr;
    default: return nullptr;
  }
}

bool is_version_1(std::string_view version) {
  if (!version.starts_with("1.") || version.size() < 3) return false;
  return version.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

// Length of the UTF-8 sequence at `text` (2 to 4), 0 when it is none, or overlong, a surrogate, or a C1 control.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  const unsigned char first = byte(0);
  if (first >= 0xc2 && first <= 0xdf) return follows(1) && !(first == 0xc2 && byte(1) < 0xa0) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;
    if (first == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xf0 && byte(1) < 0x90) return 0;
    if (first == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

// Eight characters at a time, which nearly all are: from 0x20 to 0x7e.
bool is_plain_ascii(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  // Where no byte has its highest bit, a borrow or a carry of one reaches no other.
  return (((word - kEach * 0x20) | (word + kEach) | word) & kEach * 0x80) == 0;
}

}  // namespace

bool is_clean_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (text.size() - i >= 8 && is_plain_ascii(text.data() + i)) {
      i += 8;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7f) {
      ++i;
    } else if (c < 0x80) {
      return false;
    } else {
      const std::size_t length = sequence_length(text.substr(i));
      if (length == 0) return false;
      i += length;
    }
  }
  return true;
}

Result<Done> AttributeReader::attribute(Envelope& envelope, std::string_view name, std::string_view value) {
  if (name == "specversion") {
    specversion_ = value;
    return ok();
  }
  if (name == "hops") {
    const auto [end, trouble] = std::from_chars(value.data(), value.data() + value.size(), envelope.hops);
    if (trouble != std::errc() || end != value.data() + value.size())
      return wrong(name, "is not a number from 0 to 4294967295");
    return ok();
  }
  const auto place = place_of(name);
  if (place == nullptr) return ok();
  if (value.size() > kAttributeBytesMax)
    return wrong(name, "is " + std::to_string(value.size()) + " bytes long; at most " +
                           std::to_string(kAttributeBytesMax) + " are accepted");
  if (!is_clean_text(value)) return wrong(name, "is not UTF-8, or contains control characters");
  envelope.*place = value;
  return ok();
}

Result<Done> AttributeReader::finish(const Envelope& envelope) const {
  if (specversion_.empty()) return wrong("specversion", "is missing: this record is not a CloudEvent");
  if (!is_version_1(specversion_)) {
    const bool printable = specversion_.size() <= 16 && is_clean_text(specversion_);
    return wrong("specversion",
                 (printable ? "is \"" + std::string(specversion_) + "\"" : std::string("is something else")) +
                     "; only 1.x is understood");
  }
  if (envelope.id.empty()) return wrong("id", "is missing or empty");
  if (envelope.source.empty()) return wrong("source", "is missing or empty");
  if (envelope.type.empty()) return wrong("type", "is missing or empty");
  return ok();
}

void read_trace_header(Envelope& envelope, std::string_view name, std::string_view value) {
  constexpr std::size_t kTraceparentMax = 256, kTracestateMax = 512;  // W3C: carry at least 512 characters of state
  for (const char c : value)
    if (c < 0x20 || c > 0x7e) return;
  if (name == "traceparent" && value.size() <= kTraceparentMax) envelope.traceparent = value;
  if (name == "tracestate" && value.size() <= kTracestateMax) envelope.tracestate = value;
}

}  // namespace gofuture
