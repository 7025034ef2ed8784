// What `gofuture new` writes, refuses and never touches. That it builds and passes is proven by tests/sdk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/command_line.hpp"

namespace gofuture::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using test::Said;

class NewFunctionTest : public ::testing::Test {
 protected:
  NewFunctionTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~NewFunctionTest() override { fs::remove_all(folder_); }

  Said gofuture(std::vector<std::string> words) const { return test::command(folder_, std::move(words), test::Output::kTerminal); }
  std::string read(const std::string& file) const {
    std::ifstream in(folder_ / file);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text;
  }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& one : fs::recursive_directory_iterator(folder_)) ++count;
    return count;
  }

  const fs::path folder_ = fs::temp_directory_path() / ("gofuture-new-" + std::to_string(::getpid()));
};

TEST_F(NewFunctionTest, AnEmptyFolderBecomesAProjectWithACatalogueThatHasNoMistakes) {
  const Said said = gofuture({"new", "hello", "--on", "OrderPlaced", "--emit", "OrderWelcomed"});
  EXPECT_EQ(said.status, kDone) << said.error;
  EXPECT_THAT(said.out, AllOf(HasSubstr("functions/hello/function.cpp"), HasSubstr("cmake -B build"),
                              HasSubstr("gofuture invoke hello --event functions/hello/OrderPlaced.json")));
  EXPECT_THAT(read("CMakeLists.txt"), HasSubstr("find_package(GoFuture REQUIRED)"));
  EXPECT_THAT(read("functions/hello/function.cpp"), AllOf(HasSubstr("Outcome on(const events::OrderPlaced& order)"),
                                                          HasSubstr("emit(events::OrderWelcomed{.order_id = order.order_id});")));
  EXPECT_THAT(read("functions/hello/function_test.cpp"), HasSubstr("ElementsAre(Event<events::OrderWelcomed>())"));
  const Said check = gofuture({"check"});
  EXPECT_EQ(check.status, kDone) << check.error;
  EXPECT_THAT(check.out, HasSubstr("1 function, 1 topic, 2 event types: no mistakes"));
  EXPECT_THAT(gofuture({"describe", "hello"}).out, HasSubstr("build/functions/hello.so")) << "gofuture.toml says where the build puts it";
}

TEST_F(NewFunctionTest, EveryCommandTakesTheSettingsOfTheFolder) {
  ASSERT_EQ(gofuture({"new", "hello", "--on", "OrderPlaced"}).status, kDone);
  write("gofuture.toml", "[runtime]\nmanifests = \"elsewhere\"\nfunctions = \"built\"\n");
  fs::rename(folder_ / "manifests", folder_ / "elsewhere");
  fs::create_directories(folder_ / "built");
  EXPECT_EQ(gofuture({"check"}).status, kDone);
  const Said doctor = gofuture({"doctor"});
  EXPECT_THAT(doctor.out, AllOf(HasSubstr("1 function in elsewhere"), HasSubstr("not in built: hello.so")));
  EXPECT_THAT(gofuture({"completion", "--words", "describe", ""}).out, HasSubstr("hello"));
}

TEST_F(NewFunctionTest, AProjectIsLikeTheExamples) {
  ASSERT_EQ(gofuture({"new", "shop", "--on", "OrderPlaced"}).status, kDone);
  for (const char* file : {"CMakeLists.txt", "gofuture.toml"})
    EXPECT_EQ(read(file), read(std::string(GOFUTURE_SOURCE_DIR "/sdk/examples/shop/") + file)) << file;
}

TEST_F(NewFunctionTest, ASecondFunctionUsesTheCatalogueThatIsThere) {
  ASSERT_EQ(gofuture({"new", "hello", "--on", "OrderPlaced"}).status, kDone);
  const Said unknown = gofuture({"new", "bye", "--on", "OrderPlacd", "--emit", "Invoice"});
  EXPECT_EQ(unknown.status, kWrongUsage);
  EXPECT_THAT(unknown.error, AllOf(HasSubstr("manifests/events.toml has no event type \"OrderPlacd\"; did you mean \"OrderPlaced\"?"),
                                   HasSubstr("no event type \"Invoice\"; declare it there first")));
  EXPECT_FALSE(fs::exists(folder_ / "functions/bye"));
  EXPECT_EQ(gofuture({"new", "bye", "--on", "OrderPlaced"}).status, kDone);
  EXPECT_EQ(gofuture({"check"}).status, kDone);
}

TEST_F(NewFunctionTest, NothingIsOverwritten) {
  write("functions/hello/notes.txt", "mine");
  const auto before = files();
  const Said folder = gofuture({"new", "hello", "--on", "OrderPlaced"});
  EXPECT_EQ(folder.status, kFailed);
  EXPECT_THAT(folder.error, HasSubstr("functions/hello is there already; nothing was written"));
  write("manifests/schemas/Ping.json", "mine");
  const Said schema = gofuture({"new", "pong", "--on", "Ping"});
  EXPECT_EQ(schema.status, kFailed);
  EXPECT_THAT(schema.error, HasSubstr("manifests/schemas/Ping.json is there already; nothing was written"));
  EXPECT_EQ(read("manifests/schemas/Ping.json"), "mine");
  EXPECT_EQ(files(), before + 3) << "the schema that this test wrote, and its folders";
}

TEST_F(NewFunctionTest, AProjectThatIsThereIsLeftAloneAndToldWhatToAdd) {
  write("CMakeLists.txt", "project(mine)\n");
  const Said said = gofuture({"new", "hello", "--on", "OrderPlaced"});
  EXPECT_EQ(said.status, kDone) << said.error;
  EXPECT_THAT(said.out, HasSubstr("add_subdirectory(functions/hello) in CMakeLists.txt"));
  EXPECT_EQ(read("CMakeLists.txt"), "project(mine)\n");
  EXPECT_FALSE(fs::exists(folder_ / "gofuture.toml"));
}

TEST_F(NewFunctionTest, StructsThatFunctionsShareAreIncluded) {
  ASSERT_EQ(gofuture({"new", "hello", "--on", "OrderPlaced", "--emit", "OrderWelcomed"}).status, kDone);
  write("functions/shop/events.hpp", "#pragma once\nnamespace shop {\nstruct OrderPlaced {};\n}\n");
  ASSERT_EQ(gofuture({"new", "bye", "--on", "OrderPlaced", "--emit", "OrderWelcomed"}).status, kDone);
  EXPECT_THAT(read("functions/bye/function.cpp"), AllOf(HasSubstr("#include <shop/events.hpp>"), HasSubstr("on(const shop::OrderPlaced&"),
                                                        HasSubstr("emit(events::OrderWelcomed{")));
  EXPECT_THAT(read("functions/bye/events.hpp"), AllOf(HasSubstr("struct OrderWelcomed {"), Not(HasSubstr("struct OrderPlaced {"))));
}

TEST_F(NewFunctionTest, NamesFollowTheManifestsRulesAndAllMistakesAreTold) {
  const Said said = gofuture({"new", "Hello-World", "--on", "order placed", "--emit", "class"});
  EXPECT_EQ(said.status, kWrongUsage);
  EXPECT_THAT(said.error, AllOf(HasSubstr("\"Hello-World\" is no function name: it must be of a to z, 0 to 9 and _"),
                                HasSubstr("; did you mean \"hello_world\"?"), HasSubstr("\"order placed\" is no event type"),
                                HasSubstr("\"class\" is no event type")));
  EXPECT_THAT(gofuture({"new", "test", "--on", "OrderPlaced"}).error, HasSubstr("has a target \"test\" of its own"));
  EXPECT_THAT(gofuture({"new", "hello", "--on", "A", "--on", "A"}).error, HasSubstr("event type \"A\" is named twice"));
  EXPECT_EQ(gofuture({"new", "hello"}).status, kWrongUsage);
  EXPECT_EQ(files(), 0U);
}

TEST_F(NewFunctionTest, ANameThatNoClassNameMakesIsWrittenDown) {
  ASSERT_EQ(gofuture({"new", "step_2", "--on", "OrderPlaced"}).status, kDone);
  EXPECT_THAT(read("functions/step_2/function.cpp"), HasSubstr("kName = \"step_2\";"));
}

}  // namespace
}  // namespace gofuture::cli
