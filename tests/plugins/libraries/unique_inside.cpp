// Holds what has kept libraries in memory: a static in a template, make_shared (both GNU_UNIQUE symbols unless the build hides
// them) and a thread_local with a destructor, touched wherever library code may run.
#include <memory>
#include <string>
#define OWN_CREATE
#define OWN_HANDLE
#include "skeleton.h"

template <class T>
struct Once {
  static std::string& value() {
    static std::string text = "made once";
    return text;
  }
};
struct Mark {
  std::shared_ptr<std::string> text = std::make_shared<std::string>("of this thread");
  ~Mark() { text.reset(); }
};
static thread_local Mark mark;

static void* create(const gofuture_host*, char*, uint64_t) {
  Once<int>::value() += mark.text->substr(0, 1);
  return new std::shared_ptr<std::string>(std::make_shared<std::string>("state"));
}
static void handle(void*, const gofuture_batch* batch, const gofuture_call* call) {
  for (uint32_t i = 0; i < batch->event_count; ++i) {
    if (call->begin(call, i) == 0) continue;
    *mark.text += Once<int>::value();
    call->finish(call, i, GOFUTURE_OK, text(""));
  }
}
