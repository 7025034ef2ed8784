// What the tests of this folder share: the fixture catalogue, and folders that vanish.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "manifest/load.hpp"
#include "support/contents.hpp"

namespace gofuture {

inline const std::string kFixtureFolder = GOFUTURE_SOURCE_DIR "/tests/unit/manifest/catalogue";

using test::contents;

inline const Catalogue& fixture_catalogue() {
  static const Catalogue loaded = [] {
    Diagnosis diagnosis;
    auto manifests = load_manifests(kFixtureFolder, diagnosis);
    EXPECT_EQ(diagnosis.text(), "");
    return std::move(manifests.catalogue);
  }();
  return loaded;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gofuture-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string write(const std::string& name, std::string_view text) const {
    const auto file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }
  void copy_catalogue() const { std::filesystem::copy(kFixtureFolder, path_, std::filesystem::copy_options::recursive); }
  void pipe(const std::string& name) const { EXPECT_EQ(::mkfifo((path_ + "/" + name).c_str(), 0600), 0); }

 private:
  std::string path_;
};

}  // namespace gofuture
