// What the tests read from a real database, in the words that the contract uses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "integration/postgres_database.hpp"
#include "support/database_rows.hpp"

namespace gofuture::test {

std::vector<OutboxRow> outbox_of(TestDatabase& database);
std::optional<InboxRow> inbox_of(TestDatabase& database, const std::string& function, const Uuid& event_id);
std::optional<StoredKey> key_of(TestDatabase& database, const std::string& function, const std::string& state_key);
std::vector<DeadLetter> dead_letters_of(TestDatabase& database, const std::string& function);
std::vector<ParkedRow> parked_of(TestDatabase& database, const std::string& function);
std::vector<TimerRow> timers_of(TestDatabase& database, const std::string& function);
std::int64_t clock_of(TestDatabase& database);  // microseconds since 1970

}  // namespace gofuture::test
