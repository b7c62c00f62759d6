#include "base/frame_pool.h"

#include <array>
#include <new>

namespace muzn {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kReuses = false;
#else
constexpr bool kReuses = true;
#endif

constexpr std::size_t kStep = 64;     // frames of sizes up to a multiple of it are alike
constexpr std::size_t kClasses = 64;  // larger ones are not kept
constexpr std::size_t kKeptMax = 16;  // of a class

struct Kept {
  Kept* next;
};

// A thread's own, so that none waits for another.
class FramePool {
 public:
  ~FramePool() {
    for (Shelf& shelf : shelves_) {
      while (shelf.first != nullptr) {
        Kept* const frame = shelf.first;
        shelf.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
  void* take(std::size_t number) {
    Shelf& shelf = shelves_.at(number);
    if (shelf.first == nullptr) return ::operator new((number + 1) * kStep);
    Kept* const frame = shelf.first;
    shelf.first = frame->next;
    --shelf.count;
    return frame;
  }
  void give(std::size_t number, void* frame) {
    Shelf& shelf = shelves_.at(number);
    if (shelf.count == kKeptMax) {
      ::operator delete(frame);
      return;
    }
    ++shelf.count;
    shelf.first = new (frame) Kept{shelf.first};
  }

 private:
  struct Shelf {
    Kept* first = nullptr;
    std::size_t count = 0;
  };
  std::array<Shelf, kClasses> shelves_;
};

thread_local FramePool pool;

std::size_t class_of(std::size_t size) {
  return (size - 1) / kStep;
}

}  // namespace

void* take_frame(std::size_t size) {
  if (!kReuses || class_of(size) >= kClasses) return ::operator new(size);
  return pool.take(class_of(size));
}

void give_frame(void* frame, std::size_t size) {
  if (!kReuses || class_of(size) >= kClasses) return ::operator delete(frame);
  pool.give(class_of(size), frame);
}

}  // namespace muzn
