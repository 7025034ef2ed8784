// manifests/invalid: every broken manifest beside the exact diagnosis that it must produce. A new message starts there:
// write name.toml, run with GOFUTURE_WRITE_EXPECTED=1, and read what name.expected now says as its user would.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

// The names in the messages are the project's own.
const Catalogue& catalogue() {
  static const Catalogue loaded = [] {
    Diagnosis ignored;  // ours are checked by the test below
    return load_manifests(GOFUTURE_SOURCE_DIR "/manifests", ignored).catalogue;
  }();
  return loaded;
}

std::vector<std::string> broken_manifests() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(GOFUTURE_SOURCE_DIR "/manifests/invalid"))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class Invalid : public ::testing::TestWithParam<std::string> {};

TEST_P(Invalid, ManifestIsDiagnosedExactly) {
  const std::filesystem::path folder = GOFUTURE_SOURCE_DIR "/manifests/invalid";
  Diagnosis diagnosis;
  parse_function(contents(folder / (GetParam() + ".toml")), "manifests/invalid/" + GetParam() + ".toml", catalogue(), diagnosis);
  EXPECT_FALSE(diagnosis.empty());
  const auto expected = folder / (GetParam() + ".expected");
  if (std::getenv("GOFUTURE_WRITE_EXPECTED") != nullptr) std::ofstream(expected) << diagnosis.text();
  EXPECT_EQ(diagnosis.text(), contents(expected));
}

INSTANTIATE_TEST_SUITE_P(Folder, Invalid, ::testing::ValuesIn(broken_manifests()), [](const auto& test) { return test.param; });

TEST(Manifests, OfThisProjectAreWithoutAMistake) {
  Diagnosis diagnosis;
  const auto manifests = load_manifests(GOFUTURE_SOURCE_DIR "/manifests", diagnosis);
  EXPECT_EQ(diagnosis.text(), "");
  EXPECT_EQ(manifests.catalogue.topics.size(), 6U);
  EXPECT_EQ(manifests.catalogue.events.size(), 21U);
}

TEST(InvalidFolder, HasAtLeastSixtyManifests) { EXPECT_GE(broken_manifests().size(), 60U); }

}  // namespace
}  // namespace gofuture
