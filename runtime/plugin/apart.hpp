// Runs library code that is not a handler's work (constructors, describe, create, destroy, destructors) on a thread of its
// own, and waits for it. A thread_local with a destructor pins a library while a thread that touched it lives; a thread that
// has ended pins nothing, so the loader's and the store's threads must never be the ones that touch it.
#pragma once

#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

namespace gofuture {

template <class Work>
auto apart(Work work) -> std::invoke_result_t<Work> {
  using Value = std::invoke_result_t<Work>;
  if constexpr (std::is_void_v<Value>) {
    apart([&] { return work(), true; });
  } else {
    std::optional<Value> value;
    try {
      std::thread([&] { value.emplace(work()); }).join();
    } catch (const std::system_error&) {  // no thread to be had: better here than not at all
      if (!value) value.emplace(work());
    }
    return std::move(*value);
  }
}

}  // namespace gofuture
