#include "faults/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/until.hpp"
#include "support/contents.hpp"

namespace gofuture::test {

Program::Program(std::string path, std::vector<std::string> arguments, std::map<std::string, std::string> environment, std::string log)
    : log_(std::move(log)) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> words{path.data()}, settings;
  for (std::string& word : arguments) words.push_back(word.data());
  for (std::string& one : variables) settings.push_back(one.data());
  words.push_back(nullptr);
  settings.push_back(nullptr);
  const int lines = ::open(log_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::dup2(lines, STDOUT_FILENO);
    ::dup2(lines, STDERR_FILENO);
    ::execve(path.c_str(), words.data(), settings.data());
    ::_exit(127);
  }
  ::close(lines);
}

Program::~Program() {
  if (!ended().empty()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Program::ended() {
  int status = 0;
  if (how_.empty() && ::waitpid(pid_, &status, WNOHANG) == pid_)
    how_ = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "status " + std::to_string(WEXITSTATUS(status));
  return how_;
}

std::string Program::end() {
  until([this] { return !ended().empty(); });
  return how_;
}

void Program::signal(int number) const { ::kill(pid_, number); }

std::string Program::log() const {
  return contents(log_);
}

}  // namespace gofuture::test
