// Program: one `gofuture` as a process of its own, its log in a file. It is killed when it goes out of scope.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gofuture::test {

class Program {
 public:
  Program(std::string path, std::vector<std::string> arguments, std::map<std::string, std::string> environment, std::string log);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // "status 0", "signal 9"; empty: it runs.
  std::string ended();
  // Waits (at most a minute) for that; empty: it did not end.
  std::string end();
  void signal(int number) const;
  std::string log() const;
  bool says(const std::string& part) const { return log().find(part) != std::string::npos; }

 private:
  std::string log_, how_;
  pid_t pid_ = 0;
};

}  // namespace gofuture::test
