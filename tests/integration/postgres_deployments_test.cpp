// Deployments and epochs.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "integration/postgres_database.hpp"
#include "postgres/deployments.hpp"

namespace gofuture::test {
namespace {

Deployment registered(const std::string& name, const std::string& digest) {
  const auto deployment = register_function(database().conninfo(), name, digest, "1");
  EXPECT_TRUE(deployment) << deployment.error().message();
  return deployment ? *deployment : Deployment{};
}

TEST(Deployments, TheSameBuildKeepsItsEpochAndAnotherRaisesIt) {
  const Deployment first = registered("capture", "aaa");
  EXPECT_EQ(first.epoch, 1);
  EXPECT_EQ(registered("capture", "aaa").epoch, 1);
  EXPECT_EQ(registered("capture", "bbb").epoch, 2);
  EXPECT_EQ(registered("capture", "bbb").function_id, first.function_id);
  EXPECT_EQ(database().number("SELECT epoch FROM gofuture.functions WHERE name = 'capture'"), 2);
}

TEST(Deployments, ARollbackIsANewEpoch) {
  registered("rolled", "aaa");
  registered("rolled", "bbb");
  EXPECT_EQ(registered("rolled", "aaa").epoch, 3);
}

TEST(Deployments, FunctionsHaveNumbersOfTheirOwn) { EXPECT_NE(registered("one", "a").function_id, registered("two", "a").function_id); }

TEST(Deployments, ReplicasThatStartTogetherFindOneEpoch) {
  database();  // made here, not by the first thread that asks
  for (const char* digest : {"first", "second", "third"}) {
    std::vector<Deployment> found(6);
    std::vector<std::thread> threads;
    for (Deployment& deployment : found) threads.emplace_back([&deployment, digest] { deployment = registered("together", digest); });
    for (std::thread& thread : threads) thread.join();
    std::set<std::int64_t> epochs;
    for (const Deployment& deployment : found) epochs.insert(deployment.epoch);
    EXPECT_EQ(epochs.size(), 1U) << digest;
  }
  EXPECT_EQ(database().number("SELECT epoch FROM gofuture.functions WHERE name = 'together'"), 3);
}

}  // namespace
}  // namespace gofuture::test
