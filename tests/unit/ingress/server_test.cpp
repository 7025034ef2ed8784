// Who may send, how much, how fast, and what happens while the database is slow, away, or the process stops.
#include <thread>

#include "ingress/rate.hpp"
#include "unit/ingress/rig.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kToken = "0123456789abcdef", kNext = "fedcba9876543210";
std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

IngressOptions with_tokens() {
  IngressOptions options;
  options.tokens = *Tokens::parse("orders:" + kToken + "\n# the next one\norders-next:" + kNext + "\n");
  return options;
}

TEST_F(Ingress, OnlyATokenOfTheListOpens) {
  start(with_tokens());
  EXPECT_THAT(ask(post(taken("1"), kData)), AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("WWW-Authenticate: Bearer")));
  EXPECT_THAT(ask(post(taken("1") + bearer("0123456789abcdeX"), kData)), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask(post(taken("1") + bearer(kToken + kToken), kData)), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(ask(post(taken("1") + "Authorization: Basic " + kToken + "\r\n", kData)), StartsWith("HTTP/1.1 401"));
  EXPECT_TRUE(outbox->rows().empty());
  EXPECT_THAT(ask(post(taken("1") + bearer(kToken), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(ask(post(taken("2") + "authorization: bearer " + kNext + "\r\n", kData)), StartsWith("HTTP/1.1 202")) << "both, while they are replaced";
}

TEST(IngressTokens, AMistakeInTheListIsToldWithoutTheToken) {
  const auto says = [](const std::string& text) {
    const auto tokens = Tokens::parse(text);
    return tokens ? std::string() : tokens.error().message();
  };
  EXPECT_EQ(says(""), "");
  EXPECT_EQ(says(" a:0123456789abcdef , b:0123456789abcdeF\n"), "");
  EXPECT_THAT(says("0123456789abcdef"), AllOf(HasSubstr("token 1"), HasSubstr("name:token"), Not(HasSubstr("0123"))));
  EXPECT_THAT(says("a:0123456789abcdef,b:short"), AllOf(HasSubstr("token 2 of the ingress (b)"), HasSubstr("shorter than 16"), Not(HasSubstr("short\""))));
  EXPECT_THAT(says("a:0123456789abcde\""), HasSubstr("cannot have"));
  EXPECT_THAT(says("a b:0123456789abcdef"), HasSubstr("name of other characters"));
  EXPECT_THAT(says("a:0123456789abcdef\na:0123456789abcdeF"), HasSubstr("stands twice"));
}

TEST_F(Ingress, WithoutATokenItListensOnThisMachineAlone) {
  auto made = IngressServer::make({}, test_catalogue(), clock, std::make_unique<MemoryOutbox>(), probe);
  ASSERT_TRUE(made);
  const auto port_of_all = (*made)->start("0.0.0.0:0");
  ASSERT_FALSE(port_of_all);
  EXPECT_THAT(port_of_all.error().message(), AllOf(HasSubstr("has no token"), HasSubstr("GOFUTURE_INGRESS_TOKENS")));
  EXPECT_FALSE((*made)->start("somewhere"));
  EXPECT_TRUE((*made)->start("[::1]:0"));
}

TEST_F(Ingress, OtherPathsAndMethodsAreTurnedAway) {
  start();
  EXPECT_THAT(ask("POST /v1/event HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 404"), HasSubstr("/v1/events")));
  EXPECT_THAT(ask("GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("Allow: POST")));
  EXPECT_THAT(ask("POST /v1/events HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(ask("what is this\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(Ingress, LargeRequestsAreTurnedAwayBeforeTheyAreRead) {
  IngressOptions options;
  options.body_bytes_max = 100;
  options.acceptance.events_max = 2;
  start(options);
  EXPECT_THAT(ask("POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("100 bytes")));
  const std::string chunk(101, ' ');
  EXPECT_THAT(ask("POST /v1/events HTTP/1.1\r\nHost: a\r\n" + kJson + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + chunk + "\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(ask(post(kBatch, "[7,7,7]")), AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("too_many_events")));
  EXPECT_THAT(ask(post("a: " + std::string(17'000, 'a') + "\r\n", kData)), StartsWith("HTTP/1.1 431"));
}

TEST_F(Ingress, AChunkedBodyAndOneThatWaitsToBeAskedForAreTaken) {
  start();
  EXPECT_THAT(ask("POST /v1/events HTTP/1.1\r\nHost: a\r\n" + taken("1") + "Transfer-Encoding: chunked\r\n\r\n12\r\n" + kData + "\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 202"));
  Client client(port);
  client.send("POST /v1/events HTTP/1.1\r\nHost: a\r\n" + taken("2") + "Expect: 100-continue\r\nContent-Length: 18\r\n\r\n");
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 100"));
  EXPECT_THAT(client.ask(kData), StartsWith("HTTP/1.1 202"));
}

TEST_F(Ingress, AConnectionCarriesManyRequestsAlsoSentAtOnce) {
  start();
  Client client(port);
  client.send(post(taken("1"), kData) + post(taken("2"), kData));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(client.ask(post(taken("3"), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(outbox->rows().size(), 3U);
}

TEST_F(Ingress, TooManyRequestsOfOneTokenMustWaitAndOthersNeedNot) {
  IngressOptions options = with_tokens();
  options.requests_per_second = 2;
  start(options);
  for (const char* id : {"1", "2"}) EXPECT_THAT(ask(post(taken(id) + bearer(kToken), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(ask(post(taken("3") + bearer(kToken), kData)), AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 1"), HasSubstr("\"rate\"")));
  EXPECT_THAT(ask(post(taken("4") + bearer(kNext), kData)), StartsWith("HTTP/1.1 202"));
  clock.advance(500);
  EXPECT_THAT(ask(post(taken("3") + bearer(kToken), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(probe.refused().at("rate"), 1);
}

TEST(IngressRate, HoldsASecondsWorthAndFillsEvenly) {
  Rate rate(4, 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rate.take(0), 0);
  EXPECT_EQ(rate.take(0), 250);
  EXPECT_EQ(rate.take(100), 150);
  EXPECT_EQ(rate.take(250), 0);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rate.take(100'000), 0);
  EXPECT_GT(rate.take(100'000), 0) << "a long pause saves up no more than a second's worth";
}

TEST_F(Ingress, ARequestThatDribblesInIsCut) {
  IngressOptions options;
  options.read_timeout_ms = 50;
  start(options);
  Client client(port);
  client.send("POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Le");
  EXPECT_TRUE(client.ended());
  while (probe.refused().empty()) std::this_thread::yield();  // the connection ends first
  EXPECT_EQ(probe.refused().at("timeout"), 1);
  Client silent(port), whole(port);
  EXPECT_THAT(whole.ask(post(taken("1"), kData)), StartsWith("HTTP/1.1 202")) << "and nobody else waits for it";
}

TEST_F(Ingress, BeyondTheLimitAConnectionWaitsUntilAnotherEnds) {
  IngressOptions options;
  options.connections_max = 1;
  start(options);
  auto first = std::make_unique<Client>(port);
  ASSERT_THAT(first->ask(post(taken("1"), kData)), StartsWith("HTTP/1.1 202"));
  Client second(port);
  second.send(post(taken("2"), kData));
  ASSERT_THAT(first->ask(post(taken("3"), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(outbox->rows().size(), 2U);
  first.reset();
  EXPECT_THAT(second.receive(), StartsWith("HTTP/1.1 202"));
}

TEST_F(Ingress, RequestsThatComeWhileOneIsWrittenShareTheNextTransaction) {
  start();
  outbox->hold();
  Client first(port);
  first.send(post(taken("first"), kData));
  outbox->await_held();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(port));
    clients.back()->send(post(taken(std::to_string(i)), kData));
  }
  while (server->waiting() < 21) std::this_thread::yield();
  EXPECT_EQ(outbox->transactions(), 1);
  EXPECT_TRUE(outbox->rows().empty()) << "and nobody has been answered";
  outbox->release();
  for (auto& client : clients) EXPECT_THAT(client->receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(first.receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(outbox->transactions(), 2);
  EXPECT_EQ(outbox->rows().size(), 21U);
}

TEST_F(Ingress, WhatTheQueueHasNoRoomForComesAgain) {
  IngressOptions options;
  options.group.requests_max = 2;
  start(options);
  outbox->hold();
  Client first(port), second(port), third(port);
  first.send(post(taken("1"), kData));
  second.send(post(taken("2"), kData));
  while (server->waiting() < 2) std::this_thread::yield();
  EXPECT_THAT(third.ask(post(taken("3"), kData)), AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 1"), HasSubstr("\"busy\"")));
  outbox->release();
  EXPECT_THAT(first.receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(second.receive(), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(third.ask(post(taken("3"), kData)), StartsWith("HTTP/1.1 202"));
}

TEST_F(Ingress, ADatabaseThatIsAwayIsAReasonToComeAgainAndOneThatRefusesIsNot) {
  start();
  outbox->answer_with(Written::Status::kUnavailable);
  EXPECT_THAT(ask(post(taken("1"), kData)), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 2")));
  outbox->answer_with(Written::Status::kRefused);
  EXPECT_THAT(ask(post(taken("1"), kData)), AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("Retry-After")), Not(HasSubstr("as the test says"))));
  EXPECT_THAT(probe.lines(), HasSubstr("as the test says"));
}

TEST_F(Ingress, AStopAnswersWhatIsBeingWrittenAndTakesNothingMore) {
  start();
  Client idle(port), half(port), whole(port);
  ASSERT_THAT(idle.ask(post(taken("0"), kData)), StartsWith("HTTP/1.1 202"));
  outbox->hold();
  half.send("POST /v1/events HTTP/1.1\r\nHost: a\r\n");
  whole.send(post(taken("1"), kData));
  outbox->await_held();
  std::thread stop([this] { server->stop(); });
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(half.ended());
  EXPECT_FALSE(Client(port).connected());
  outbox->release();
  EXPECT_THAT(whole.receive(), AllOf(StartsWith("HTTP/1.1 202"), HasSubstr("Connection: close")));
  stop.join();
  EXPECT_EQ(outbox->rows().size(), 2U);
  server->stop();
}

TEST_F(Ingress, AStopDoesNotWaitForADatabaseForEver) {
  IngressOptions options;
  options.stop_timeout_ms = 20;
  start(options);
  outbox->hold();
  Client client(port);
  client.send(post(taken("1"), kData));
  outbox->await_held();
  server->stop();
  server.reset();
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace gofuture::test
