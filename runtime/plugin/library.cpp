#include "plugin/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sodium/crypto_hash_sha256.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <mutex>
#include <optional>

#include "plugin/apart.hpp"
#include "plugin/elf.hpp"
#include "plugin/staged_file.hpp"
#include "plugin/text.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GOFUTURE_KEEPS_CODE 1
#else
#define GOFUTURE_KEEPS_CODE 0
#endif

namespace gofuture {
namespace {

constexpr off_t kBytesMax = 512 << 20;

Result<std::string> read_whole(const std::string& path, const FunctionManifest& manifest) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const std::string remedy = errno == ENOENT ? "; build the function, or set library = \"...\" in " + manifest.file : "";
    return Error("cannot be read: " + std::string(std::strerror(errno)) + remedy);
  }
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat about {};
  if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) return Error("is not a file");
  if (about.st_size > kBytesMax) return Error("is larger than 512 MiB; that is not a function library");
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(descriptor, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error("cannot be read: " + std::string(std::strerror(errno)));
    if (got == 0) break;  // it shrank while we read; the checks will see a truncated file
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> sum{};
  crypto_hash_sha256(sum.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : sum) {
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 15]);
  }
  return text;
}

bool is_mapped(const std::string& mark) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(mark) != std::string::npos) return true;
  return false;
}

std::string last_load_error() {
  const char* text = ::dlerror();
  return text == nullptr ? "no reason given" : printable(text);
}

}  // namespace

// What is in memory. Apart from Library so that Boost.DLL stays out of the header.
class Library::Loaded {
 public:
  explicit Loaded(StagedFile staged) : staged_(std::move(staged)) {}

  Result<const gofuture_entry*> load() {
    // Everything is bound now and nothing is shared: a missing symbol is found here, and no function sees another's.
    return apart([&]() -> Result<const gofuture_entry*> {
      try {
        boost::dll::fs::error_code failed;
        code_.load(boost::dll::fs::path(staged_.path()), failed,
                   boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
        if (!code_.is_loaded()) return Error("cannot be loaded: " + last_load_error());
        return &code_.get<const gofuture_entry>(GOFUTURE_ENTRY_SYMBOL);
      } catch (const std::exception& error) {
        return Error(std::string("cannot be loaded: ") + printable(error.what()));
      } catch (...) {  // thrown by a constructor of the library
        return Error("cannot be loaded: one of its constructors threw");
      }
    });
  }

  Unloaded close() {
    if (answer_) return *answer_;
    if (const int alive = handlers_; alive > 0)
      return {Unloaded::kPinned, std::to_string(alive) + " handlers are still alive; destroy them first"};
    if (GOFUTURE_KEEPS_CODE) {
      keep();
      answer_ = Unloaded{Unloaded::kPinned, "a sanitizer build keeps libraries in memory, so that its reports have names"};
    } else {
      answer_ = unload();
    }
    return *answer_;
  }

  std::atomic<int> handlers_ = 0;

 private:
  Unloaded unload() {
    apart([&] { code_.unload(); });
    void* again = ::dlopen(staged_.path().c_str(), RTLD_NOW | RTLD_NOLOAD);
    if (again != nullptr) ::dlclose(again);
    if (again == nullptr && !is_mapped(staged_.mark())) return {};
    staged_.keep_for_ever();  // its path is the name of the old code: no other library may ever get it
    return {Unloaded::kPinned,
            "the library was closed but stays in memory (a unique symbol, a thread_local of a living thread, or RTLD_NODELETE); "
            "build it with gofuture_add_function(), and end its threads in destroy"};
  }

  void keep() {
    static auto& kept = *new std::deque<boost::dll::shared_library>;  // never destroyed, and no leak
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(code_));
    staged_.keep_for_ever();
  }

  StagedFile staged_;
  boost::dll::shared_library code_;
  std::optional<Unloaded> answer_;
};

Library::Library() = default;
Library::~Library() {
  if (loaded_) loaded_->close();
}

Result<std::shared_ptr<Library>> Library::open(const std::string& path, const FunctionManifest& manifest) {
  const auto refused = [&](const Error& error) { return Error(path + " " + error.message()); };
  auto bytes = read_whole(path, manifest);
  if (!bytes) return refused(bytes.error());
  const auto facts = read_elf(*bytes);
  if (!facts) return refused(facts.error());
  if (const auto fits = judge_elf(*facts); !fits) return refused(fits.error());

  std::shared_ptr<Library> library(new Library);
  library->path_ = path;
  library->digest_ = sha256_hex(*bytes);
  auto staged = StagedFile::make(manifest.name, library->digest_, *bytes);
  if (!staged) return refused(staged.error());
  library->loaded_ = std::make_unique<Loaded>(std::move(*staged));
  auto entry = library->loaded_->load();
  if (!entry) return refused(entry.error());
  library->entry_ = *entry;
  if (const auto speaks = check_entry(*library->entry_); !speaks) return refused(speaks.error());
  auto description = apart([&] { return read_description(*library->entry_); });
  if (!description) return refused(description.error());
  library->description_ = std::move(*description);
  if (const auto found = differences(library->description_, manifest); !found.empty()) {
    std::string all = "does not fit its manifest: " + found.front();
    for (std::size_t i = 1; i < found.size(); ++i) all += ". Also, " + found[i];
    return refused(Error(all));
  }
  return library;
}

Unloaded Library::close() { return loaded_->close(); }
void Library::handler_made() { ++loaded_->handlers_; }
void Library::handler_gone() { --loaded_->handlers_; }

}  // namespace gofuture
