#include "audit/receipt.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "codec/base64.h"
#include "crypto/ed25519.h"
#include "merkle/decimal.h"
#include "merkle/verifier.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kFirstLine = "muzn.receipt/1";
constexpr std::string_view kFirstLineWithoutPlace = "muzn.receipt/2";
constexpr std::size_t kKeyIdDigits = 8;
constexpr std::size_t kUsualBytes = 384;  // of a receipt without its path
constexpr std::size_t kPathStepBytes = 45;

std::unexpected<Error> bad(const char* what) {
  return fail(Code::kInvalid, std::string("receipt: ") + what);
}

// The levels of a tree, from the leaves up to the root: what has no sibling goes up as it is, which
// gives the trees of RFC 6962.
std::vector<std::vector<merkle::Hash>> levels_of(std::span<const merkle::Hash> leaves) {
  std::vector<std::vector<merkle::Hash>> out;
  out.emplace_back(leaves.begin(), leaves.end());
  while (out.back().size() > 1) {
    const std::vector<merkle::Hash>& below = out.back();
    std::vector<merkle::Hash> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
      level.push_back(merkle::node_hash(below[i], below[i + 1]));
    }
    if (below.size() % 2 != 0) level.push_back(below.back());
    out.push_back(std::move(level));
  }
  return out;
}

// The root that a path leads to; nullopt: it is not as long as such a tree is high there.
std::optional<merkle::Hash> root_of_path(const Receipt& receipt) {
  merkle::Hash hash = receipt.leaf;
  auto next = receipt.path.begin();
  std::uint64_t index = receipt.index;
  for (std::uint64_t size = receipt.size; size > 1; size = (size + 1) / 2, index /= 2) {
    if ((index ^ 1U) >= size) continue;
    if (next == receipt.path.end()) return std::nullopt;
    hash = index % 2 == 0 ? merkle::node_hash(hash, *next) : merkle::node_hash(*next, hash);
    ++next;
  }
  if (next != receipt.path.end()) return std::nullopt;
  return hash;
}

// Consumes "name=value" and the ';' behind it.
Result<std::string_view> take_field(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find(';');
  std::string_view field = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  if (!field.starts_with(name) || field.substr(name.size(), 1) != "=") return bad("its members");
  return field.substr(name.size() + 1);
}

Result<merkle::Proof> parse_path(std::string_view text) {
  merkle::Proof out;
  while (!text.empty()) {
    const std::size_t end = text.find(',');
    TRY(const merkle::Hash hash, merkle::hash_from_base64(text.substr(0, end)));
    out.push_back(hash);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

std::string promise_text(std::string_view log, std::uint64_t deadline,
                         std::optional<std::uint64_t> first, std::uint64_t size,
                         const merkle::Hash& root) {
  const std::string group = fmt::format("{}\n{}\n", size, merkle::to_base64(root));
  if (!first) return fmt::format("{}\n{}\n{}\n{}", kFirstLineWithoutPlace, log, deadline, group);
  return fmt::format("{}\n{}\n{}\n{}\n{}", kFirstLine, log, deadline, *first, group);
}

std::vector<Receipt> promise(const merkle::Signer& signer, std::string_view log,
                             std::uint64_t deadline, std::optional<std::uint64_t> first,
                             std::span<const merkle::Hash> leaves) {
  CHECK(!leaves.empty() && leaves.size() <= kGroupRecordsMax);
  const merkle::VerifierKey& key = signer.verifier();
  CHECK(key.type == merkle::KeyType::kEd25519);
  const auto levels = levels_of(leaves);
  const merkle::Signature signature =
      signer.sign(promise_text(log, deadline, first, leaves.size(), levels.back()[0]), 0);
  std::vector<Receipt> out;
  out.reserve(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Receipt receipt{.log = std::string(log),
                    .deadline = deadline,
                    .leaf = leaves[i],
                    .first = first,
                    .index = i,
                    .size = leaves.size(),
                    .path = {},
                    .key_id = key.key_id,
                    .signature = signature.bytes};
    std::size_t at = i;
    for (const auto& level : levels) {
      if ((at ^ 1U) < level.size()) receipt.path.push_back(level[at ^ 1U]);
      at /= 2;
    }
    out.push_back(std::move(receipt));
  }
  return out;
}

Result<void> verify_receipt(const Receipt& receipt, const merkle::VerifierKey& key) {
  if (receipt.key_id != key.key_id || key.type != merkle::KeyType::kEd25519) {
    return bad("of another key");
  }
  const std::optional<merkle::Hash> root =
      receipt.index < receipt.size ? root_of_path(receipt) : std::nullopt;
  if (!root) return fail(Code::kDenied, "receipt: its path is none of such a group");
  const std::string text =
      promise_text(receipt.log, receipt.deadline, receipt.first, receipt.size, *root);
  const merkle::Signature signature{
      .name = key.name, .key_id = receipt.key_id, .bytes = receipt.signature};
  if (merkle::verify_signature(key, text, signature)) return {};
  return fail(Code::kDenied, "receipt: the key did not sign this");
}

std::string encode_receipt(const Receipt& receipt) {
  CHECK(!receipt.log.contains(';'));
  std::string out;
  out.reserve(kUsualBytes + receipt.path.size() * kPathStepBytes);
  const auto back = std::back_inserter(out);
  fmt::format_to(back, FMT_COMPILE("v={};log={};by={};leaf={};"), receipt.first ? 1 : 2,
                 receipt.log, receipt.deadline, merkle::to_base64(receipt.leaf));
  if (receipt.first) fmt::format_to(back, FMT_COMPILE("first={};"), *receipt.first);
  fmt::format_to(back, FMT_COMPILE("index={};size={};path="), receipt.index, receipt.size);
  for (const merkle::Hash& hash : receipt.path) {
    out.append(merkle::to_base64(hash)).push_back(',');
  }
  if (!receipt.path.empty()) out.pop_back();
  fmt::format_to(back, FMT_COMPILE(";key={:08x};sig={}"), receipt.key_id,
                 codec::base64_encode(receipt.signature));
  return out;
}

Result<Receipt> decode_receipt(std::string_view text) {
  if (text.size() > kReceiptBytesMax) return fail(Code::kLimit, "receipt: too long");
  std::string_view rest = text;
  TRY(const std::string_view version, take_field(rest, "v"));
  if (version != "1" && version != "2") return fail(Code::kUnsupported, "receipt: of a newer form");
  Receipt out;
  TRY(out.log, take_field(rest, "log"));
  TRY(const std::string_view deadline, take_field(rest, "by"));
  TRY(out.deadline, merkle::parse_decimal(deadline));
  TRY(const std::string_view leaf, take_field(rest, "leaf"));
  TRY(out.leaf, merkle::hash_from_base64(leaf));
  if (version == "1") {
    TRY(const std::string_view first, take_field(rest, "first"));
    TRY(out.first, merkle::parse_decimal(first));
  }
  TRY(const std::string_view index, take_field(rest, "index"));
  TRY(out.index, merkle::parse_decimal(index));
  TRY(const std::string_view size, take_field(rest, "size"));
  TRY(out.size, merkle::parse_decimal(size));
  TRY(const std::string_view path, take_field(rest, "path"));
  TRY(out.path, parse_path(path));
  TRY(const std::string_view key, take_field(rest, "key"));
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), out.key_id, 16);
  if (error != std::errc{} || end != key.data() + key.size() || key.size() != kKeyIdDigits) {
    return bad("its key's id");
  }
  TRY(const std::string_view signature, take_field(rest, "sig"));
  TRY(out.signature, codec::base64_decode(signature));
  if (!merkle::is_key_name(out.log)) return bad("its log's name");
  if (out.index >= out.size || out.size > kGroupRecordsMax) return bad("its place in the group");
  if (out.signature.size() != crypto::kEd25519SignatureBytes) return bad("its signature");
  // Whatever else there is one spelling of.
  if (encode_receipt(out) != text) return bad("not in the one spelling");
  return out;
}

}  // namespace muzn::audit
