#include "plugin/staged_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace gofuture {
namespace {

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string why() { return std::strerror(errno); }

// One folder per process, gone with it.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path(ignored_) / "gofuture-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored_);
  }
  const std::string& path() const { return path_; }

 private:
  std::error_code ignored_;
  std::string path_;
};

const std::string& copies_folder() {
  static const Folder folder;
  return folder.path();
}

}  // namespace

Result<StagedFile> StagedFile::make(std::string_view name, std::string_view digest, std::string_view bytes) {
  static std::atomic<std::uint64_t> serial = 0;
  const std::string label = std::string(name.substr(0, 100)) + "-" + std::string(digest.substr(0, 16)) + "-" +
                            std::to_string(++serial);
  StagedFile staged;
  const char* load = std::getenv("GOFUTURE_LOAD");
  staged.on_disk_ = load != nullptr && std::string_view(load) == "file";
  if (staged.on_disk_) {
    if (copies_folder().empty()) return Error("no folder for a copy could be made under the temporary folder: " + why());
    staged.path_ = copies_folder() + "/" + label + ".so";
    staged.mark_ = staged.path_;
    staged.descriptor_ = ::open(staged.path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500);
  } else {
    staged.descriptor_ = ::memfd_create(("gofuture-" + label).c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    staged.path_ = "/proc/self/fd/" + std::to_string(staged.descriptor_);
    staged.mark_ = "/memfd:gofuture-" + label;
  }
  if (staged.descriptor_ < 0) return Error("its bytes could not be set aside for loading: " + why());
  if (!write_all(staged.descriptor_, bytes)) return Error("its bytes could not be set aside for loading: " + why());
  if (!staged.on_disk_ && ::fcntl(staged.descriptor_, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return Error("its bytes could not be sealed before loading: " + why());
  return staged;
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : path_(std::move(other.path_)),
      mark_(std::move(other.mark_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      on_disk_(std::exchange(other.on_disk_, false)) {}

StagedFile& StagedFile::operator=(StagedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(mark_, other.mark_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(on_disk_, other.on_disk_);
  return *this;
}

StagedFile::~StagedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (on_disk_) ::unlink(path_.c_str());
}

void StagedFile::keep_for_ever() {
  descriptor_ = -1;
  on_disk_ = false;
}

}  // namespace gofuture
