// What a thread is called in top, gdb and perf. Linux shows 15 characters; `part` is kept whole.
//
//   name_this_thread("send_notification", "/load");   // "send_notif/load"
#pragma once

#include <pthread.h>

#include <string>
#include <string_view>

namespace gofuture {

inline std::string thread_name(std::string_view name, std::string_view part = {}) {
  constexpr std::size_t kShown = 15;
  return std::string(name.substr(0, kShown - part.size())).append(part);
}

inline void name_this_thread(std::string_view name, std::string_view part = {}) {
  ::pthread_setname_np(::pthread_self(), thread_name(name, part).c_str());
}

}  // namespace gofuture
