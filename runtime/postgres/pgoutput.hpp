// What Postgres sends on a replication connection: the frames of the stream, and in them the messages of the plugin pgoutput,
// protocol version 1 (with option binary). Pure: bytes in, structs out; no connection, no thread, no clock.
//
// Everything is checked against the end of the message: truncated or made-up bytes are an Error, never a read beyond the end.
// Columns have names, because the publisher says in a Relation message what a row is made of before it sends the first one.
//
//   pgoutput::Parser parser;                        // one per connection: it remembers the relations
//   auto frame = pgoutput::read_frame(bytes);       // keepalive, or data
//   auto message = parser.read(frame->data);
//   if (const auto* row = std::get_if<const pgoutput::Row*>(&*message)) (*row)->relation->columns[0].name ...
//
// Views point into the bytes that were given, and live as long as they do; a Row is the parser's own until the next read().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace gofuture::pgoutput {

// A place in the write-ahead log. 0 is no place.
using Lsn = std::uint64_t;
std::string lsn_text(Lsn lsn);                    // "16/B374D848"
Result<Lsn> parse_lsn(std::string_view text);

// --- frames of the copy-both stream -------------------------------------------------------------------------------------

struct Frame {
  bool keepalive = false;
  Lsn wal_end = 0;            // keepalive: all that was committed before it has been sent
  bool reply_wanted = false;  // keepalive: answer at once, or be taken for dead
  std::string_view data;      // else: one message of the plugin
};
Result<Frame> read_frame(std::string_view bytes);

// The answer: "received up to here; this much is safe elsewhere and need not be kept for me".
std::string status_update(Lsn received, Lsn confirmed, std::int64_t unix_us);

// --- messages -----------------------------------------------------------------------------------------------------------

struct Column {
  std::string name;
  std::uint32_t type = 0;  // oid
};

struct Relation {
  std::uint32_t id = 0;
  std::uint64_t serial = 0;  // never the same twice: what was learned about a relation's columns is kept under it
  std::string schema, name;
  std::vector<Column> columns;
};

struct Cell {
  enum class Form : char { kNull = 'n', kUnchanged = 'u', kText = 't', kBinary = 'b' };
  Form form = Form::kNull;
  std::string_view bytes;
};

struct Row {  // one Insert
  const Relation* relation = nullptr;
  std::vector<Cell> cells;  // as many as the relation has columns
};

struct Begin {
  Lsn final_lsn = 0;
  std::int64_t committed_us = 0;  // since 1970
  std::uint32_t xid = 0;
};

struct Commit {
  Lsn end_lsn = 0;  // confirming this confirms the transaction
  std::int64_t committed_us = 0;
};

struct Skipped {
  char kind = 0;  // Relation (remembered), Type, Origin, Update, Delete, Truncate, or one that is not known here
};

using Message = std::variant<Begin, const Row*, Commit, Skipped>;

class Parser {
 public:
  Result<Message> read(std::string_view message);

 private:
  std::map<std::uint32_t, Relation> relations_;
  std::uint64_t next_serial_ = 1;
  Row row_;
};

// --- rows as COPY … TO STDOUT (FORMAT binary) sends them: the same cells ---------------------------------------------------

class CopyParser {
 public:
  explicit CopyParser(std::vector<std::string> columns, std::string table = {});
  // One message of the copy. Nothing: the end of the data.
  Result<const Row*> read(std::string_view message);

 private:
  Relation relation_;
  Row row_;
  bool header_read_ = false;
};

}  // namespace gofuture::pgoutput
