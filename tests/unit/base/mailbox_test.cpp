// One wake per batch, never per message, and no message without a wake.
#include "base/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdint>
#include <memory>
#include <thread>

namespace gofuture {
namespace {

using ::testing::ElementsAre;

bool readable(int fd, int timeout_ms = 0) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, timeout_ms) == 1;
}

TEST(Mailbox, SleepsWhileEmptyAndWakesForTheFirstMessage) {
  Mailbox<int> mailbox;
  EXPECT_FALSE(readable(mailbox.wait_fd()));
  mailbox.post(1);
  EXPECT_TRUE(readable(mailbox.wait_fd()));
  std::vector<int> messages{9};
  mailbox.take(messages);
  EXPECT_THAT(messages, ElementsAre(1)) << "what was in the vector before is gone";
  EXPECT_FALSE(readable(mailbox.wait_fd())) << "taking forgets the wake";
}

TEST(Mailbox, RingsOncePerBatch) {
  Mailbox<int> mailbox;
  std::vector<int> messages;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) mailbox.post(i);
    std::uint64_t rings = 0;
    ASSERT_EQ(::read(mailbox.wait_fd(), &rings, sizeof rings), static_cast<ssize_t>(sizeof rings));
    EXPECT_EQ(rings, 1U);
    mailbox.take(messages);
    EXPECT_EQ(messages.size(), 1000U);
  }
}

TEST(Mailbox, KeepsTheOrderOfEachPosterAndLosesNothing) {
  constexpr int kPosters = 4, kEach = 20'000;
  Mailbox<std::pair<int, int>> mailbox;
  std::vector<std::thread> posters;
  for (int who = 0; who < kPosters; ++who)
    posters.emplace_back([&mailbox, who] {
      for (int i = 0; i < kEach; ++i) mailbox.post({who, i});
    });
  std::vector<int> next(kPosters, 0);
  std::vector<std::pair<int, int>> messages;
  for (int taken = 0; taken < kPosters * kEach;) {
    ASSERT_TRUE(readable(mailbox.wait_fd(), 30'000)) << "a message waits and nobody was woken";
    mailbox.take(messages);
    for (const auto& [who, i] : messages) ASSERT_EQ(i, next[static_cast<std::size_t>(who)]++);
    taken += static_cast<int>(messages.size());
  }
  for (auto& poster : posters) poster.join();
  mailbox.take(messages);  // a last ring may come after its message was taken: an empty wake is allowed, a lost one is not
  EXPECT_TRUE(messages.empty());
}

TEST(Mailbox, CarriesWhatCanOnlyBeMoved) {
  Mailbox<std::unique_ptr<int>> mailbox;
  mailbox.post(std::make_unique<int>(7));
  std::vector<std::unique_ptr<int>> messages;
  mailbox.take(messages);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(*messages.front(), 7);
}

}  // namespace
}  // namespace gofuture
