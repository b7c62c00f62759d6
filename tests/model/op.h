// Random operations as plain numbers, so that any subset of a sequence is a sequence too: what
// shrinking needs. A number is taken modulo what there is to choose from.
#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace muzn::model {

enum class Kind : std::uint8_t {
  kCreateBucket,
  kDeleteBucket,
  kSetVersioning,
  kPut,
  kGet,
  kRemove,
  kAmend,  // other tags
  kRename,
  kList,
  kListVersions,
  kUsage,
  kCreateUpload,
  kPutPart,
  kComplete,
  kAbort,
  kListParts,
  kListUploads,
  kReopen,  // as after a crash between two requests
  kCrash,   // the n-th commit from now fails, done or not, and everything after it
  kSweep,
  kAdvance,  // the clock
};
inline constexpr int kKinds = 21;

struct Op {
  Kind kind = Kind::kGet;
  std::uint32_t bucket = 0;
  std::uint32_t key = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

std::vector<Op> random_ops(std::uint64_t seed, std::size_t count);
// One line of C++-like text for each.
std::string show(const std::vector<Op>& ops);

// What the numbers stand for.
std::string bucket_name(const Op& op);
std::string key_name(std::uint32_t number);
std::string new_key_name(const Op& op);  // of a rename: another than the key
std::string body_of(const Op& op);       // size class by `a`, content by `b`
std::string tags_of(const Op& op);       // "" or one tag's value, by `b`
std::string prefix_of(const Op& op);
std::string delimiter_of(const Op& op);
std::string after_of(const Op& op);
std::size_t limit_of(const Op& op);
bool enables(const Op& op);  // versioning, or suspends it
// Which of the `count` versions of its key the operation names, newest first; `count` itself is one
// that is not there. nullopt: none, it means the current one.
std::optional<std::size_t> version_of(const Op& op, std::size_t count);
inline constexpr std::uint32_t kSlots = 5;  // uploads that a sequence can speak of
inline constexpr std::uint32_t kBuckets = 3;

}  // namespace muzn::model
