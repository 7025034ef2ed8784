#include "plugin/host.hpp"

#include <gofuture/service/log.h>

#include <exception>

#include "plugin/text.hpp"

namespace gofuture {

Host::Host(const HandlerPorts& ports, BatchCall& call) : ports_(ports), call_(call) {
  const FunctionManifest& manifest = ports.plan.manifest();
  table_.struct_size = sizeof table_;
  table_.abi_version = GOFUTURE_ABI_VERSION;
  table_.host = this;
  table_.service = service;
  table_.function = bytes_of(manifest.name);
  table_.config = bytes_of(manifest.config_json);
}

const void* Host::service(const gofuture_host* host, const char* id) noexcept {
  if (host == nullptr || id == nullptr) return nullptr;
  const HandlerPorts& ports = static_cast<const Host*>(host->host)->ports_;
  const FunctionManifest& manifest = ports.plan.manifest();
  static constexpr gofuture_log_service kLog{sizeof(gofuture_log_service), 0, write_log};
  const std::string_view wanted = id;
  if (wanted == GOFUTURE_LOG_SERVICE) return &kLog;
  if (wanted == GOFUTURE_SQL_SERVICE && manifest.sql_schema) return SqlService::table();
  if (wanted == GOFUTURE_HTTP_SERVICE && ports.http != nullptr) return HttpService::table();
  if (wanted == GOFUTURE_LOOKUP_SERVICE && ports.lookup != nullptr && !manifest.lookups.empty()) return LookupService::table();
  return nullptr;
}

void Host::write_log(const gofuture_host* host, std::int32_t level, gofuture_bytes message) noexcept {
  if (host == nullptr) return;
  const Host& self = *static_cast<const Host*>(host->host);
  try {
    // From a thread of the function's own nobody can say which event it is about.
    const Event* about = self.call_.on_my_thread() ? self.call_.open_event() : nullptr;
    const auto known = level < GOFUTURE_LOG_DEBUG ? GOFUTURE_LOG_DEBUG : level > GOFUTURE_LOG_ERROR ? GOFUTURE_LOG_ERROR : level;
    self.ports_.probe.log(static_cast<Probe::Level>(known), printable(view_of(message), 8000), about);
  } catch (const std::exception&) {  // a log line that cannot be written is not worth a function's life
  }
}
static_assert(static_cast<int>(Probe::Level::kDebug) == static_cast<int>(GOFUTURE_LOG_DEBUG) &&
              static_cast<int>(Probe::Level::kError) == static_cast<int>(GOFUTURE_LOG_ERROR));

}  // namespace gofuture
