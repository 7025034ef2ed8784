#include "base/thread_name.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace gofuture {
namespace {

TEST(ThreadName, IsCutToWhatLinuxShowsAndItsPartIsKept) {
  EXPECT_EQ(thread_name("relay"), "relay");
  EXPECT_EQ(thread_name("send_notification"), "send_notificati");
  EXPECT_EQ(thread_name("send_notification", "/load"), "send_notif/load");
  EXPECT_EQ(thread_name("notify", "/load"), "notify/load");
}

TEST(ThreadName, IsWhatTheKernelKnowsTheThreadBy) {
  std::string shown(16, '\0');
  std::thread([&] {
    name_this_thread("request_fraud_check", "/commit");
    ::pthread_getname_np(::pthread_self(), shown.data(), shown.size());
  }).join();
  EXPECT_STREQ(shown.c_str(), "request_/commit");
}

}  // namespace
}  // namespace gofuture
