// StrikeFile: the slots of all handler threads in a mapped file, <folder>/<instance>.strikes, and what the last run left there.
// The kernel keeps what was written when the process ends in whatever way; nothing is synced to the disk, for a machine that
// goes down is no strike. Best on a tmpfs.
//
// Locked while it is open, so that two processes of one instance never share it. At the start: what last() says is made durable
// elsewhere, then begin() forgets it and makes room for this run; until then a start that fails has changed nothing, and what
// is told twice is known by the run's number. The destructor says that this run ended as asked; without that (and without a
// mark) the end came from outside. The third such end within ten minutes makes the events that were in hand run alone.
//
// Strikes of functions without a database are counted in the file itself.
//
// Threads: claim() and the rest before anything runs; forget() on any.
//
//   auto file = StrikeFile::open(".gofuture/state", "local-1");
//   record((*file)->last());                                  // durable
//   (*file)->begin({.slots = 12, .counted_here = {"hello"}, .now_ms = clock.unix_ms()});
//   StrikeSlot& slot = (*file)->claim("hello");               // one per handler
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "pipeline/strikes.hpp"
#include "plugin/strike_slot.hpp"

namespace gofuture {

struct LastRun {
  Uuid run;
  bool asked = true;             // it ended as asked, or there was none
  std::vector<Strike> strikes;   // marked slots whose event is known
  std::vector<std::pair<std::string, std::string>> shared;  // function, cause: marked in a batch of several, in none of its events
  int ends = 0;                  // unclean and unmarked within ten minutes, this one included; 3: or more
  std::map<std::string, std::set<Uuid>> alone;  // by function: events that were in hand and must run alone
};

class StrikeFile {
 public:
  static Result<std::unique_ptr<StrikeFile>> open(const std::string& folder, const std::string& instance, std::int64_t now_ms);
  ~StrikeFile();
  StrikeFile(const StrikeFile&) = delete;
  StrikeFile& operator=(const StrikeFile&) = delete;

  const LastRun& last() const { return last_; }

  struct Run {
    std::size_t slots = 0;                // handlers of all functions
    std::set<std::string> counted_here;   // functions without a database
    std::int64_t now_ms = 0;              // since 1970
  };
  Result<Done> begin(const Run& run);
  StrikeSlot& claim(std::string_view function);

  // What the file has counted for a function, and the events that must run alone.
  StrikesByEvent known(const std::string& function) const;
  void forget(const std::string& function, const Uuid& event_id);

  void ended_as_asked();  // for who leaves by _exit()

 private:
  struct Count;
  struct Header;
  StrikeFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  Result<Done> map(std::size_t bytes);
  void read_last(std::int64_t now_ms);
  void count(const Strike& strike, std::int64_t now_ms);
  Header& header() const;
  StrikeSlot* slots() const;

  int descriptor_;
  std::string path_;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t claimed_ = 0;
  bool begun_ = false;
  LastRun last_;
  mutable std::mutex mutex_;  // over the counts
};

}  // namespace gofuture
