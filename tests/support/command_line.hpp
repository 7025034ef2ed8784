// The command line as a user meets it: the command in a process of its own, in a folder, with what it said and how it ended.
#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace gofuture::test {

struct Said {
  int status = -1;
  std::string out, error;
};

enum class Output { kPipe, kTerminal };

inline std::string read_all(int descriptor) {
  std::string text;
  char part[4096];
  for (ssize_t got; (got = ::read(descriptor, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(got));
  ::close(descriptor);
  std::erase(text, '\r');  // a terminal's line ends
  return text;
}

// Behind fork(): never returns. `run` only says how much it would run, and ends with status 3.
[[noreturn]] inline void be_gofuture(const std::string& folder, std::vector<std::string> words,
                                     const std::map<std::string, std::string>& environment) {
  std::filesystem::current_path(folder);
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  words.insert(words.begin(), "gofuture");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  const int status = cli::main(static_cast<int>(argv.size()), argv.data(), [](const Settings&, const Manifests& read) {
    std::cout << "running " << read.functions.size() << '\n';
    return 3;
  });
  std::cout.flush();
  std::_Exit(status);
}

// As a shell would start it in `folder`.
inline Said command(const std::string& folder, const std::vector<std::string>& words, Output output = Output::kPipe,
                    const std::map<std::string, std::string>& environment = {}) {
  int out[2], error[2];
  if (output == Output::kTerminal) EXPECT_EQ(::openpty(&out[0], &out[1], nullptr, nullptr, nullptr), 0);
  else EXPECT_EQ(::pipe(out), 0);
  EXPECT_EQ(::pipe(error), 0);
  std::fflush(nullptr);  // else the child would print what this process has not yet
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(error[1], STDERR_FILENO);
    for (const int descriptor : {out[0], out[1], error[0], error[1]}) ::close(descriptor);
    be_gofuture(folder, words, environment);
  }
  ::close(out[1]);
  ::close(error[1]);
  Said said;
  said.out = read_all(out[0]);
  said.error = read_all(error[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  said.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return said;
}

}  // namespace gofuture::test
