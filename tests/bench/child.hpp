// Child: a side of a bench as a process of its own, and what the kernel tells of it.
//
//   Child ours("ours", {binary, "run"}, {{"GOFUTURE_KAFKA", brokers}}, folder, log);
//   while (ours.lives() && …) …
//   double seconds = ours.cpu_s();   // user and system, all threads
//   ours.end();                      // SIGTERM, and SIGKILL where that is not enough
//
// Dies with its parent. Its output goes to the log file; complain() prints the end of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gofuture::bench {

class Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;  // an empty value unsets
  Child(std::string name, const std::vector<std::string>& command, const Environment& environment, const std::string& folder, std::string log);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool lives();
  double cpu_s() const;              // utime + stime of /proc/PID/stat
  std::int64_t rss_kib() const;      // VmRSS now
  std::int64_t peak_rss_kib() const; // VmHWM
  std::int64_t pss_kib() const;      // Pss: shared pages divided by how many share them
  void end();
  void kill();
  // Ends the program with a sentence and the child's last lines.
  [[noreturn]] void complain(const std::string& sentence);

 private:
  void await(int milliseconds);
  const std::string name_, log_;
  pid_t pid_ = -1;
  bool ended_ = false;
};

double now_s();  // steady clock

}  // namespace gofuture::bench
