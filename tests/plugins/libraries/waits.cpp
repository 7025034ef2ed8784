// Stays in its event until the file exists whose path its config holds; for ever where there is none. Also logs, so that its
// lines can be told from the host's.
#include <gofuture/service/log.h>
#include <unistd.h>

#include <algorithm>
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
  std::string file = config.substr(std::min(config.find('/'), config.size()));  // {"go_on":"/path"}
  file.erase(file.find_last_not_of("\"}") + 1);
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    log->write(host, GOFUTURE_LOG_INFO, text("waiting for the test"));
    while (::access(file.c_str(), F_OK) != 0) std::this_thread::yield();
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
