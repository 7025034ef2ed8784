// The points that the sources name are the points that the suite goes through, and the program that is shipped has none of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "faults/points.hpp"
#include "support/contents.hpp"

namespace gofuture::test {
namespace {

std::vector<std::string> named_in_sources() {
  static const std::regex kPoint(R"(GOFUTURE_FAULT_POINT\("([^"]+)\"\))");
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(std::string(GOFUTURE_SOURCE_DIR) + "/runtime")) {
    if (file.path().extension() != ".cpp") continue;
    const std::string text = contents(file.path());
    for (auto at = std::sregex_iterator(text.begin(), text.end(), kPoint); at != std::sregex_iterator(); ++at) names.push_back((*at)[1]);
  }
  return names;
}

TEST(FaultPoints, EachStandsInTheSourcesOnceAndIsGoneThrough) {
  std::vector<std::string> tried;
  for (const Point& point : points()) tried.push_back(point.name);
  EXPECT_THAT(named_in_sources(), testing::UnorderedElementsAreArray(tried));
  EXPECT_GE(tried.size(), 25U);
}

TEST(FaultPoints, AreInTheProgramOfTheTestsAndNotInTheShippedOne) {
  for (const Point& point : points()) {
    EXPECT_NE(contents(FAULTS_PROGRAM).find(point.name), std::string::npos) << point.name;
    EXPECT_EQ(contents(SHIPPED_PROGRAM).find(point.name), std::string::npos) << point.name;
  }
  EXPECT_EQ(contents(SHIPPED_PROGRAM).find("GOFUTURE_FAULT"), std::string::npos);
}

}  // namespace
}  // namespace gofuture::test
