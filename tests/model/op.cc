#include "model/op.h"

#include <array>

namespace muzn::model {
namespace {

using namespace std::string_literals;

struct Weight {
  Kind kind;
  unsigned share;
};
constexpr std::array kWeights{
    Weight{Kind::kCreateBucket, 20}, Weight{Kind::kDeleteBucket, 6},
    Weight{Kind::kSetVersioning, 8}, Weight{Kind::kPut, 200},
    Weight{Kind::kGet, 120},         Weight{Kind::kRemove, 80},
    Weight{Kind::kAmend, 40},        Weight{Kind::kRename, 60},
    Weight{Kind::kList, 80},         Weight{Kind::kListVersions, 40},
    Weight{Kind::kUsage, 15},        Weight{Kind::kCreateUpload, 40},
    Weight{Kind::kPutPart, 120},     Weight{Kind::kComplete, 60},
    Weight{Kind::kAbort, 10},        Weight{Kind::kListParts, 20},
    Weight{Kind::kListUploads, 20},  Weight{Kind::kReopen, 4},
    Weight{Kind::kCrash, 15},        Weight{Kind::kSweep, 10},
    Weight{Kind::kAdvance, 20},
};
static_assert(kWeights.size() == kKinds);

constexpr std::array kNames{"create_bucket", "delete_bucket", "set_versioning", "put",
                            "get",           "remove",        "amend",          "rename",
                            "list",          "list_versions", "usage",          "create_upload",
                            "put_part",      "complete",      "abort",          "list_parts",
                            "list_uploads",  "reopen",        "crash",          "sweep",
                            "advance"};
static_assert(kNames.size() == kKinds);

const std::array kKeys{"a"s,        "a/"s,  "a/b"s,  "a/b/c"s, "a/b/d"s,   "a\0"s, "a\0b"s,
                       "b"s,        "b//"s, "b//x"s, ".."s,    "/"s,       "//"s,  "\xff"s,
                       "\xff\xff"s, "c/1"s, "c/2"s,  "c/3"s,   "c/3\xff"s, "d"s};

}  // namespace

std::vector<Op> random_ops(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 rng(seed);
  unsigned total = 0;
  for (const Weight& weight : kWeights) total += weight.share;
  const auto number = [&rng] { return static_cast<std::uint32_t>(rng()); };
  std::vector<Op> out;
  for (std::size_t i = 0; i < count; ++i) {
    auto pick = static_cast<unsigned>(rng() % total);
    std::size_t at = 0;
    while (pick >= kWeights[at].share) pick -= kWeights[at++].share;
    out.push_back({kWeights[at].kind, number() % kBuckets,
                   number() % static_cast<std::uint32_t>(kKeys.size()), number(), number(),
                   number()});
  }
  return out;
}

std::string show(const std::vector<Op>& ops) {
  std::string out;
  for (const Op& op : ops) {
    out += kNames[static_cast<std::size_t>(op.kind)];
    for (const std::uint32_t field : {op.bucket, op.key, op.a, op.b, op.c}) {
      out += ' ' + std::to_string(field);
    }
    out += '\n';
  }
  return out;
}

std::string bucket_name(const Op& op) {
  return "bucket-" + std::to_string(op.bucket % kBuckets);
}
std::string key_name(std::uint32_t number) {
  return kKeys[number % kKeys.size()];
}

std::string new_key_name(const Op& op) {
  const auto count = static_cast<std::uint32_t>(kKeys.size());
  return key_name(op.key % count + 1 + op.b % (count - 1));
}

std::string body_of(const Op& op) {
  std::size_t size = 0;
  switch (op.a % 8) {
    case 0:
      break;
    case 1:
      size = 64;  // the greatest inline body of this test's store
      break;
    case 2:
      size = 65;
      break;
    case 3:
      size = 1000 + op.b % 70'000;
      break;
    case 4:
      size = op.b % 64 == 0 ? 5U << 20 : op.b % 200;  // rarely a part that need not be the last
      break;
    case 5:
      size = op.b % 16 == 0 ? 262'144 + op.b % 3 : op.b % 80;
      break;
    default:
      size = op.b % 100;
  }
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(op.b + i * 7 + i / 300);
  return out;
}

std::string tags_of(const Op& op) {
  return op.b % 3 == 0 ? "" : std::to_string(op.b % 100);
}
std::string prefix_of(const Op& op) {
  const std::string key = key_name(op.key);
  return key.substr(0, op.a % 4 < 2 ? 0 : op.a % (key.size() + 1));
}
std::string delimiter_of(const Op& op) {
  static const std::array kDelimiters{""s, "/"s, "/"s, "\0"s, "//"s, "\xff"s};
  return kDelimiters[op.b % kDelimiters.size()];
}
std::string after_of(const Op& op) {
  return op.c % 3 == 0 ? key_name(op.c / 3) : "";
}
bool enables(const Op& op) {
  return op.a % 3 != 0;
}
std::optional<std::size_t> version_of(const Op& op, std::size_t count) {
  if (op.a / 16 % 3 != 0) return std::nullopt;
  return op.a / 64 % (count + 1);
}
std::size_t limit_of(const Op& op) {
  return op.b / 8 % 3 == 0 ? 1000 : op.b / 8 % 7;
}

}  // namespace muzn::model
