// RFC 6962 section 2.1 word for word: slow, recursive, and without tiles.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "merkle/proof.h"

namespace muzn::merkle {

class Reference {
 public:
  explicit Reference(std::size_t leaves) {
    for (std::size_t i = 0; i < leaves; ++i) leaves_.push_back(leaf_hash(entry(i)));
  }
  static std::string entry(std::size_t index) { return "entry " + std::to_string(index); }
  const std::vector<Hash>& leaves() const { return leaves_; }

  // MTH(D[begin:end])
  Hash hash(std::size_t begin, std::size_t end) {
    if (begin == end) return empty_root();
    if (end - begin == 1) return leaves_[begin];
    const auto [at, is_new] = known_.try_emplace({begin, end});
    if (is_new) {
      const std::size_t middle = begin + split(end - begin);
      const Hash left = hash(begin, middle);
      const Hash right = hash(middle, end);
      known_[{begin, end}] = node_hash(left, right);
    }
    return known_[{begin, end}];
  }

  // PATH(m, D[begin:end]), m counted from the whole tree's begin
  Proof path(std::size_t m, std::size_t begin, std::size_t end) {
    if (end - begin == 1) return {};
    const std::size_t middle = begin + split(end - begin);
    Proof out = m < middle ? path(m, begin, middle) : path(m, middle, end);
    out.push_back(m < middle ? hash(middle, end) : hash(begin, middle));
    return out;
  }

  // PROOF(m, D[0:n])
  Proof consistency(std::size_t m, std::size_t n) {
    return m == 0 ? Proof{} : subproof(m, 0, n, true);
  }

 private:
  static std::size_t split(std::size_t leaves) {
    std::size_t out = 1;
    while (out * 2 < leaves) out *= 2;
    return out;
  }
  Proof subproof(std::size_t m, std::size_t begin, std::size_t end, bool is_old_tree) {
    if (m == end - begin) return is_old_tree ? Proof{} : Proof{hash(begin, end)};
    const std::size_t k = split(end - begin);
    Proof out = m <= k ? subproof(m, begin, begin + k, is_old_tree)
                       : subproof(m - k, begin + k, end, false);
    out.push_back(m <= k ? hash(begin + k, end) : hash(begin, begin + k));
    return out;
  }

  std::vector<Hash> leaves_;
  std::map<std::pair<std::size_t, std::size_t>, Hash> known_;
};

}  // namespace muzn::merkle
