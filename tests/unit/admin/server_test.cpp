#include "admin/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gofuture {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string ask(std::uint16_t port, const std::string& request) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return "no connection";
  [[maybe_unused]] const auto sent = ::write(fd, request.data(), request.size());
  std::string answer;
  char chunk[4096];
  for (ssize_t got = 0; (got = ::read(fd, chunk, sizeof chunk)) > 0;) answer.append(chunk, static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

TEST(AdminServer, APageIsServedAndAnUnknownPathNamesThePages) {
  AdminServer server({{"/healthz", [] { return Page{200, "text/plain", "alive\n"}; }}});
  const auto port = server.start("127.0.0.1:0");
  ASSERT_TRUE(port) << port.error().message();
  EXPECT_THAT(ask(*port, "GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"), testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("alive")));
  EXPECT_THAT(ask(*port, "GET /secret HTTP/1.1\r\nHost: a\r\n\r\n"), testing::AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("/healthz")));
}

TEST(AdminServer, NothingCanBeChangedThroughIt) {
  AdminServer server({{"/healthz", [] { return Page{}; }}});
  const auto port = server.start("127.0.0.1:0");
  ASSERT_TRUE(port);
  EXPECT_THAT(ask(*port, "DELETE /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 405"));
}

TEST(AdminServer, ABusyPortIsRefusedWithTheRemedy) {
  AdminServer first({}), second({});
  const auto port = first.start("127.0.0.1:0");
  ASSERT_TRUE(port);
  const auto again = second.start("127.0.0.1:" + std::to_string(*port));
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("GOFUTURE_LISTEN"));
}

TEST(AdminServer, AnAddressThatIsNoneIsRefused) {
  AdminServer server({});
  EXPECT_FALSE(server.start("localhost"));
  EXPECT_FALSE(server.start("127.0.0.1:99999"));
  EXPECT_FALSE(server.start("127.0.0.1:"));
}

}  // namespace
}  // namespace gofuture
