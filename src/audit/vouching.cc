#include "audit/vouching.h"

#include <fmt/format.h>

#include <utility>

#include "codec/base64.h"

namespace muzn::audit {

std::optional<Vouch> vouch_in(std::string_view public_entry, std::string_view origin) {
  const auto leaf = decode_leaf(public_entry);
  if (!leaf || leaf->leaf_class != kLogClass || leaf->kind != kCheckpointKind) return std::nullopt;
  if (codec::json_string(leaf->facts, "origin") != origin) return std::nullopt;
  const auto size = leaf->facts.find("size");
  const auto root = codec::hex_decode(codec::json_string(leaf->facts, "root"));
  if (size == leaf->facts.end() || !size->is_number_unsigned() || !root ||
      root->size() != merkle::kHashBytes) {
    return std::nullopt;
  }
  return Vouch{.checkpoint = {std::string(origin),
                              size->get<std::uint64_t>(),
                              merkle::hash_from_bytes(*root),
                              {}},
               .time = leaf->time};
}

void Vouching::fault(std::string what) {
  if (faults_.size() < kVouchFaultsMax) faults_.push_back(std::move(what));
}

void Vouching::take_public(std::uint64_t index, std::string_view entry) {
  const auto vouch = vouch_in(entry, origin_);
  if (!vouch) return;
  ++leaves_;
  const merkle::Checkpoint& tree = vouch->checkpoint;
  const auto [at, is_new] = said_.try_emplace(tree.size, Said{tree.root, index});
  if (!is_new && at->second.root != tree.root) {
    fault(fmt::format("the public log has two roots of it with {} entries: its entries {} and {}",
                      tree.size, at->second.index, index));
  }
}

void Vouching::take_private(std::string_view entry) {
  tree_.push(merkle::leaf_hash(entry));
  const auto said = said_.find(tree_.size());
  if (said == said_.end() || said->second.root == tree_.root()) return;
  fault(
      fmt::format("its first {} entries are not those of which entry {} of the public log says "
                  "the root",
                  tree_.size(), said->second.index));
}

std::vector<std::string> Vouching::faults() const {
  std::vector<std::string> out = faults_;
  for (auto said = said_.upper_bound(tree_.size()); said != said_.end(); ++said) {
    if (out.size() == kVouchFaultsMax) break;
    out.push_back(
        fmt::format("it has {} entries, and entry {} of the public log says that it had "
                    "{}",
                    tree_.size(), said->second.index, said->first));
  }
  return out;
}

}  // namespace muzn::audit
