#include "plugin/elf.hpp"

#include <gmock/gmock.h>

namespace gofuture {
namespace {

using ::testing::HasSubstr;

ElfFacts good() {
  ElfFacts facts;
  facts.exports = {{"gofuture_entry_v0", true, 64}};
  facts.needed = {"libc.so.6", "libstdc++.so.6", "libboost_json.so.1.81.0", "ld-linux-x86-64.so.2"};
  return facts;
}

std::string objection(const ElfFacts& facts) {
  const auto judged = judge_elf(facts);
  return judged ? "" : judged.error().message();
}

TEST(ElfTest, AWellBuiltLibraryMayBeLoaded) { EXPECT_EQ(objection(good()), ""); }

TEST(ElfTest, EveryObjectionStandsInOneMessage) {
  ElfFacts facts = good();
  facts.exports.push_back({"helper", false, 0});
  facts.runpaths = {"/opt"};
  facts.needed.push_back("libcurl.so.4");
  facts.executable_stack = facts.text_relocations = facts.writable_code = facts.never_unloads = true;
  const std::string all = objection(facts);
  for (const char* part : {"exports more than gofuture_entry_v0: helper", "has a RUNPATH (/opt)", "needs libcurl.so.4", "an executable stack",
                           "code that is writable", "text relocations", "never be unloaded"})
    EXPECT_THAT(all, HasSubstr(part));
}

TEST(ElfTest, LibrariesAreKnownByTheirWholeName) {
  for (const char* name : {"libc.so.6.evil/libc.so.6", "./libc.so.6", "libcrypto.so.3", "libc", "xlibc.so.6", "libm.so6"}) {
    ElfFacts facts = good();
    facts.needed.push_back(name);
    EXPECT_THAT(objection(facts), HasSubstr("which a function may not load into the runtime")) << name;
  }
}

TEST(ElfTest, OtherWaysToLoadFilesAreRefused) {
  ElfFacts facts = good();
  facts.drags = {"libother.so"};
  EXPECT_EQ(objection(facts), "would load libother.so as a filter or auditor; link it without");
}

TEST(ElfTest, ManyExportsAreNotAllListed) {
  ElfFacts facts = good();
  for (int i = 0; i < 9; ++i) facts.exports.push_back({"f" + std::to_string(i), false, 0});
  EXPECT_THAT(objection(facts), HasSubstr("f0, f1, f2, f3 and f4 and 4 more"));
}

}  // namespace
}  // namespace gofuture
