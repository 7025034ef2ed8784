// DeadRowReader: one row of dead_letters on its way to Kafka, as the dead letter that it is. Pure; used by the relay's thread.
//
//   DeadRowReader reader;
//   auto row = reader.read(*pgoutput_row);                     // views into the message and the reader, until the next read()
//   sink.send(DeadLetterRecord(row->letter).record(), token);
#pragma once

#include <array>
#include <cstdint>

#include "base/result.hpp"
#include "pipeline/dead_letter.hpp"
#include "postgres/pgoutput.hpp"
#include "postgres/relay_columns.hpp"

namespace gofuture {

struct DeadRow {
  DeadLetter letter;
  std::int64_t seq = 0;
  std::int64_t dead_ms = 0;
};

class DeadRowReader {
 public:
  static constexpr int kColumns = 18;
  static const std::array<const char*, kColumns>& columns();  // of dead_letters, as a SELECT must name them for read()
  DeadRowReader();

  // Fails for what is no row of dead_letters: a column is missing, null where it must not be, or of another type.
  Result<DeadRow> read(const pgoutput::Row& row);

 private:
  ColumnPlaces places_;
};

}  // namespace gofuture
