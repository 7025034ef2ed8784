// Unloading: closed means gone, proven by the loader and by the process's mappings; what stays is noticed and said.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "plugins/world.hpp"

namespace gofuture {
namespace {

using plugin_world::library_path;
using plugin_world::manifest;
using plugin_world::World;
using ::testing::HasSubstr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeepsCode = true;
#else
constexpr bool kKeepsCode = false;
#endif

const std::string kBooking = R"({"booking_id": "b-1", "region_id": "r-7"})";

int mappings_of_libraries() {
  std::ifstream maps("/proc/self/maps");
  int found = 0;
  for (std::string line; std::getline(maps, line);) found += line.find("memfd:gofuture-") != std::string::npos ? 1 : 0;
  return found;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// Loads, handles a batch on two threads, and closes.
Unloaded whole_life(const std::string& library) {
  World world(library, manifest(), {2, 0, 42});
  world.handlers->handle(plugin_world::batch(*world.made, {{"a", kBooking}}));
  world.handlers->handle(plugin_world::batch(*world.made, {{"b", kBooking}}));
  world.answers.next();
  world.answers.next();
  world.handlers.reset();
  return world.loaded->close();
}

class UnloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (kKeepsCode) GTEST_SKIP() << "a sanitizer build keeps libraries in memory, so that its reports have names";
  }
};

TEST_F(UnloadTest, ACloseLibraryIsGone) {
  const int before = mappings_of_libraries();
  for (const char* name : {"identity", "identity_cpp", "scripted", "unique_inside"}) {
    const Unloaded end = whole_life(name);
    EXPECT_EQ(end.state, Unloaded::kGone) << name << ": " << end.why;
    EXPECT_EQ(mappings_of_libraries(), before) << name;
  }
}

TEST_F(UnloadTest, AHundredGenerationsLeaveNothingBehind) {
  whole_life("unique_inside");
  const std::size_t descriptors = open_descriptors();
  const int mappings = mappings_of_libraries();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(whole_life("unique_inside").state, Unloaded::kGone);
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_EQ(mappings_of_libraries(), mappings);
}

TEST_F(UnloadTest, WithoutTheFlagsOfTheSdkTheSameCodeWouldBeRefused) {
  const auto opened = Library::open(library_path("unique_exposed"), manifest());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("exports more than gofuture_entry_v0: "));
}

TEST_F(UnloadTest, ALibraryThatPinsItselfIsNoticedAndDoesNotShadowTheNextOne) {
  const Unloaded end = whole_life("pins_itself");
  EXPECT_EQ(end.state, Unloaded::kPinned);
  EXPECT_EQ(end.why,
            "the library was closed but stays in memory (a unique symbol, a thread_local of a living thread, or RTLD_NODELETE); "
            "build it with gofuture_add_function(), and end its threads in destroy");
  for (const char* other : {"identity", "scripted"}) {  // would get the old code if they got the old path
    const auto next = Library::open(library_path(other), manifest());
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_EQ((*next)->description().stateful, std::string(other) == "scripted");
    EXPECT_EQ((*next)->close().state, Unloaded::kGone);
  }
}

TEST_F(UnloadTest, NoCodeIsTakenFromUnderALivingHandler) {
  World world("identity");
  EXPECT_EQ(world.loaded->close().why, "1 handlers are still alive; destroy them first");
  const BatchPtr done = world.handle({{"a", kBooking}});
  EXPECT_EQ(done->events[0]->outcome, Outcome::kOk);
  world.handlers.reset();
  EXPECT_EQ(world.loaded->close().state, Unloaded::kGone);
}

TEST_F(UnloadTest, ARefusedLibraryIsUnloadedToo) {
  const int before = mappings_of_libraries();
  for (const char* name : {"newer_abi", "describes_nothing", "fits_nowhere"})
    EXPECT_FALSE(Library::open(library_path(name), manifest()));
  EXPECT_EQ(mappings_of_libraries(), before);
}

TEST_F(UnloadTest, ForADebuggerTheSameBytesCanBeLoadedFromAFile) {
  ::setenv("GOFUTURE_LOAD", "file", 1);
  const auto library = Library::open(library_path("identity"), manifest());
  ::unsetenv("GOFUTURE_LOAD");
  ASSERT_TRUE(library) << library.error().message();
  std::ifstream maps("/proc/self/maps");
  std::string mapped;
  for (std::string line; std::getline(maps, line);)
    if (line.find("/identity-" + (*library)->digest().substr(0, 16)) != std::string::npos) mapped = line.substr(line.find('/'));
  EXPECT_TRUE(std::filesystem::exists(mapped)) << mapped;
  EXPECT_EQ((*library)->close().state, Unloaded::kGone);
}

}  // namespace
}  // namespace gofuture
