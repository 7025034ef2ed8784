// The hot path counts: this file replaces the program's operator new to see what reading an envelope allocates.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "event/envelope.hpp"

namespace {
std::atomic<long> allocations{0};
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace gofuture {
namespace {

TEST(Envelope, BinaryModeAllocatesNothingOnceItsThreadIsWarm) {
  const auto record = make_record(0, 3, 17, 1000,
                                  {"key", R"({"a":1})",
                                   {{"ce_specversion", "1.0"}, {"ce_id", "0198f3c1-7aaa-7bbb-8ccc-0123456789ab"},
                                    {"ce_source", "/riders"}, {"ce_type", "BookingCreated"},
                                    {"ce_subject", std::string(64, 's')}, {"ce_hops", "3"}}});
  ASSERT_TRUE(read_envelope(record));
  const long before = allocations;
  const auto envelope = read_envelope(record);
  EXPECT_EQ(allocations - before, 0);
  EXPECT_TRUE(envelope);
}

}  // namespace
}  // namespace gofuture
