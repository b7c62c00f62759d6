// MD5 (RFC 1321), incremental: one digest, and many at once.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/md5_blocks.h"

namespace muzn::crypto {

class Md5 {
 public:
  void update(std::string_view bytes);
  // The 16 raw bytes. Call once.
  std::string finish();

 private:
  friend class Md5Lanes;
  // Takes what completes the block begun; gives what is left of `bytes`.
  std::string_view complete_block(std::string_view bytes);
  // Keeps less than a block for the next update.
  void keep(std::string_view bytes);

  Md5State state_ = kMd5Start;
  std::uint64_t size_ = 0;
  std::array<char, kMd5BlockBytes> begun_{};  // its first size_ % kMd5BlockBytes bytes count
};

// Updates of several digests under way at once, which new ones join and ended ones leave. A lone
// one runs as fast as Md5::update().
class Md5Lanes {
 public:
  bool empty() const { return lanes_.empty(); }
  // How many more it takes.
  std::size_t room() const { return kMd5LanesMax - lanes_.size(); }
  // Begins md5.update(bytes). Both must live, and `md5` be left alone, until step() gives `tag`
  // back. REQUIRES room() > 0.
  void add(Md5& md5, std::string_view bytes, void* tag);
  // Does a part of all (up to about kStepBytes of each), and gives the tags of those that ended.
  std::vector<void*> step();

  static constexpr std::size_t kStepBytes = 64U << 10;

 private:
  struct Lane {
    Md5* md5;
    const char* bytes;   // the next whole block
    std::size_t blocks;  // left to do
    std::string_view rest;
    void* tag;
  };
  std::vector<void*> take_ended();

  std::vector<Lane> lanes_;  // in the order of arrival
};

}  // namespace muzn::crypto
