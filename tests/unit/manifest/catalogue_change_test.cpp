#include "manifest/catalogue_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Breaks = SchemaChange::Breaks;

struct CatalogueChangeTest : ::testing::Test {
  CatalogueChangeTest() {
    before.events = {{.name = "Paid", .aliases = {}, .topic = "payments", .schema_file = {}, .schema = R"({"required": ["id"]})", .key = "/id", .subject = "/id"}};
    after = before;
  }
  std::vector<CatalogueChange> changes() { return compare_catalogues(before, after); }
  static auto change(const std::string& type, const std::string& what, Breaks breaks = Breaks::kOldEvents) {
    return ::testing::AllOf(::testing::Field(&CatalogueChange::type, type), ::testing::Field(&CatalogueChange::what, ::testing::HasSubstr(what)),
                            ::testing::Field(&CatalogueChange::breaks, breaks));
  }
  Catalogue before, after;
};

TEST_F(CatalogueChangeTest, TheSameAndMoreTypesBreakNobody) {
  after.events.push_back({.name = "Refunded", .aliases = {}, .topic = "payments", .schema_file = {}, .schema = "{}", .key = "/id", .subject = "/id"});
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(CatalogueChangeTest, ATypeThatIsGoneMovedOrKeyedAnotherWayBreaksItsOldEvents) {
  after.events[0].topic = "money";
  after.events[0].key = "/rider";
  after.events[0].subject = "/rider";
  EXPECT_THAT(changes(), ElementsAre(change("Paid", "moves from payments to money"), change("Paid", "another record key, /rider instead of /id"),
                                     change("Paid", "another subject, /rider instead of /id")));
  after.events.clear();
  EXPECT_THAT(changes(), ElementsAre(change("Paid", "is gone")));
}

TEST_F(CatalogueChangeTest, ATypeMayBeRenamedWhereItsOldNameStaysAnAlias) {
  after.events[0].name = "PaymentSucceeded";
  after.events[0].aliases = {"Paid"};
  EXPECT_THAT(changes(), ElementsAre(change("PaymentSucceeded", "was called Paid", Breaks::kOldReaders)));
}

TEST_F(CatalogueChangeTest, ASchemasChangesAreToldWithItsType) {
  after.events[0].schema = R"({"required": ["id", "amount"]})";
  EXPECT_THAT(changes(), ElementsAre(change("Paid", R"(its schema's /required now requires "amount")")));
  after.events[0].schema = "{";
  EXPECT_THAT(changes(), ElementsAre(change("Paid", "cannot be read")));
}

}  // namespace
}  // namespace gofuture
