#include "postgres/relay_row.hpp"

#include <cstring>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

enum Place { kId, kTopic, kKey, kPayload, kSource, kType, kSubject, kTime, kContent, kCorrelation, kCausation, kParent, kState, kHops,
             kCreated, kSeq };
constexpr std::array<const char*, OutboxRowReader::kColumns> kNames = {
    "id", "topic", "aggregateid", "payload", "aggregatetype", "type", "subject", "time", "datacontenttype", "correlationid",
    "causationid", "traceparent", "tracestate", "hops", "created_at", "seq"};

}  // namespace

const std::array<const char*, OutboxRowReader::kColumns>& OutboxRowReader::columns() { return kNames; }

OutboxRowReader::OutboxRowReader() : places_("gofuture.events_outbox", kNames) {}

Result<OutboxRow> OutboxRowReader::read(const pgoutput::Row& row) {
  if (auto learned = places_.learn(*row.relation); !learned) return learned.error();
  for (const Place needed : {kId, kTopic, kKey, kPayload, kSource, kType, kCreated, kSeq}) {
    const bool text = needed != kId && needed != kPayload && needed != kCreated && needed != kSeq;
    if (auto there = places_.check(row, needed, text); !there) return there.error();
  }
  const auto cell = [&](Place place) -> const pgoutput::Cell& { return places_.cell(row, place); };
  if (cell(kId).bytes.size() != 16 || cell(kCreated).bytes.size() != 8 || cell(kSeq).bytes.size() != 8)
    return Error("a row of events_outbox came with a column of another type than uuid (id), timestamp (created_at) or bigint (seq)");

  OutboxRow out;
  std::memcpy(out.id.bytes.data(), cell(kId).bytes.data(), 16);
  out.topic = cell(kTopic).bytes;
  out.key = cell(kKey).bytes;
  out.payload = cell(kPayload).bytes;
  out.source = cell(kSource).bytes;
  out.type = cell(kType).bytes;
  out.subject = cell(kSubject).bytes;
  out.time = cell(kTime).bytes;
  out.datacontenttype = cell(kContent).bytes;
  out.correlationid = cell(kCorrelation).bytes;
  out.causationid = cell(kCausation).bytes;
  out.traceparent = cell(kParent).bytes;
  out.tracestate = cell(kState).bytes;
  out.hops = cell(kHops).bytes;
  out.created_ms = unix_ms(cell(kCreated).bytes);
  out.seq = big_endian(cell(kSeq).bytes);
  return out;
}

const OutgoingRecord& OutboxRowReader::record(const OutboxRow& row, std::int64_t committed_ms) {
  id_ = row.id.text();
  if (row.time.empty()) time_ = format_time_ms(row.created_ms);
  record_.topic = row.topic;
  record_.key = row.key;
  record_.value = row.payload;
  record_.timestamp_ms = committed_ms > 0 ? committed_ms : row.created_ms;
  record_.headers.clear();
  each_header(row, id_, row.time.empty() ? std::string_view(time_) : row.time, row.hops,
              [this](std::string_view name, std::string_view value) { record_.headers.emplace_back(name, value); });
  return record_;
}

}  // namespace gofuture
