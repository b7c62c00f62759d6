#include "base/frame_shelves.h"

#include <new>

namespace muzn {

FrameShelves::~FrameShelves() {
  for (Shelf& shelf : shelves_) {
    while (shelf.first != nullptr) {
      Kept* const frame = shelf.first;
      shelf.first = frame->next;
      ::operator delete(frame);
    }
  }
}

void* FrameShelves::take(std::size_t size) {
  if (size > kSizeMax) return ::operator new(size);
  Shelf& shelf = shelves_.at(number_of(size));
  if (shelf.first == nullptr) return ::operator new((number_of(size) + 1) * kStep);
  Kept* const frame = shelf.first;
  shelf.first = frame->next;
  --shelf.count;
  return frame;
}

void FrameShelves::give(void* frame, std::size_t size) {
  if (size > kSizeMax) return ::operator delete(frame);
  Shelf& shelf = shelves_.at(number_of(size));
  if (shelf.count == kKeptMax) return ::operator delete(frame);
  ++shelf.count;
  shelf.first = new (frame) Kept{shelf.first};
}

}  // namespace muzn
