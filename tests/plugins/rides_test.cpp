// The ride platform's own functions, built as authors build theirs: each loads, fits its manifest, makes a handler and leaves
// nothing behind.
#include <gtest/gtest.h>

#include "manifest/load.hpp"
#include "plugins/world.hpp"

namespace gofuture {
namespace {

const std::string kBooking = R"({"booking_id": "b-1", "rider_id": "u-1", "region_id": "3776:-12243", "pickup_lat": 37.76,
  "pickup_lon": -122.42, "amount_minor": 1250, "currency": "USD"})";

Manifests read_manifests() {
  Diagnosis diagnosis;
  Manifests manifests = load_manifests(std::string(GOFUTURE_SOURCE_DIR) + "/manifests", diagnosis);
  EXPECT_TRUE(diagnosis.empty()) << diagnosis.text();
  return manifests;
}

std::string library_of(const FunctionManifest& manifest) { return std::string(GOFUTURE_FUNCTION_DIR) + "/" + manifest.library + ".so"; }

TEST(RidesTest, EveryFunctionLoadsFitsItsManifestAndUnloads) {
  const Manifests manifests = read_manifests();
  const auto catalogue = std::make_shared<const Catalogue>(manifests.catalogue);
  EXPECT_FALSE(manifests.functions.empty());
  for (const FunctionManifest& manifest : manifests.functions) {
    SCOPED_TRACE(manifest.name);
    auto library = Library::open(library_of(manifest), manifest);
    ASSERT_TRUE(library) << library.error().message();
    auto plan = Plan::make(manifest, catalogue);
    ASSERT_TRUE(plan) << plan.error().message();
    plugin_world::ManualClock clock;
    plugin_world::FakeProbe probe;
    plugin_world::FakeAnswers answers;
    auto handlers = PluginHandlers::make(*library, *plan, &answers, clock, probe, nullptr, {1, 1, 42});
    ASSERT_TRUE(handlers) << handlers.error().message();
    handlers->reset();
    const Unloaded end = (*library)->close();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_EQ(end.state, Unloaded::kGone) << end.why;
#endif
  }
}

TEST(RidesTest, ABookingBecomesAPayment) {
  const Manifests manifests = read_manifests();
  for (const FunctionManifest& manifest : manifests.functions) {
    if (manifest.name != "start_payment") continue;
    auto library = Library::open(library_of(manifest), manifest);
    ASSERT_TRUE(library) << library.error().message();
    auto plan = Plan::make(manifest, std::make_shared<const Catalogue>(manifests.catalogue));
    ASSERT_TRUE(plan) << plan.error().message();
    plugin_world::ManualClock clock;
    plugin_world::FakeProbe probe;
    plugin_world::FakeAnswers answers;
    auto handlers = PluginHandlers::make(*library, *plan, &answers, clock, probe, nullptr, {1, 0, 42});
    ASSERT_TRUE(handlers) << handlers.error().message();
    (*handlers)->handle(plugin_world::batch(**plan, {{"r-7", kBooking}, {"r-8", "{}"}}));
    const BatchPtr done = answers.next();
    EXPECT_EQ(done->events[0]->outcome, Outcome::kOk) << done->events[0]->message;
    EXPECT_EQ(done->events[1]->outcome, Outcome::kReject);  // not what the schema lets in; the function refuses it too
    ASSERT_EQ(done->emissions.size(), 1U);
    EXPECT_EQ(done->emissions[0].type, "PaymentInitiated");
    EXPECT_EQ(done->emissions[0].key, "b-1");
    handlers->reset();
    const Unloaded end = (*library)->close();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_EQ(end.state, Unloaded::kGone) << end.why;  // after it has parsed and written JSON
#endif
  }
}

}  // namespace
}  // namespace gofuture
