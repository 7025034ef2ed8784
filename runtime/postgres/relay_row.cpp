#include "postgres/relay_row.hpp"

#include <algorithm>
#include <cstring>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kPostgresEpochMs = 946'684'800'000;       // 2000-01-01
constexpr std::int64_t kLastMs = 253'402'300'799'999;            // 9999-12-31: what lies behind it is no time of an event

enum Place { kId, kTopic, kKey, kPayload, kSource, kType, kSubject, kTime, kContent, kCorrelation, kCausation, kParent, kState, kHops,
             kCreated, kSeq };
constexpr std::array<const char*, OutboxRowReader::kColumns> kNames = {
    "id", "topic", "aggregateid", "payload", "aggregatetype", "type", "subject", "time", "datacontenttype", "correlationid",
    "causationid", "traceparent", "tracestate", "hops", "created_at", "seq"};

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

// Milliseconds since 1970 of a binary timestamp; 0 (which a record takes as "now") for infinity and the like.
std::int64_t unix_ms(std::string_view bytes) {
  const std::int64_t us = big_endian(bytes);
  const std::int64_t ms = us / 1000 - (us % 1000 < 0 ? 1 : 0) + kPostgresEpochMs;
  return ms < 0 || ms > kLastMs ? 0 : ms;
}

}  // namespace

const std::array<const char*, OutboxRowReader::kColumns>& OutboxRowReader::columns() { return kNames; }

Result<Done> OutboxRowReader::learn(const pgoutput::Relation& relation) {
  for (int i = 0; i < kColumns; ++i) {
    const auto column = std::find_if(relation.columns.begin(), relation.columns.end(),
                                     [&](const pgoutput::Column& one) { return one.name == kNames[static_cast<std::size_t>(i)]; });
    if (column == relation.columns.end())
      return Error("the publication sends a table " + relation.schema + "." + relation.name + " without a column \"" +
                   kNames[static_cast<std::size_t>(i)] + "\"; it must publish gofuture.events_outbox with all its columns and nothing else");
    place_[static_cast<std::size_t>(i)] = static_cast<int>(column - relation.columns.begin());
  }
  learned_ = relation.serial;
  return ok();
}

Result<OutboxRow> OutboxRowReader::read(const pgoutput::Row& row) {
  if (learned_ != row.relation->serial)
    if (auto learned = learn(*row.relation); !learned) return learned.error();

  using Form = pgoutput::Cell::Form;
  const auto cell = [&](Place place) -> const pgoutput::Cell& { return row.cells[static_cast<std::size_t>(place_[place])]; };
  for (const Place needed : {kId, kTopic, kKey, kPayload, kSource, kType, kCreated, kSeq}) {
    const Form form = cell(needed).form;
    // Text columns are the same bytes in either form.
    const bool text = needed != kId && needed != kPayload && needed != kCreated && needed != kSeq;
    if (form != Form::kBinary && !(text && form == Form::kText))
      return Error(std::string("a row of events_outbox came with its column \"") + kNames[needed] + "\" " +
                   (form == Form::kNull ? "null" : "as text instead of binary"));
  }
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
  const auto add = [this](std::string_view name, std::string_view value) {
    if (!value.empty()) record_.headers.emplace_back(name, value);
  };
  // The names and the order of append_headers() in runtime/event.
  add("ce_specversion", "1.0");
  add("ce_id", id_);
  add("ce_source", row.source);
  add("ce_type", row.type);
  add("ce_subject", row.subject);
  add("ce_time", row.time.empty() ? std::string_view(time_) : row.time);
  add("ce_correlationid", row.correlationid);
  add("ce_causationid", row.causationid);
  add("ce_hops", row.hops);
  add("content-type", row.datacontenttype);
  add("traceparent", row.traceparent);
  add("tracestate", row.tracestate);
  return record_;
}

}  // namespace gofuture
