#include "plugin/memory.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <string>

namespace gofuture {

std::int64_t memory_in_use() {
  std::int64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return (resident - shared) * ::sysconf(_SC_PAGESIZE);
}

std::int32_t this_thread_number() {
  thread_local const auto number = static_cast<std::int32_t>(::syscall(SYS_gettid));
  return number;
}

std::uint64_t page_faults_here() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  return static_cast<std::uint64_t>(used.ru_minflt);
}

std::uint64_t page_faults_of(std::int32_t thread) {
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  stat.ignore(std::numeric_limits<std::streamsize>::max(), ')');  // its name may have blanks
  std::string word;
  for (int field = 3; field < 10; ++field) stat >> word;  // state … flags
  std::uint64_t faults = 0;
  stat >> faults;
  return faults;
}

}  // namespace gofuture
