// What may stand in events_outbox, as the catalogue says: known topics and values of at most the topic's size. What could not
// be produced is refused at insert, in the transaction that asked for it, and never stops the relay.
#pragma once

#include <string>

#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

class PgConnection;

// The body of CHECK events_outbox_topic.
std::string outbox_check(const PgConnection& connection, const Catalogue& catalogue);
// Replaces the CHECK when it is another; true when it was. Rows that stand already are not looked at.
Result<bool> apply_outbox_check(PgConnection& connection, const Catalogue& catalogue);
// Makes the relay's logical slot (pgoutput); true when it was not there.
Result<bool> ensure_slot(PgConnection& connection, const std::string& slot);

}  // namespace gofuture
