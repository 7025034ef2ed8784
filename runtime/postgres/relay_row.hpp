// OutboxRow: one row of events_outbox on its way to Kafka, and the record that it becomes. Pure; used by the relay's thread.
//
//   OutboxRowReader reader;                       // one per stream: it remembers where each column stands
//   auto row = reader.read(*pgoutput_row);        // views into the message
//   sink.send(reader.record(*row), token);        // views into the row and the reader, until the next record()
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/uuid.hpp"
#include "pipeline/io.hpp"
#include "postgres/pgoutput.hpp"
#include "postgres/relay_columns.hpp"

namespace gofuture {

struct OutboxRow {
  Uuid id;
  std::string_view topic, key, payload, source, type;
  std::string_view subject, time, datacontenttype, correlationid, causationid, traceparent, tracestate, hops;  // empty: null
  std::int64_t created_ms = 0;
  std::int64_t seq = 0;
};

class OutboxRowReader {
 public:
  static constexpr int kColumns = 16;
  static const std::array<const char*, kColumns>& columns();  // of events_outbox, as a SELECT must name them for read()
  OutboxRowReader();

  // Fails for what is no row of events_outbox: a column is missing, null where it must not be, or of another type.
  Result<OutboxRow> read(const pgoutput::Row& row);
  // The record's timestamp is when the row's transaction committed; 0: not known, so when it was written.
  const OutgoingRecord& record(const OutboxRow& row, std::int64_t committed_ms = 0);

 private:
  ColumnPlaces places_;
  std::string id_, time_;
  OutgoingRecord record_;
};

}  // namespace gofuture
