// Memory of coroutine frames. A request makes dozens of them, most larger than what malloc keeps at
// hand for a thread, and each is gone before the next of its size is made.
#pragma once
#include <cstddef>

namespace muzn {

// Frames that this thread gave back are taken first, a bounded number of each size. Under a
// sanitizer every frame is fresh, so that it sees one that is used after its end.
void* take_frame(std::size_t size);
// `size` as it was taken, on any thread.
void give_frame(void* frame, std::size_t size);

}  // namespace muzn
