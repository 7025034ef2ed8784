#include "postgres/pgoutput.hpp"

#include <charconv>
#include <cstdio>

namespace gofuture::pgoutput {
namespace {

constexpr std::int64_t kPostgresEpochUs = 946'684'800'000'000;  // 2000-01-01
constexpr std::size_t kColumnsMax = 1600;                       // Postgres's own limit

// Takes big-endian fields from the front of a message; remembers that it was too short.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  char letter() { return static_cast<char>(number(1)); }
  std::int64_t time_us() { return static_cast<std::int64_t>(number(8) + static_cast<std::uint64_t>(kPostgresEpochUs)); }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view text() {  // up to a NUL
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return taken;
  }
  bool whole() const { return !short_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool short_ = false;
};

Error truncated(std::string_view what) {
  return Error("the replication stream is broken: a message (" + std::string(what) + ") ends too early");
}

bool read_relation(Fields& fields, Relation& relation) {
  relation.schema = fields.text();
  relation.name = fields.text();
  fields.letter();  // replica identity
  const std::size_t count = fields.number(2);
  if (!fields.whole() || count > kColumnsMax) return false;
  relation.columns.reserve(count);
  for (std::size_t i = 0; i < count && fields.whole(); ++i) {
    fields.letter();  // part of the key
    Column column;
    column.name = fields.text();
    column.type = static_cast<std::uint32_t>(fields.number(4));
    fields.number(4);  // type modifier
    relation.columns.push_back(std::move(column));
  }
  return fields.whole();
}

}  // namespace

std::string lsn_text(Lsn lsn) {
  char text[24];
  std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(lsn >> 32), static_cast<unsigned>(lsn));
  return text;
}

Result<Lsn> parse_lsn(std::string_view text) {
  std::uint32_t high = 0, low = 0;
  const auto wrong = [&] { return Error("\"" + std::string(text.substr(0, 40)) + "\" is not a position in the WAL such as \"16/B374D848\""); };
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, high, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return wrong();
  const auto second = std::from_chars(first.ptr + 1, end, low, 16);
  if (second.ec != std::errc() || second.ptr != end) return wrong();
  return Lsn{high} << 32 | low;
}

Result<Frame> read_frame(std::string_view bytes) {
  Fields fields(bytes);
  Frame frame;
  const char kind = fields.letter();
  if (kind == 'k') {
    frame.keepalive = true;
    frame.wal_end = fields.number(8);
    fields.number(8);  // the server's clock
    frame.reply_wanted = fields.number(1) != 0;
    if (!fields.whole()) return truncated("keepalive");
    return frame;
  }
  if (kind != 'w') return Error("the replication stream is broken: there is no frame of kind " + std::to_string(static_cast<int>(kind)));
  fields.number(8);  // where the data starts: says nothing that Begin and Commit do not say better
  frame.wal_end = fields.number(8);
  fields.number(8);  // the server's clock
  if (!fields.whole()) return truncated("data");
  frame.data = fields.rest();
  return frame;
}

std::string status_update(Lsn received, Lsn confirmed, std::int64_t unix_us) {
  std::string update = "r";
  const auto put = [&update](std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) update.push_back(static_cast<char>(value >> shift));
  };
  put(received);
  put(confirmed);
  put(confirmed);
  put(static_cast<std::uint64_t>(unix_us - kPostgresEpochUs));
  update.push_back(0);  // no answer wanted
  return update;
}

Result<Message> Parser::read(std::string_view message) {
  Fields fields(message);
  const char kind = fields.letter();
  if (!fields.whole()) return truncated("empty");
  switch (kind) {
    case 'I': {
      const auto id = static_cast<std::uint32_t>(fields.number(4));
      const char tuple = fields.letter();
      const std::size_t count = fields.number(2);
      if (!fields.whole()) return truncated("Insert");
      const auto known = relations_.find(id);
      if (known == relations_.end())
        return Error("the replication stream is broken: a row of relation " + std::to_string(id) + ", which was never described");
      if (tuple != 'N' || count != known->second.columns.size())
        return Error("the replication stream is broken: a row of " + known->second.name + " has " + std::to_string(count) +
                     " columns, its relation " + std::to_string(known->second.columns.size()));
      row_.relation = &known->second;
      row_.cells.resize(count);
      for (Cell& cell : row_.cells) {
        const char form = fields.letter();
        cell.bytes = {};
        cell.form = static_cast<Cell::Form>(form);
        if (form == 't' || form == 'b') {
          cell.bytes = fields.take(fields.number(4));
        } else if (form != 'n' && form != 'u') {
          if (!fields.whole()) break;
          return Error("the replication stream is broken: a column of " + known->second.name + " is of unknown form " +
                       std::to_string(static_cast<int>(form)));
        }
      }
      if (!fields.whole()) return truncated("Insert");
      return Message(&row_);
    }
    case 'B': {
      Begin begin;
      begin.final_lsn = fields.number(8);
      begin.committed_us = fields.time_us();
      begin.xid = static_cast<std::uint32_t>(fields.number(4));
      if (!fields.whole()) return truncated("Begin");
      return Message(begin);
    }
    case 'C': {
      Commit commit;
      fields.number(1);  // flags: none are defined
      fields.number(8);  // where the commit record starts
      commit.end_lsn = fields.number(8);
      commit.committed_us = fields.time_us();
      if (!fields.whole()) return truncated("Commit");
      return Message(commit);
    }
    case 'R': {
      Relation relation;
      relation.id = static_cast<std::uint32_t>(fields.number(4));
      if (!read_relation(fields, relation)) return truncated("Relation");
      relation.serial = next_serial_++;
      relations_[relation.id] = std::move(relation);
      return Message(Skipped{kind});
    }
    default: return Message(Skipped{kind});
  }
}

CopyParser::CopyParser(std::vector<std::string> columns, std::string table) {
  relation_.name = std::move(table);
  for (std::string& name : columns) relation_.columns.push_back({std::move(name), 0});
  row_.relation = &relation_;
  row_.cells.resize(relation_.columns.size());
}

Result<const Row*> CopyParser::read(std::string_view message) {
  Fields fields(message);
  if (!header_read_) {
    constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
    if (fields.take(kSignature.size()) != kSignature) return Error("the copy is broken: it does not begin as a binary one");
    fields.number(4);               // flags
    fields.take(fields.number(4));  // extension
    if (!fields.whole()) return truncated("header of the copy");
    header_read_ = true;
  }
  const std::size_t count = fields.number(2);
  if (!fields.whole()) return truncated("row of the copy");
  if (count == 0xffff) return static_cast<const Row*>(nullptr);
  if (count != row_.cells.size())
    return Error("the copy is broken: a row of " + std::to_string(count) + " columns instead of " + std::to_string(row_.cells.size()));
  for (Cell& cell : row_.cells) {
    const std::size_t size = fields.number(4);
    cell.form = size == 0xffffffff ? Cell::Form::kNull : Cell::Form::kBinary;
    cell.bytes = size == 0xffffffff ? std::string_view() : fields.take(size);
  }
  if (!fields.whole()) return truncated("row of the copy");
  return static_cast<const Row*>(&row_);
}

}  // namespace gofuture::pgoutput
