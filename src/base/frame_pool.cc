#include "base/frame_pool.h"

#include <new>

#include "base/frame_shelves.h"

namespace muzn {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kReuses = false;
#else
constexpr bool kReuses = true;
#endif

// A thread's own, so that none waits for another.
thread_local FrameShelves shelves;

}  // namespace

void* take_frame(std::size_t size) {
  return kReuses ? shelves.take(size) : ::operator new(size);
}

void give_frame(void* frame, std::size_t size) {
  kReuses ? shelves.give(frame, size) : ::operator delete(frame);
}

}  // namespace muzn
