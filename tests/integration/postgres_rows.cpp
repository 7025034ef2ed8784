#include "integration/postgres_rows.hpp"

#include <gtest/gtest.h>

namespace gofuture::test {
namespace {

std::string unhex(std::string_view hex) {
  std::string bytes;
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<char>(value(hex[i]) << 4 | value(hex[i + 1])));
  return bytes;
}

std::optional<std::string> bytes(const PgResult& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return unhex(rows.text(row, column));
}

std::string text(const PgResult& rows, int row, int column) { return std::string(rows.text(row, column)); }

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string function_id(const std::string& function) { return "(SELECT id FROM gofuture.functions WHERE name = " + sql_text(function) + ")"; }

}  // namespace

std::vector<OutboxRow> outbox_of(TestDatabase& database) {
  const PgResult rows = database.rows(
      "SELECT id, aggregatetype, aggregateid, type, topic, encode(payload, 'hex'), subject, time, correlationid, causationid,"
      " traceparent, hops, xmin::text FROM gofuture.events_outbox ORDER BY seq");
  std::vector<OutboxRow> outbox;
  for (int i = 0; i < rows.rows(); ++i) {
    OutboxRow row;
    row.id = *Uuid::parse(rows.text(i, 0));
    row.source = text(rows, i, 1);
    row.key = text(rows, i, 2);
    row.type = text(rows, i, 3);
    row.topic = text(rows, i, 4);
    row.payload = unhex(rows.text(i, 5));
    row.subject = text(rows, i, 6);
    row.time = text(rows, i, 7);
    row.correlationid = text(rows, i, 8);
    row.causationid = text(rows, i, 9);
    row.traceparent = text(rows, i, 10);
    row.hops = text(rows, i, 11);
    row.transaction = static_cast<std::uint64_t>(rows.number(i, 12));
    outbox.push_back(std::move(row));
  }
  return outbox;
}

std::optional<InboxRow> inbox_of(TestDatabase& database, const std::string& function, const Uuid& event_id) {
  const PgResult rows = database.rows("SELECT digest, outcome, attempts, epoch FROM gofuture.inbox WHERE function_id = " +
                                      function_id(function) + " AND event_id = '" + event_id.text() + "'");
  EXPECT_LE(rows.rows(), 1) << "one id is in one bucket";
  if (rows.rows() == 0) return std::nullopt;
  InboxRow row;
  row.digest.bytes = Uuid::parse(rows.text(0, 0))->bytes;
  row.outcome = static_cast<InboxOutcome>(rows.number(0, 1));
  row.attempts = static_cast<int>(rows.number(0, 2));
  row.epoch = rows.number(0, 3);
  return row;
}

std::optional<StoredKey> key_of(TestDatabase& database, const std::string& function, const std::string& state_key) {
  const PgResult rows = database.rows("SELECT version, epoch, newest_us, parked, encode(state, 'hex') FROM gofuture.keys WHERE function_id = " +
                                      function_id(function) + " AND state_key = " + sql_text(state_key));
  if (rows.rows() == 0) return std::nullopt;
  StoredKey key;
  key.version = rows.number(0, 0);
  key.epoch = rows.number(0, 1);
  if (!rows.is_null(0, 2)) key.newest_us = rows.number(0, 2);
  key.parked = static_cast<int>(rows.number(0, 3));
  key.state = bytes(rows, 0, 4);
  return key;
}

std::vector<DeadLetter> dead_letters_of(TestDatabase& database, const std::string& function) {
  const std::string of = " FROM gofuture.dead_letters WHERE function_id = " + function_id(function);
  const PgResult rows = database.rows(
      "SELECT topic, partition, \"offset\", redrive, event_id, type, state_key, class, message, attempts, epoch, encode(key, 'hex'),"
      " encode(value, 'hex'), timestamp_ms, correlationid" + of + " ORDER BY topic, partition, \"offset\", redrive");
  std::vector<DeadLetter> letters;
  for (int i = 0; i < rows.rows(); ++i) {
    DeadLetter letter;
    letter.topic = text(rows, i, 0);
    letter.partition = static_cast<std::int32_t>(rows.number(i, 1));
    letter.offset = rows.number(i, 2);
    letter.redrive = static_cast<std::int32_t>(rows.number(i, 3));
    letter.event_id = *Uuid::parse(rows.text(i, 4));
    letter.type = text(rows, i, 5);
    letter.state_key = rows.maybe(i, 6);
    letter.failure = text(rows, i, 7);
    letter.message = text(rows, i, 8);
    letter.attempts = static_cast<int>(rows.number(i, 9));
    letter.epoch = rows.number(i, 10);
    letter.key = bytes(rows, i, 11);
    letter.value = bytes(rows, i, 12);
    letter.timestamp_ms = rows.number(i, 13);
    letter.correlationid = text(rows, i, 14);
    const PgResult headers = database.rows(
        "SELECT h.name, encode(h.value, 'hex') FROM gofuture.dead_letters d, unnest(d.header_names, d.header_values) WITH ORDINALITY AS"
        " h(name, value, at) WHERE d.function_id = " + function_id(function) + " AND d.topic = " + sql_text(letter.topic) + " AND d.partition = " +
        std::to_string(letter.partition) + " AND d.\"offset\" = " + std::to_string(letter.offset) + " ORDER BY h.at");
    for (int h = 0; h < headers.rows(); ++h) letter.headers.emplace_back(text(headers, h, 0), bytes(headers, h, 1));
    letters.push_back(std::move(letter));
  }
  return letters;
}

std::vector<ParkedRow> parked_of(TestDatabase& database, const std::string& function) {
  const PgResult rows = database.rows(
      "SELECT state_key, number, (extract(epoch FROM due_at) * 1000000)::bigint, held, attempts, class, message, event_id, digest, type,"
      " newest_us, topic, partition, \"offset\", redrive, encode(key, 'hex'), encode(value, 'hex'), timestamp_ms FROM gofuture.parked"
      " WHERE function_id = " + function_id(function) + " ORDER BY number");
  std::vector<ParkedRow> parked;
  for (int i = 0; i < rows.rows(); ++i) {
    ParkedRow row;
    row.state_key = text(rows, i, 0);
    row.number = rows.number(i, 1);
    if (!rows.is_null(i, 2)) row.due_us = rows.number(i, 2);
    row.held = text(rows, i, 3) == "t";
    row.attempts = static_cast<std::uint32_t>(rows.number(i, 4));
    row.failure = text(rows, i, 5);
    row.message = text(rows, i, 6);
    row.event_id = *Uuid::parse(rows.text(i, 7));
    row.digest.bytes = Uuid::parse(rows.text(i, 8))->bytes;
    row.type = text(rows, i, 9);
    if (!rows.is_null(i, 10)) row.newest_us = rows.number(i, 10);
    row.topic = text(rows, i, 11);
    row.partition = static_cast<std::int32_t>(rows.number(i, 12));
    row.offset = rows.number(i, 13);
    row.redrive = static_cast<std::int32_t>(rows.number(i, 14));
    row.key = bytes(rows, i, 15);
    row.value = bytes(rows, i, 16);
    row.timestamp_ms = rows.number(i, 17);
    const PgResult headers = database.rows("SELECT h.name, encode(h.value, 'hex') FROM gofuture.parked p, unnest(p.header_names, p.header_values)"
                                           " WITH ORDINALITY AS h(name, value, at) WHERE p.number = " + std::to_string(row.number) + " ORDER BY h.at");
    for (int h = 0; h < headers.rows(); ++h) row.headers.emplace_back(text(headers, h, 0), bytes(headers, h, 1));
    parked.push_back(std::move(row));
  }
  return parked;
}

std::vector<TimerRow> timers_of(TestDatabase& database, const std::string& function) {
  const PgResult rows = database.rows(
      "SELECT state_key, name, number, (extract(epoch FROM due_at) * 1000000)::bigint, partition, correlationid, causationid, hops"
      " FROM gofuture.timers WHERE function_id = " + function_id(function) + " ORDER BY number");
  std::vector<TimerRow> timers;
  for (int i = 0; i < rows.rows(); ++i) {
    TimerRow row;
    row.state_key = text(rows, i, 0);
    row.name = text(rows, i, 1);
    row.number = rows.number(i, 2);
    row.due_us = rows.number(i, 3);
    row.partition = static_cast<std::int32_t>(rows.number(i, 4));
    row.correlationid = text(rows, i, 5);
    row.causationid = text(rows, i, 6);
    row.hops = static_cast<std::uint32_t>(rows.number(i, 7));
    timers.push_back(std::move(row));
  }
  return timers;
}

std::int64_t clock_of(TestDatabase& database) {
  return database.number("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
}

}  // namespace gofuture::test
