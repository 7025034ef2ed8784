// An emission as the record that goes out: the catalogue's envelope in its headers. All is views into the emission, its cause and this.
#pragma once

#include <string_view>

#include "event/envelope.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"

namespace gofuture {

class EmissionRecord {
 public:
  EmissionRecord(const Batch& batch, const Emission& emission, std::string_view source) : envelope_(batch, emission, source) {
    record_.topic = emission.topic;
    record_.key = emission.key;
    record_.value = emission.data;
    each_header(envelope_, envelope_.id, envelope_.time, envelope_.hops,
                [this](std::string_view name, std::string_view value) { record_.headers.emplace_back(name, value); });
  }
  EmissionRecord(const EmissionRecord&) = delete;  // record() points into it
  EmissionRecord& operator=(const EmissionRecord&) = delete;
  const OutgoingRecord& record() const { return record_; }

 private:
  const EmissionEnvelope envelope_;
  OutgoingRecord record_;
};

}  // namespace gofuture
