// Host: the gofuture_host of one handler: the function's name and [config], and the services that its manifest allows. Lives
// from before create() until after destroy().
#pragma once

#include <gofuture/abi.h>

#include "plugin/call.hpp"

namespace gofuture {

class Host {
 public:
  // `call` is the one that this handler will be called with: it knows which event a log line is about.
  Host(const HandlerPorts& ports, BatchCall& call);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  const gofuture_host& table() const { return table_; }

 private:
  static const void* service(const gofuture_host* host, const char* id) noexcept;
  static void write_log(const gofuture_host* host, std::int32_t level, gofuture_bytes message) noexcept;

  const HandlerPorts& ports_;
  BatchCall& call_;
  gofuture_host table_{};
};

}  // namespace gofuture
