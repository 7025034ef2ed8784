#include "plugin/service_lookup.hpp"

#include <algorithm>
#include <exception>

#include "plugin/call.hpp"
#include "plugin/text.hpp"

namespace gofuture {

const gofuture_lookup_service* LookupService::table() {
  static constexpr gofuture_lookup_service kTable{sizeof(gofuture_lookup_service), 0, get};
  return &kTable;
}

std::int32_t LookupService::get(const gofuture_call* call, gofuture_bytes table, gofuture_bytes key, gofuture_bytes* answer) noexcept {
  if (call == nullptr) return GOFUTURE_LOOKUP_FAILED;
  BatchCall& host = BatchCall::of(call);
  if (!host.on_my_thread()) {
    if (answer != nullptr) *answer = bytes_of("look-ups are made on the handler's thread, in handle()");
    return GOFUTURE_LOOKUP_FAILED;
  }
  LookupService& self = host.lookup();
  std::int32_t found = GOFUTURE_LOOKUP_FAILED;
  try {
    const HostWait waiting(host.waits());
    found = self.read(view_of(table), view_of(key));
  } catch (const std::exception& error) {
    self.answer_ = error.what();
  }
  if (answer != nullptr) *answer = bytes_of(self.answer_);
  return found;
}

std::int32_t LookupService::read(std::string_view table, std::string_view key) {
  answer_.clear();
  const auto& tables = plan_.manifest().lookups;
  if (port_ == nullptr || std::none_of(tables.begin(), tables.end(), [&](const LookupTable& one) { return one.name == table; })) {
    answer_ = "no [[lookup]] of " + plan_.manifest().file + " is named \"" + printable(table, 80) + "\"";
    return GOFUTURE_LOOKUP_FAILED;
  }
  auto row = port_->get(table, key);
  if (!row) {
    answer_ = row.error().message();
    return GOFUTURE_LOOKUP_FAILED;
  }
  if (!row->has_value()) return GOFUTURE_LOOKUP_NONE;
  answer_ = std::move(**row);
  return GOFUTURE_LOOKUP_FOUND;
}

}  // namespace gofuture
