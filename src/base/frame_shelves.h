// Frames that were given back, by size. Internal to base/frame_pool.cc.
#pragma once
#include <array>
#include <cstddef>

namespace muzn {

// Owns what it keeps. Threads: one.
class FrameShelves {
 public:
  static constexpr std::size_t kStep = 64;  // sizes up to the same multiple of it share a shelf
  static constexpr std::size_t kShelves = 64;
  static constexpr std::size_t kSizeMax = kStep * kShelves;  // larger frames are not kept
  // Of a shelf: as many requests as commonly wait together for one sync of the log, each in frames
  // of the same sizes. A frame that is not kept costs more than the work in it.
  static constexpr std::size_t kKeptMax = 128;

  FrameShelves() = default;
  ~FrameShelves();
  FrameShelves(const FrameShelves&) = delete;
  FrameShelves& operator=(const FrameShelves&) = delete;

  // Memory of at least `size` bytes, aligned as operator new does; the last that was given first.
  void* take(std::size_t size);
  // `frame` was taken, of these or another thread's shelves, with the same `size`.
  void give(void* frame, std::size_t size);

 private:
  struct Kept {
    Kept* next;
  };
  struct Shelf {
    Kept* first = nullptr;
    std::size_t count = 0;
  };
  static std::size_t number_of(std::size_t size) { return (size - 1) / kStep; }

  std::array<Shelf, kShelves> shelves_;
};

}  // namespace muzn
