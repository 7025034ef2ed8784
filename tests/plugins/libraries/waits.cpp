// Stays in its event until config says so: the file that [config] names ("go_on") exists. Also logs, so that its lines can be
// told from the host's.
#include <gofuture/service/log.h>
#include <unistd.h>

#include <string>
#include <thread>
#define OWN_CREATE
#define OWN_HANDLE
#include "skeleton.h"

static void* create(const gofuture_host* host, char*, uint64_t) { return const_cast<gofuture_host*>(host); }

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  const auto* host = static_cast<const gofuture_host*>(self);
  const auto* log = static_cast<const gofuture_log_service*>(host->service(host, GOFUTURE_LOG_SERVICE));
  const std::string config(static_cast<const char*>(host->config.data), host->config.size);
  const std::string file = config.substr(1, config.size() - 2);  // {path}
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    log->write(host, GOFUTURE_LOG_INFO, text("waiting for the test"));
    while (::access(file.c_str(), F_OK) != 0) std::this_thread::yield();
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
