#include "bench/side.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "integration/kafka_backdoor.hpp"

namespace gofuture::bench {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    std::fprintf(stderr, "%s is not set: start the script of the bench's name in tests/bench\n", name);
    std::exit(1);
  }
  return value;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream from(text);
  std::vector<std::string> all;
  for (std::string one; from >> one;) all.push_back(one);
  return all;
}

std::vector<std::string> streams_command(const char* jvm_flags, const std::string& application, const std::string& topics, const std::string& output,
                                         const std::filesystem::path& scratch) {
  const char* chosen = std::getenv("BENCH_JAVA_OPTS");
  const std::string classes = setting("BENCH_STREAMS");
  std::vector<std::string> command = {"java"};
  for (const std::string& flag : words(chosen != nullptr ? chosen : jvm_flags)) command.push_back(flag);
  for (const std::string& one : {std::string("-cp"), classes + ":" + classes + "/libs/*", std::string("PassThrough"), test::kafka_brokers(), application, topics,
                                 output, std::string("1"), (scratch / "streams").string()})
    command.push_back(one);
  return command;
}

}  // namespace gofuture::bench
