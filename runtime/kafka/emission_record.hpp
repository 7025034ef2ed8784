// An emission as the record that goes out: the catalogue's envelope in its headers. Owns what the headers say; key, value and topic are
// views into the emission.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

class EmissionRecord {
 public:
  EmissionRecord(const Batch& batch, const Emission& emission, std::string_view function)
      : envelope_(outgoing_envelope(batch, emission, function)), id_(envelope_.id.text()), hops_(std::to_string(envelope_.hops)) {
    record_.topic = emission.topic;
    record_.key = emission.key;
    record_.value = emission.data;
    record_.headers.reserve(12);
    each_header(envelope_, id_, envelope_.time, hops_, [this](std::string_view name, std::string_view value) { record_.headers.emplace_back(name, value); });
  }
  EmissionRecord(const EmissionRecord&) = delete;  // record() points into it
  EmissionRecord& operator=(const EmissionRecord&) = delete;
  const OutgoingRecord& record() const { return record_; }

 private:
  const OutgoingEnvelope envelope_;
  const std::string id_, hops_;
  OutgoingRecord record_;
};

}  // namespace gofuture
