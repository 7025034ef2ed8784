// The plain C function, through the same fake host as the C++ ones; and both kinds as libraries: one symbol, gone after
// dlclose.
#include <dlfcn.h>
#include <gofuture/testing.hpp>

extern "C" const gofuture_entry gofuture_entry_v0;

namespace {

using gofuture::Delivery;
using gofuture::FakeHost;
using gofuture::IsOk;
using ::testing::ElementsAre;

Delivery visit(const std::string& page) {
  return {.type = "PageVisited", .data = "{}", .key = page};
}

TEST(CFunctionTest, KeepsStatePerKeyAndSeesEarlierEventsOfItsBatch) {
  FakeHost host(gofuture_entry_v0);
  EXPECT_THAT(host.handle({visit("home"), visit("help"), visit("home")}), ElementsAre(IsOk(), IsOk(), IsOk()));
  EXPECT_EQ(host.states["home"], "2");
  EXPECT_EQ(host.states["help"], "1");
  ASSERT_EQ(host.emitted.size(), 3U);
  EXPECT_EQ(host.emitted[2].data, "{\"count\":2}");
  EXPECT_EQ(host.emitted[2].key, "home");
}

// Opens, uses and closes a library; what stays loaded could never be replaced.
void expect_one_symbol_and_unload(const char* file, const Delivery& delivery) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto* entry = static_cast<const gofuture_entry*>(dlsym(library, GOFUTURE_ENTRY_SYMBOL));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->magic, GOFUTURE_ABI_MAGIC);
  EXPECT_EQ(dlsym(library, "describe"), nullptr);
  {
    FakeHost host(*entry);
    EXPECT_THAT(host.handle({delivery, delivery}), ElementsAre(IsOk(), IsOk()));
  }
  dlclose(library);
  EXPECT_EQ(dlopen(file, RTLD_NOW | RTLD_NOLOAD), nullptr) << "the library stayed loaded";
}

TEST(LibraryTest, AFunctionInCHasOneSymbolAndUnloads) {
  expect_one_symbol_and_unload(C_FUNCTION_FILE, visit("home"));
}

TEST(LibraryTest, AFunctionInCppHasOneSymbolAndUnloads) {
  expect_one_symbol_and_unload(
      CPP_FUNCTION_FILE, {.type = "BookingCreated",
                          .data = R"({"booking_id":"b","rider_id":"r","region_id":"1:1","pickup_lat":1,"pickup_lon":1,
                                                               "amount_minor":1,"currency":"USD"})",
                          .key = "1:1"});
}

}  // namespace
