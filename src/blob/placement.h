// Which volume a new blob goes to. Pure.
#pragma once
#include <cstdint>
#include <span>

namespace muzn::blob {

// A volume that takes writes.
struct Candidate {
  std::uint8_t volume = 0;
  std::uint64_t room = 0;  // bytes free above the reserve
};

// By chance, a volume with twice the room twice as often, so that volumes fill up together and one
// that was added takes more than the others without taking all. Those that hold `size` bytes
// (0 = unknown) come first; when none does, the one with the most room, whose own check of space
// then answers. 0 without candidates. `random` is uniform.
std::uint8_t choose_volume(std::span<const Candidate> candidates, std::uint64_t size,
                           std::uint64_t random);

}  // namespace muzn::blob
