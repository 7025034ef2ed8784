// What functions ask of the host: SQL inside the store's transaction, HTTP within the allow list, look-ups.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "plugins/world.hpp"

namespace gofuture {
namespace {

using plugin_world::batch;
using plugin_world::manifest;
using plugin_world::outcomes;
using plugin_world::World;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// --- sql --------------------------------------------------------------------------------------------------------------------

class FakeSession : public SqlSession {
 public:
  Result<SqlRows> execute(std::string_view sql, const std::vector<std::optional<std::string_view>>& parameters) override {
    std::string line(sql);
    for (const auto& parameter : parameters) line += " | " + (parameter ? std::string(*parameter) : "NULL");
    executed.push_back(line);
    if (sql.find("nowhere") != std::string_view::npos) return Error("relation \"nowhere\" does not exist");
    SqlRows rows;
    rows.affected = 1;
    if (sql.starts_with("SELECT")) {
      rows.columns = {"a", "b"};
      rows.cells = {"first", std::nullopt};
    }
    return rows;
  }
  std::vector<std::string> executed;
};

FunctionManifest with_sql() {
  FunctionManifest of = manifest();
  of.sql_schema = "ride";
  return of;
}

class SqlTwin : public ::testing::TestWithParam<const char*> {
 protected:
  void run(Batch& given) { world_.handlers->run(given, session_); }
  World world_{GetParam(), with_sql(), {0, 2, 42}};
  FakeSession session_;
};
INSTANTIATE_TEST_SUITE_P(InCAndInCpp, SqlTwin, ::testing::Values("asks_sql", "asks_sql_cpp"));

TEST_P(SqlTwin, StatementsRunInTheSessionThatWasLentAndRowsComeBack) {
  const BatchPtr given = batch(*world_.made, {{"k", "SELECT a, b FROM t WHERE k = $1"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kOk));
  EXPECT_EQ(given->slots[0].state, "first");
  EXPECT_THAT(session_.executed, ElementsAre("SELECT a, b FROM t WHERE k = $1 | k | NULL"));
}

TEST_P(SqlTwin, TransactionCommandsNeverReachTheSession) {
  const BatchPtr given = batch(*world_.made, {{"k", "COMMIT"}, {"l", "SELECT 1; ROLLBACK"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), Each(Outcome::kRetry));
  EXPECT_THAT(given->events[0]->message, StartsWith("a function may not run COMMIT: "));
  EXPECT_THAT(given->events[1]->message, StartsWith("one statement per call: "));
  EXPECT_THAT(session_.executed, IsEmpty());
}

TEST_P(SqlTwin, AfterAnErrorTheRestOfTheBatchIsHeldBecauseItsTransactionIsLost) {
  const BatchPtr given = batch(*world_.made, {{"k", "UPDATE t SET a = 1"}, {"l", "SELECT * FROM nowhere"}, {"m", "SELECT 1"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kOk, Outcome::kRetry, Outcome::kHeld));
  EXPECT_EQ(given->events[1]->message, "relation \"nowhere\" does not exist");
  EXPECT_THAT(session_.executed, SizeIs(2));
  const BatchPtr again = batch(*world_.made, {{"m", "SELECT 1"}});  // the next transaction is a new one
  run(*again);
  EXPECT_THAT(outcomes(*again), ElementsAre(Outcome::kOk));
}

TEST_P(SqlTwin, SkippingAfterChangingRowsIsABreachBecauseTheRowsWouldStay) {
  const BatchPtr given = batch(*world_.made, {{"k", "SELECT 1 -- skip"}, {"l", "UPDATE t SET a = 1 -- skip"}});
  run(*given);
  EXPECT_THAT(outcomes(*given), ElementsAre(Outcome::kSkip, Outcome::kRetry));
  EXPECT_EQ(given->events[1]->message,
            "the function skipped an event after its SQL had changed rows; finish it with ok, or with reject to undo them");
}

TEST_P(SqlTwin, ThreadsOfTheStoreBorrowHandlersOfTheirOwn) {
  std::vector<std::thread> stores;
  std::atomic<int> done = 0;
  for (int i = 0; i < 4; ++i)
    stores.emplace_back([&] {
      FakeSession session;
      for (int j = 0; j < 50; ++j) {
        const BatchPtr given = batch(*world_.made, {{"k", "SELECT 1"}});
        world_.handlers->run(*given, session);
        done += given->events[0]->outcome == Outcome::kOk ? 1 : 0;
      }
    });
  for (std::thread& store : stores) store.join();
  EXPECT_EQ(done, 200);
}

// --- lookup -----------------------------------------------------------------------------------------------------------------

class FakeLookup : public Lookup {
 public:
  Result<std::optional<std::string>> get(std::string_view table, std::string_view key) override {
    if (key == "broken") return Error("the database is away");
    if (key == "none") return std::optional<std::string>();
    return std::optional<std::string>(std::string(table) + "/" + std::string(key));
  }
};

TEST(LookupServiceTest, ReadsDeclaredTablesOnly) {
  FunctionManifest of = manifest();
  of.lookups = {{"prices", "ride.prices", "region_id", 1'000}};
  FakeLookup lookup;
  World world("asks_lookup", of, {1, 0, 42}, &lookup);
  const BatchPtr done = world.handle({{"r-1", "prices"}, {"none", "prices"}, {"broken", "prices"}, {"r-2", "secrets"}});
  EXPECT_EQ(done->slots[0].state, "0 prices/r-1");
  EXPECT_EQ(done->slots[1].state, "1 ");
  EXPECT_EQ(done->slots[2].state, "2 the database is away");
  EXPECT_EQ(done->slots[3].state, "2 no [[lookup]] of manifests/identity.toml is named \"secrets\"");
}

// --- http -------------------------------------------------------------------------------------------------------------------

// A server on the loopback that answers by path; it takes one connection at a time, each for as many requests as come.
class TinyServer {
 public:
  TinyServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TinyServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::atomic<int> connections = 0;

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (stopping_ || connection < 0) return;
      ++connections;
      while (answer(connection)) {
      }
      ::close(connection);
    }
  }

  // Reads one request; false when the connection is to be closed.
  bool answer(int connection) {
    std::string request;
    char buffer[4096];
    while (request.find("hello") == std::string::npos) {  // the body
      const ssize_t got = ::read(connection, buffer, sizeof buffer);
      if (got <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string path = request.substr(5, request.find(' ', 5) - 5);
    if (path == "/api/hangup") return false;
    if (path == "/api/silence") {
      while (::read(connection, buffer, sizeof buffer) > 0) {
      }
      return false;
    }
    std::string body = "seen ";
    const auto key = request.find("Idempotency-Key: ");
    if (key != std::string::npos) body += request.substr(key + 17, request.find('\r', key) - key - 17);
    if (path == "/api/big") body.assign(2 << 20, 'x');
    std::string head = path == "/api/moved" ? "HTTP/1.1 302 Found\r\nLocation: " + url("/api/ok") + "\r\n" : "HTTP/1.1 200 OK\r\n";
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    const std::string all = head + body;
    for (std::size_t sent = 0; sent < all.size();) {
      const ssize_t wrote = ::send(connection, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
      if (wrote <= 0) return false;
      sent += static_cast<std::size_t>(wrote);
    }
    return true;
  }

  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class HttpServiceTest : public ::testing::Test {
 protected:
  std::string ask(const std::string& url) {
    if (!world_) {
      FunctionManifest of = manifest();
      of.http = Http{{server_.url("/api"), "http://127.0.0.1:1/"}, 300};
      world_ = std::make_unique<World>("asks_http", of);
    }
    const BatchPtr done = world_->handle({{"k", url}});
    id_ = done->events[0]->event_id.text();
    return done->slots[0].state.value_or("nothing");
  }
  TinyServer server_;
  std::unique_ptr<World> world_;
  std::string id_;
};

TEST_F(HttpServiceTest, AnAllowedRequestIsAnsweredAndCarriesItsIdempotencyKey) {
  const std::string answer = ask(server_.url("/api/ok"));
  EXPECT_EQ(answer, "Aseen " + id_ + "/identity/charge/0");
}

TEST_F(HttpServiceTest, ANamedEffectIsTheSameRequestWhicheverEventAsks) {
  EXPECT_EQ(ask(server_.url("/api/once")), "Aseen identity/charge/k/refund 1") << "no event in it";
}

TEST_F(HttpServiceTest, AnEffectOfAKeyThatDoesNotFitIntoAHeaderIsNotSent) {
  ask(server_.url("/api/ok"));
  const BatchPtr done = world_->handle({{"k\r\nX-Evil: 1", server_.url("/api/once")}});
  EXPECT_THAT(done->slots[0].state.value_or("nothing"), StartsWith("Fan effect's name, and the state key it belongs to, go into a header"));
}

TEST_F(HttpServiceTest, ConnectionsAreKept) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(ask(server_.url("/api/ok")), StartsWith("A"));
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(HttpServiceTest, WhatIsNotAllowedIsNeverSent) {
  EXPECT_THAT(ask(server_.url("/other")), HasSubstr("is not in [http] allow ("));
  EXPECT_THAT(ask(server_.url("/api/../other")), StartsWith("F"));
  EXPECT_THAT(ask("ftp://127.0.0.1/x"), StartsWith("F"));
  EXPECT_EQ(server_.connections, 0);
}

TEST_F(HttpServiceTest, WhereNobodyListensNothingWasSent) { EXPECT_THAT(ask("http://127.0.0.1:1/x"), StartsWith("U")); }

TEST_F(HttpServiceTest, ARequestWithoutAnAnswerIsUnknownNotFailed) {
  EXPECT_THAT(ask(server_.url("/api/silence")), StartsWith("K"));
  EXPECT_THAT(ask(server_.url("/api/hangup")), StartsWith("K"));
}

TEST_F(HttpServiceTest, AnAnswerWithoutEndIsCutOff) {
  EXPECT_EQ(ask(server_.url("/api/big")), "Kthe answer is larger than 1 MiB; it was cut off");
}

TEST_F(HttpServiceTest, ARedirectIsAnAnswerAndIsNotFollowed) {
  EXPECT_THAT(ask(server_.url("/api/moved")), StartsWith("Aseen "));
  EXPECT_EQ(server_.connections, 1);
}

TEST_F(HttpServiceTest, AProxyOfTheEnvironmentIsIgnored) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_THAT(ask(server_.url("/api/ok")), StartsWith("Aseen "));
  ::unsetenv("http_proxy");
}

}  // namespace
}  // namespace gofuture
