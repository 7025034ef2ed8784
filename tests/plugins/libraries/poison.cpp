// Does to the process what its event says in "do", and writes what happened into the file "story" beside the one that its
// config names, which no crash can take back: "key n attempt" when an event begins, "key n done" when it was survived.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>
#define NAME "poison"
#define OWN_CREATE
#define OWN_HANDLE
#include "skeleton.h"

static void* create(const gofuture_host* host, char*, uint64_t) { return const_cast<gofuture_host*>(host); }

// The value of a member, without quotes; good enough for what the tests send.
static std::string member(gofuture_bytes json, const std::string& name) {
  const std::string all(static_cast<const char*>(json.data), json.size), wanted = "\"" + name + "\"";
  auto at = all.find(wanted);
  if (at == std::string::npos) return "";
  at = all.find_first_not_of("\": ", at + wanted.size());
  return all.substr(at, all.find_first_of("\",}", at) - at);
}

static int overflow(int depth) {
  volatile char frame[1 << 10];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : overflow(depth + 1) + frame[0];
}

static int* volatile nowhere = nullptr;

// A sanitizer that looks for undefined behaviour would end the process before the processor does.
__attribute__((noinline, no_sanitize_undefined)) static void act(std::string what, uint32_t attempt, const std::string& folder) {
  if (what == "throw-then-wait") what = attempt == 1 ? "throw" : "wait";
  if (what == "segfault") *nowhere = overflow(-1);
  if (what == "abort") std::abort();
  if (what == "throw") throw std::runtime_error("nobody can handle this");
  if (what == "overflow") overflow(0);
  if (what == "hang")
    for (;;) ::pause();
  if (what == "wait")
    while (::access((folder + "/go-on").c_str(), F_OK) != 0) ::usleep(1'000);
  if (what == "eat") {
    std::vector<void*> eaten;
    for (int i = 0; i < 256; ++i) {  // 2 GiB, then it hangs: a test must not take the machine with it
      eaten.push_back(std::malloc(8 << 20));
      if (eaten.back() != nullptr) std::memset(eaten.back(), i, 8 << 20);
    }
    for (;;) ::pause();
  }
}

static void tell(const std::string& folder, const std::string& line) {
  const int story = ::open((folder + "/story").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (::write(story, (line + "\n").data(), line.size() + 1) < 0) std::abort();
  ::close(story);
}

static void handle(void* self, const gofuture_batch* batch, const gofuture_call* call) {
  const std::string go_on = member(static_cast<const gofuture_host*>(self)->config, "go_on");
  const std::string folder = go_on.substr(0, go_on.rfind('/'));
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    const gofuture_event& event = *batch->events[i];
    const std::string who = member(event.data, "key") + " " + member(event.data, "n");
    tell(folder, who + " " + std::to_string(event.attempt));
    act(member(event.data, "do"), event.attempt, folder);
    tell(folder, who + " done");
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
