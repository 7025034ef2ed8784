#include "manifest/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gofuture {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() { ::close(fd); }  // -1 is refused and hurts nobody
};

Error cannot_read(int why) { return Error(std::string("cannot be read: ") + std::strerror(why)); }

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};  // a pipe must not hold us up
  if (file.fd < 0) return cannot_read(errno);
  struct stat what {};
  if (::fstat(file.fd, &what) != 0) return cannot_read(errno);
  if (!S_ISREG(what.st_mode)) return Error(S_ISDIR(what.st_mode) ? "cannot be read: it is a folder" : "cannot be read: it is not a file");
  std::string text;
  char buffer[16384];
  while (text.size() <= bytes_max) {
    const auto got = ::read(file.fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(errno);
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return Error("is longer than the " + std::to_string(bytes_max) + " bytes that are read");
}

}  // namespace gofuture
