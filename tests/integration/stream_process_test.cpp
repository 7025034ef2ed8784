// `gofuture run` with a counting function in `kafka` mode, killed again and again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "integration/stream_world.hpp"
#include "support/contents.hpp"

namespace gofuture::test {
namespace {

class StreamProcess : public ::testing::Test {
 protected:
  StreamProcess() {
    std::string made = (std::filesystem::temp_directory_path() / "gofuture-stream-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    std::filesystem::create_directories(folder_ / "manifests/schemas");
    put("settings.toml", "[runtime]\ngroup_prefix = \"" + prefix_ + "\"\n");
    put("manifests/schemas/any.json", R"({"type": "object"})");
    for (const auto& topic : {world_.in, world_.out})
      put("manifests/topics.toml", "[[topic]]\nname = \"" + topic + "\"\nkey = \"key\"\npartitions = 2\nretention = \"1d\"\n");
    put("manifests/events.toml", "[[event]]\ntype = \"Tick0\"\ntopic = \"" + world_.in + "\"\nschema = \"schemas/any.json\"\nkey = \"/key\"\nsubject = \"/key\"\n"
                                 "[[event]]\ntype = \"Echo\"\ntopic = \"" + world_.out + "\"\nschema = \"schemas/any.json\"\nkey = \"/key\"\nsubject = \"/key\"\nfinal = true\n");
    put("manifests/count_ticks.toml", "[function]\nname = \"count_ticks\"\nlibrary = \"" + library_.stem().string() + "\"\nmode = \"kafka\"\nbatch = 20\n"
                                      "[[subscribe]]\ntopic = \"" + world_.in + "\"\ntypes = [\"Tick0\"]\n[emits]\nEcho = \"" + world_.out + "\"\n");
  }
  ~StreamProcess() override {
    kill_it();
    if (HasFailure()) std::fprintf(stderr, "%s", contents(folder_ / "log").c_str());
    std::filesystem::remove_all(folder_);
  }
  void put(const std::string& file, const std::string& text) { std::ofstream(folder_ / file, std::ios::app) << text; }

  void start() {
    const std::vector<std::string> environment = {"GOFUTURE_KAFKA=" + kafka_brokers(), "GOFUTURE_MANIFESTS=" + (folder_ / "manifests").string(),
                                                  "GOFUTURE_LISTEN=127.0.0.1:0", "GOFUTURE_FUNCTIONS=" + library_.parent_path().string()};
    const std::string program = std::string(GOFUTURE_BINARY_DIR) + "/bin/gofuture", settings = (folder_ / "settings.toml").string();
    const char* arguments[] = {program.c_str(), "--settings", settings.c_str(), "run", nullptr};
    std::vector<const char*> variables;
    for (const auto& variable : environment) variables.push_back(variable.c_str());
    variables.push_back(nullptr);
    const int lines = ::open((folder_ / "log").c_str(), O_CREAT | O_APPEND | O_WRONLY, 0600);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(lines, STDERR_FILENO);
      ::execve(program.c_str(), const_cast<char**>(arguments), const_cast<char**>(variables.data()));
      ::_exit(127);
    }
    ::close(lines);
  }
  void kill_it() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::int64_t committed() const {
    return committed_offset(prefix_ + "count_ticks", world_.in, 0).value_or(0) + committed_offset(prefix_ + "count_ticks", world_.in, 1).value_or(0);
  }

  StreamWorld world_{2, "count_ticks"};
  const std::string prefix_ = unique_name("prefix") + "-";
  const std::filesystem::path library_ = COUNT_TICKS;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
};

TEST_F(StreamProcess, KilledAtAnyMomentItCountsEachEventOnce) {
  const std::vector<std::string> keys = {"a", "b", "c", "d", "e"};
  for (int life = 0; life < 5; ++life) {
    world_.feed(keys, 100);
    const std::int64_t before = committed();
    start();
    ASSERT_TRUE(run_until({}, [&] { return committed() > before; })) << "it does not get on";
    kill_it();  // in the middle of the next transactions
  }
  start();
  ASSERT_TRUE(run_until({}, [&] { return committed() == world_.records; }));
  kill_it();

  std::map<std::string, std::vector<std::string>> shown;
  for (const auto& record : read_all(world_.out, 2)) shown[*record.key].push_back(*record.value);
  const auto state = world_.state();
  for (const auto& key : keys) {
    ASSERT_EQ(shown[key].size(), 500U) << key;
    for (std::size_t i = 0; i < 500; ++i)
      ASSERT_NE(shown[key][i].find("\"count\":" + std::to_string(i + 1) + "}"), std::string::npos) << shown[key][i];
    EXPECT_NE(state.at(key).find("\"ticks\":500}"), std::string::npos) << state.at(key);
  }
}

}  // namespace
}  // namespace gofuture::test
