#include "plugin/strike_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <random>

#include "base/assert.hpp"
#include "base/fault_point.hpp"

namespace gofuture {
namespace {

constexpr std::uint64_t kMagic = 0x3153454b49525453;  // "STRIKES1"
constexpr std::size_t kCounts = 256;
constexpr int kEndsMax = 3;  // unmarked, within kEndsMs: more are not counted
constexpr std::int64_t kEndsMs = 600'000;

std::string why() { return std::strerror(errno); }

Uuid new_run(std::int64_t now_ms) {
  std::random_device device;
  return UuidV7Generator(std::uint64_t{device()} << 32U | device()).next(now_ms);
}

}  // namespace

// Strikes of one event of a function without a database. count 0: free.
struct StrikeFile::Count {
  std::array<char, StrikeSlot::kName> function{};
  Uuid event_id, run;
  std::array<char, 16> cause{};
  std::uint32_t count = 0;
  std::int64_t at_ms = 0;

  bool is(std::string_view name, const Uuid& id) const { return count > 0 && event_id == id && name == function.data(); }
};

struct StrikeFile::Header {
  std::uint64_t magic = kMagic;
  std::uint64_t slot_bytes = sizeof(StrikeSlot);  // another build may have other slots
  std::atomic<std::uint32_t> slots = 0;
  std::atomic<std::uint32_t> ended_as_asked = 1;
  Uuid run;
  std::array<std::int64_t, kEndsMax - 1> ends_ms{};   // of the last unmarked ends, youngest first
  std::array<Count, kCounts> counts;
};

Result<std::unique_ptr<StrikeFile>> StrikeFile::open(const std::string& folder, const std::string& instance, std::int64_t now_ms) {
  const std::string path = folder + "/" + instance + ".strikes";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const int descriptor = failed ? -1 : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return Error("the file " + path + ", in which crashes are noted, cannot be opened: " + (failed ? failed.message() : why()) +
                 "; set GOFUTURE_STATE to a folder that this process may write, best on a tmpfs");
  std::unique_ptr<StrikeFile> file(new StrikeFile(descriptor, path));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return Error("another process runs as instance " + instance + " (it holds " + path +
                 "); give this one a name of its own in GOFUTURE_INSTANCE, or wait until that one has ended");
  if (auto mapped = file->map(0); !mapped) return mapped.error();
  file->read_last(now_ms);
  return file;
}

StrikeFile::~StrikeFile() {
  if (begun_) ended_as_asked();
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
  ::close(descriptor_);  // and with it goes the lock
}

StrikeFile::Header& StrikeFile::header() const { return *static_cast<Header*>(memory_); }
StrikeSlot* StrikeFile::slots() const { return reinterpret_cast<StrikeSlot*>(static_cast<char*>(memory_) + sizeof(Header)); }

// The whole file, which is made at least so long; a file that is not one of ours, or of another build, becomes an empty one.
Result<Done> StrikeFile::map(std::size_t bytes) {
  static_assert(sizeof(Header) % alignof(StrikeSlot) == 0);
  if (memory_ != nullptr) ::munmap(memory_, bytes_);
  memory_ = nullptr;
  struct stat now {};
  ::fstat(descriptor_, &now);
  bytes_ = std::max({bytes, sizeof(Header), static_cast<std::size_t>(now.st_size)});
  // Its blocks are taken now: a full disk must not become a SIGBUS later.
  if (const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes_)); error != 0)
    return Error(path_ + " cannot be made " + std::to_string(bytes_) + " bytes long: " + std::strerror(error));
  void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (memory == MAP_FAILED) return Error(path_ + " cannot be mapped: " + why());
  memory_ = memory;
  const bool ours = header().magic == kMagic && header().slot_bytes == sizeof(StrikeSlot) &&
                    sizeof(Header) + header().slots * sizeof(StrikeSlot) <= bytes_;
  if (!ours) new (memory_) Header;
  return ok();
}

void StrikeFile::read_last(std::int64_t now_ms) {
  last_.run = header().run;
  last_.asked = header().ended_as_asked != 0;
  if (last_.asked) return;
  bool marked = false;
  std::map<std::string, std::set<Uuid>> in_hand;
  for (std::uint32_t i = 0; i < header().slots; ++i) {
    const StrikeSlot& slot = slots()[i];
    const std::size_t events = std::min<std::size_t>(slot.events, StrikeSlot::kEvents);
    const std::string function(slot.name());
    const auto open = slot.in_flight.as_left();
    if (slot.mark == 0) {
      if (events > 0) in_hand[function].insert(slot.ids.begin(), slot.ids.begin() + static_cast<std::ptrdiff_t>(events));
      continue;
    }
    marked = true;
    const std::string cause = name_of_mark(slot.mark);
    if (open) {
      last_.strikes.push_back({function, open->event_id, cause, open->topic, open->partition, open->offset});
    } else if (events == 1) {  // between two events, but there is only one
      last_.strikes.push_back({function, slot.ids[0], cause, 0, -1, -1});
    } else {
      last_.shared.emplace_back(function, cause);
      last_.alone[function].insert(slot.ids.begin(), slot.ids.begin() + static_cast<std::ptrdiff_t>(events));
    }
  }
  if (marked) return;
  last_.ends = 1;
  for (const std::int64_t end_ms : header().ends_ms) last_.ends += end_ms > 0 && now_ms - end_ms <= kEndsMs ? 1 : 0;
  if (last_.ends >= kEndsMax) last_.alone = std::move(in_hand);
}

Result<Done> StrikeFile::begin(const Run& run) {
  for (const Strike& strike : last_.strikes)
    if (run.counted_here.contains(strike.function)) count(strike, run.now_ms);
  if (last_.ends > 0) {
    auto& ends = header().ends_ms;
    std::rotate(ends.begin(), ends.end() - 1, ends.end());
    ends.front() = run.now_ms;
  }
  header().ended_as_asked = 1;  // should this start fail, nothing has happened since
  header().slots = 0;
  if (auto mapped = map(sizeof(Header) + run.slots * sizeof(StrikeSlot)); !mapped) return mapped;
  for (std::size_t i = 0; i < run.slots; ++i) new (slots() + i) StrikeSlot;
  header().run = new_run(run.now_ms);
  header().slots = static_cast<std::uint32_t>(run.slots);
  header().ended_as_asked = 0;
  begun_ = true;
  GOFUTURE_FAULT_POINT("strikes.file_cleared");
  return ok();
}

StrikeSlot& StrikeFile::claim(std::string_view function) {
  GOFUTURE_ASSERT(begun_ && claimed_ < header().slots, "there is a slot for every handler");
  StrikeSlot& slot = slots()[claimed_++];
  slot.name(function);
  return slot;
}

void StrikeFile::count(const Strike& strike, std::int64_t now_ms) {
  Count* place = nullptr;
  for (Count& one : header().counts) {
    if (one.is(strike.function, strike.event_id)) {
      if (one.run != last_.run) ++one.count;
      one.run = last_.run;
      one.at_ms = now_ms;
      one.cause = {};
      strike.cause.copy(one.cause.data(), one.cause.size() - 1);
      return;
    }
    // A free one, else the oldest: an event that never came again.
    if (place == nullptr || (place->count > 0 && (one.count == 0 || one.at_ms < place->at_ms))) place = &one;
  }
  *place = {};
  place->event_id = strike.event_id;
  place->run = last_.run;
  place->at_ms = now_ms;
  strike.function.copy(place->function.data(), place->function.size() - 1);
  strike.cause.copy(place->cause.data(), place->cause.size() - 1);
  place->count = 1;
}

StrikesByEvent StrikeFile::known(const std::string& function) const {
  const std::lock_guard lock(mutex_);
  StrikesByEvent of;
  if (const auto alone = last_.alone.find(function); alone != last_.alone.end())
    for (const Uuid& id : alone->second) of[id] = {};
  for (const Count& one : header().counts)
    if (one.is(function, one.event_id)) of[one.event_id] = {one.count, one.cause.data()};
  return of;
}

void StrikeFile::forget(const std::string& function, const Uuid& event_id) {
  const std::lock_guard lock(mutex_);
  for (Count& one : header().counts)
    if (one.is(function, event_id)) one = {};
}

void StrikeFile::ended_as_asked() { header().ended_as_asked = 1; }

}  // namespace gofuture
