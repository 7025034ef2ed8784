// An emission as the record that goes out: the catalogue's envelope in its headers. Owns the headers; key, value and topic are
// views into the emission.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

class EmissionRecord {
 public:
  EmissionRecord(const Batch& batch, const Emission& emission, std::string_view function) : emission_(emission) {
    append_headers(outgoing_envelope(batch, emission, function), headers_);
  }
  OutgoingRecord record() const {
    OutgoingRecord out;
    out.topic = emission_.topic;
    out.key = emission_.key;
    out.value = emission_.data;
    for (const auto& [name, value] : headers_) out.headers.emplace_back(name, value);
    return out;
  }

 private:
  const Emission& emission_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace gofuture
