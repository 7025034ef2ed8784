// What the tests of `gofuture run` share: a folder with settings and manifests for one function that reads one topic of two
// partitions, the process itself, and its log.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "integration/kafka_world.hpp"
#include "support/contents.hpp"

namespace gofuture::test {

class Process : public ::testing::Test {
 protected:
  // `function`: keys of [function] beside its name; `rest`: further tables of its manifest.
  Process(std::string name, const std::string& function, const std::string& rest) : function_(std::move(name)) {
    std::string made = (std::filesystem::temp_directory_path() / "gofuture-process-XXXXXX").string();
    folder_ = ::mkdtemp(made.data());
    std::filesystem::create_directories(folder_ / "manifests/schemas");
    put("settings.toml", "[runtime]\nstall = \"3s\"\ngroup_prefix = \"" + topic_ + "-\"\nstate = \"" +
                             (folder_ / "state").string() + "\"\n[relay]\nenabled = false\n");
    put("manifests/schemas/any.json", R"({"type": "object"})");
    put("manifests/topics.toml", "[[topic]]\nname = \"" + topic_ + "\"\nkey = \"key\"\npartitions = 2\nretention = \"1d\"\n");
    for (const std::string type : {"BookingCreated", "PaymentInitiated"})
      put("manifests/events.toml", "[[event]]\ntype = \"" + type + "\"\ntopic = \"" + topic_ +
                                       "\"\nschema = \"schemas/any.json\"\nkey = \"/key\"\nsubject = \"/key\"\n");
    put("manifests/" + function_ + ".toml", "[function]\nname = \"" + function_ + "\"\n" + function + "[[subscribe]]\ntopic = \"" + topic_ +
                                                "\"\ntypes = [\"BookingCreated\"]\n[emits]\nPaymentInitiated = \"" + topic_ + "\"\n" + rest +
                                                "[config]\ngo_on = \"" + (folder_ / "go-on").string() + "\"\n");
  }
  ~Process() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (HasFailure()) std::fprintf(stderr, "%s", log().c_str());
    std::filesystem::remove_all(folder_);
  }

  void put(const std::string& file, const std::string& text) { std::ofstream(folder_ / file, std::ios::app) << text; }

  void start() {
    spawn();
    ASSERT_TRUE(until([&] { return says("running 1 function"); }));
  }
  void spawn() {
    std::vector<std::string> environment = {
        "GOFUTURE_KAFKA=" + kafka_brokers(), "GOFUTURE_MANIFESTS=" + (folder_ / "manifests").string(), "GOFUTURE_LISTEN=127.0.0.1:0",
        std::string("GOFUTURE_FUNCTIONS=") + GOFUTURE_BINARY_DIR + "/tests/plugins/libraries"};
    if (!postgres_.empty()) environment.push_back("GOFUTURE_POSTGRES=" + postgres_);
    const std::string program = std::string(GOFUTURE_BINARY_DIR) + "/bin/gofuture";
    const std::string settings = (folder_ / "settings.toml").string();
    const char* arguments[] = {program.c_str(), "--settings", settings.c_str(), "run", nullptr};
    std::vector<const char*> variables;
    for (const auto& variable : environment) variables.push_back(variable.c_str());
    variables.push_back(nullptr);
    const int lines = ::open((folder_ / "log").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);  // of this process alone
    pid_ = ::fork();
    if (pid_ == 0) {
      const rlimit none{0, 0};
      ::setrlimit(RLIMIT_CORE, &none);
      ::dup2(lines, STDERR_FILENO);
      ::execve(program.c_str(), const_cast<char**>(arguments), const_cast<char**>(variables.data()));
      ::_exit(127);
    }
    ::close(lines);
  }
  // Its exit status; -1: it does not end, or by a signal.
  int stop() {
    ::kill(pid_, SIGTERM);
    int status = 0;
    if (!until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  // `more`: further members of the data, such as R"(, "n": 7)".
  void send(std::int32_t partition, const std::string& key, const std::string& more = "") {
    AckList acks;
    auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "send"}, acks, quiet());
    ASSERT_TRUE(sink) << sink.error().message();
    const std::string id = unique_name("event"), data = R"({"key": ")" + key + "\"" + more + "}";
    OutgoingRecord record;
    record.topic = topic_;
    record.partition = partition;
    record.key = key;
    record.value = data;
    record.headers = {{"ce_specversion", "1.0"}, {"ce_id", id}, {"ce_source", "test"}, {"ce_type", "BookingCreated"},
                      {"ce_subject", key}, {"content-type", "application/json"}};
    ASSERT_TRUE((*sink)->send(record, 0));
    ASSERT_TRUE((*sink)->flush(30'000));
  }
  void let_go() { std::ofstream(folder_ / "go-on") << "go"; }
  void hold() { std::filesystem::remove(folder_ / "go-on"); }

  static bool until(const std::function<bool()>& done) { return run_until({}, done); }
  std::string log() const { return contents(folder_ / "log"); }
  std::size_t said(const std::string& part) const {
    std::size_t count = 0;
    const std::string all = log();
    for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++count;
    return count;
  }
  bool says(const std::string& part) const { return said(part) > 0; }
  std::size_t begun() const { return said("waiting for the test"); }  // events
  std::int64_t committed(std::int32_t partition) const {
    return committed_offset(topic_ + "-" + function_, topic_, partition).value_or(0);
  }
  // "200 …" or "503 …": status and page.
  std::string page(const std::string& path) const {
    const std::string all = log();
    const auto port = std::stoi(all.substr(all.find("\"port\":") + 7));
    const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      const std::string asked = "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
      [[maybe_unused]] const auto sent = ::write(connection, asked.data(), asked.size());
      char some[4096];
      for (ssize_t got = 0; (got = ::read(connection, some, sizeof some)) > 0;) answer.append(some, static_cast<std::size_t>(got));
    }
    ::close(connection);
    return answer.substr(std::min<std::size_t>(answer.size(), 9));  // behind "HTTP/1.1 "
  }

  TopicGarden garden_;
  const std::string topic_ = garden_.make(2);
  const std::string function_;
  std::string postgres_;  // its database; empty: none
  std::filesystem::path folder_;
  pid_t pid_ = 0;
};

}  // namespace gofuture::test
