// How much memory this process uses, and which of its threads touched new memory, as the kernel counts it.
#pragma once

#include <cstdint>

namespace gofuture {

std::int64_t memory_in_use();                          // bytes that only this process has: no files, nothing shared
std::int32_t this_thread_number();                     // in /proc/self/task
std::uint64_t page_faults_here();                      // of this thread, minor ones: each is a page that it touched first
std::uint64_t page_faults_of(std::int32_t thread);     // the same of another; 0 where that has ended

}  // namespace gofuture
