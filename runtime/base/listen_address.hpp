// "127.0.0.1:9464", "[::1]:8088": where a listener of this process binds to. Names are not resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gofuture {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};
std::optional<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace gofuture
