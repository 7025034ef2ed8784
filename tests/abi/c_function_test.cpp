// The plain C function, through the same fake host as the C++ ones, and as a library: one symbol, and gone after dlclose.
#include <dlfcn.h>
#include <gofuture/testing.hpp>

extern "C" const gofuture_entry gofuture_entry_v0;

namespace {

using gofuture::Delivery;
using gofuture::FakeHost;
using gofuture::IsOk;
using ::testing::ElementsAre;

Delivery visit(const std::string& page) { return {.type = "PageVisited", .data = "{}", .key = page}; }

TEST(CFunctionTest, KeepsStatePerKeyAndSeesEarlierEventsOfItsBatch) {
  FakeHost host(gofuture_entry_v0);
  EXPECT_THAT(host.handle({visit("home"), visit("help"), visit("home")}), ElementsAre(IsOk(), IsOk(), IsOk()));
  EXPECT_EQ(host.states["home"], "2");
  EXPECT_EQ(host.states["help"], "1");
  ASSERT_EQ(host.emitted.size(), 3U);
  EXPECT_EQ(host.emitted[2].data, "{\"count\":2}");
  EXPECT_EQ(host.emitted[2].key, "home");
}

TEST(CFunctionTest, LibraryExportsItsEntryAndNothingElseAndUnloads) {
  void* library = dlopen(C_FUNCTION_FILE, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto* entry = static_cast<const gofuture_entry*>(dlsym(library, GOFUTURE_ENTRY_SYMBOL));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->magic, GOFUTURE_ABI_MAGIC);
  EXPECT_EQ(dlsym(library, "describe"), nullptr);
  dlclose(library);
  EXPECT_EQ(dlopen(C_FUNCTION_FILE, RTLD_NOW | RTLD_NOLOAD), nullptr);
}

}  // namespace
