// Asks a process's page, as AdminServer serves it.
//
//   auto page = ask_page("127.0.0.1:9464", "/metrics", 2'000);   // an Error: nobody answers there, or not with 200
#pragma once

#include <string>

#include "base/result.hpp"

namespace gofuture {

// Blocks, at most `timeout_ms`. `address` is what GOFUTURE_LISTEN says, or host:port.
Result<std::string> ask_page(const std::string& address, const std::string& path, int timeout_ms);

}  // namespace gofuture
