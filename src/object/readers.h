// Who reads what may become garbage, on this node: so that the bytes of a replaced version go as
// soon as nobody reads them, and not only after the longest read allowed. Internal to object/.
//
// A reader looks a version up and then holds what it names. The sweeper, when it has read the row
// that calls something garbage, waits until all are through who looked at that time, and then asks
// whether it is held. Whoever begins to look later finds what stands since the commit that wrote
// that row, so that what nobody holds then, nobody will.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace muzn::object {

// Threads: safe. Must outlive its looks and holds.
class Readers {
 public:
  // While a version is looked up: from before the first row is read until what it names is held.
  class Look {
   public:
    explicit Look(Readers& readers);
    ~Look();
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

   private:
    std::atomic<std::int64_t>& count_;
  };

  // While the bytes of `name` are read: a blob's id. That of its first blob stands for all of a
  // multipart object, under whatever key it is by now.
  class Hold {
   public:
    Hold() = default;
    Hold(Readers& readers, std::string name);
    Hold(Hold&& other) noexcept
        : readers_(std::exchange(other.readers_, nullptr)), name_(std::move(other.name_)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(readers_, other.readers_);
      std::swap(name_, other.name_);
      return *this;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

   private:
    Readers* readers_ = nullptr;
    std::string name_;
  };

  // Returns when all who look now are through, or false when they are not after some tenths of a
  // second. Sleeps meanwhile: for a thread that serves nobody.
  bool wait_for_looks();
  // Ask when wait_for_looks(), called after the row that calls `name` garbage was read, was true.
  bool is_held(std::string_view name) const;

 private:
  static constexpr std::size_t kStripes = 16;
  static constexpr int kNapsMax = 300;  // of a millisecond, for each generation

  // Looks of two generations, so that those of before can be waited for while others come. A look
  // that takes the generation and is late to count itself counts in the older one: it reads its
  // rows later still, so that it may delay a wait and harms none.
  struct alignas(64) Looking {
    std::array<std::atomic<std::int64_t>, 2> counts{};
  };
  struct Holds {
    mutable std::mutex mutex;  // guards all below
    std::unordered_map<std::string, std::size_t> counts;
  };

  std::atomic<std::int64_t>& count_of_this_thread();
  bool wait_for(std::size_t generation);
  Holds& holds_of(std::string_view name);
  const Holds& holds_of(std::string_view name) const;

  std::atomic<std::uint64_t> generation_ = 0;
  std::array<Looking, kStripes> looking_{};
  std::array<Holds, kStripes> holds_;
};

}  // namespace muzn::object
