#include "crypto/md5.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <random>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::crypto {
namespace {

std::string random_bytes(std::mt19937& rng, std::size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(rng());
  return out;
}

// Another implementation.
std::string reference(std::string_view bytes) {
  std::string out(16, '\0');
  std::size_t size = 0;
  EXPECT_EQ(EVP_Q_digest(nullptr, "MD5", nullptr, bytes.data(), bytes.size(),
                         static_cast<unsigned char*>(static_cast<void*>(out.data())), &size),
            1);
  EXPECT_EQ(size, out.size());
  return out;
}

std::string of(std::string_view bytes) {
  Md5 md5;
  md5.update(bytes);
  return md5.finish();
}

TEST(Md5, VectorsOfTheRfc) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
       "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (const auto& [text, expected] : vectors) EXPECT_EQ(codec::hex_encode(of(text)), expected);
}

TEST(Md5, AgreesWithOpenSslAtAllSizesAndCuts) {
  std::mt19937 rng(1);
  const std::string bytes = random_bytes(rng, 5000);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string_view text = std::string_view(bytes).substr(size % 13, size);
    ASSERT_EQ(of(text), reference(text)) << size;
    for (std::size_t cut = 0; cut <= size; cut += 7) {
      Md5 md5;
      md5.update(text.substr(0, cut));
      md5.update(text.substr(cut));
      ASSERT_EQ(md5.finish(), reference(text)) << size << " cut at " << cut;
    }
  }
  Md5 piecewise;
  for (std::size_t at = 0; at < bytes.size(); at += 1 + at % 190) {
    piecewise.update(std::string_view(bytes).substr(at, 1 + at % 190));
  }
  EXPECT_EQ(piecewise.finish(), reference(bytes));
}

TEST(Md5, EveryPathAgreesWithEveryNumberOfLanes) {
  std::mt19937 rng(2);
  for (const Md5Path path :
       {Md5Path::kOne, Md5Path::kFour, Md5Path::kEightAvx2, Md5Path::kSixteenAvx512}) {
    if (!md5_supported(path)) continue;
    for (std::size_t lanes = 1; lanes <= md5_lanes(path); ++lanes) {
      for (const std::size_t blocks : {0U, 1U, 2U, 17U}) {
        std::vector<std::string> bytes;
        std::vector<Md5State> states(lanes);
        std::vector<Md5Lane> work;
        for (Md5State& state : states) {
          for (std::uint32_t& word : state) word = static_cast<std::uint32_t>(rng());
          bytes.push_back(random_bytes(rng, blocks * kMd5BlockBytes));
        }
        std::vector<Md5State> expected = states;
        for (std::size_t i = 0; i < lanes; ++i) {
          work.push_back({&states[i], bytes[i].data()});
          const Md5Lane alone{&expected[i], bytes[i].data()};
          md5_blocks(Md5Path::kOne, {&alone, 1}, blocks);
        }
        md5_blocks(path, work, blocks);
        ASSERT_EQ(states, expected) << int(path) << " " << lanes << " lanes " << blocks;
      }
    }
  }
}

TEST(Md5, OnlyFullEnoughLanesAreTaken) {
  EXPECT_EQ(md5_lanes_for(0), 0U);
  EXPECT_EQ(md5_lanes_for(1), 1U);
  for (std::size_t waiting = 2; waiting <= 40; ++waiting) {
    const std::size_t lanes = md5_lanes_for(waiting);
    EXPECT_GE(lanes, std::min<std::size_t>(waiting, 4));
    EXPECT_LE(lanes, std::min(waiting, kMd5LanesMax));
  }
}

// Streams of random sizes, cut at random, join and leave the lanes in random order.
TEST(Md5Lanes, AgreeWithOpenSslWhateverJoinsAndLeaves) {
  struct Stream {
    std::string bytes;
    std::size_t done = 0;
    bool is_busy = false;
    Md5 md5;
  };
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 rng(seed);
    std::vector<Stream> streams(1 + rng() % 40);
    for (Stream& stream : streams) {
      const std::size_t size = rng() % 4 == 0 ? rng() % 300'000 : rng() % 500;
      stream.bytes = random_bytes(rng, size);
    }
    Md5Lanes lanes;
    const auto is_done = [](const Stream& stream) {
      return !stream.is_busy && stream.done == stream.bytes.size();
    };
    while (!std::ranges::all_of(streams, is_done)) {
      for (Stream& stream : streams) {
        if (stream.is_busy || is_done(stream) || lanes.room() == 0 || rng() % 3 == 0) continue;
        const std::size_t left = stream.bytes.size() - stream.done;
        const std::size_t size = rng() % 2 == 0 ? left : rng() % (left + 1);
        lanes.add(stream.md5, std::string_view(stream.bytes).substr(stream.done, size), &stream);
        stream.done += size;
        stream.is_busy = true;
      }
      for (void* tag : lanes.step()) static_cast<Stream*>(tag)->is_busy = false;
    }
    EXPECT_TRUE(lanes.empty());
    for (Stream& stream : streams) ASSERT_EQ(stream.md5.finish(), reference(stream.bytes)) << seed;
  }
}

// Nobody waits for ever: what joined first moves with every step.
TEST(Md5Lanes, TheFirstEndsInAsManyStepsAsItHasBytes) {
  const std::string bytes(4 * Md5Lanes::kStepBytes, 'x');
  std::vector<Md5> digests(kMd5LanesMax);
  Md5Lanes lanes;
  for (Md5& md5 : digests) lanes.add(md5, bytes, &md5);
  EXPECT_EQ(lanes.room(), 0U);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(lanes.step().empty());
  const auto ended = lanes.step();
  ASSERT_FALSE(ended.empty());
  EXPECT_EQ(ended.front(), digests.data());
}

}  // namespace
}  // namespace muzn::crypto
