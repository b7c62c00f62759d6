#include "sim/step.h"

#include <array>
#include <random>

#include "sim/machine.h"

namespace muzn::sim {
namespace {

constexpr unsigned kBuckets = 2;
constexpr unsigned kKeys = 4;  // of random steps

struct Weight {
  Verb verb;
  const char* name;
  unsigned share;     // of all steps
  unsigned together;  // of those of a kTogether
};
constexpr std::array<Weight, kVerbs> kWeights{{
    {Verb::kCreateBucket, "create_bucket", 3, 0},
    {Verb::kDeleteBucket, "delete_bucket", 1, 0},
    {Verb::kPut, "put", 14, 8},
    {Verb::kRemove, "remove", 5, 2},
    {Verb::kTag, "tag", 3, 2},
    {Verb::kCreateUpload, "create_upload", 3, 1},
    {Verb::kPutPart, "put_part", 5, 3},
    {Verb::kComplete, "complete", 4, 2},
    {Verb::kAbort, "abort", 1, 1},
    {Verb::kSweep, "sweep", 2, 1},
    {Verb::kCreateUser, "create_user", 1, 0},
    {Verb::kCreateKey, "create_key", 2, 0},
    {Verb::kDeleteKey, "delete_key", 1, 0},
    {Verb::kBlock, "block", 1, 0},
    {Verb::kEnable, "enable", 2, 0},
    {Verb::kRemoveNewest, "remove_newest", 4, 0},
    {Verb::kRename, "rename", 4, 2},
    {Verb::kTogether, "together", 6, 0},
    {Verb::kTick, "tick", 2, 0},
    {Verb::kJobs, "jobs", 4, 0},
    {Verb::kRestart, "restart", 1, 0},
    {Verb::kMove, "move", 3, 0},
}};

Verb draw(std::mt19937_64& rng, unsigned Weight::* share) {
  unsigned total = 0;
  for (const Weight& weight : kWeights) total += weight.*share;
  unsigned pick = static_cast<unsigned>(rng()) % total;
  std::size_t at = 0;
  while (pick >= kWeights[at].*share) pick -= kWeights[at++].*share;
  return kWeights[at].verb;
}

Step random_step(std::mt19937_64& rng, unsigned Weight::* share) {
  constexpr std::array<std::size_t, 10> kSizes{
      0, 50, kInlineMax, kInlineMax, kInlineMax, kInlineMax + 1, 900, 3000, 5000, 70'000};
  const auto number = [&rng] { return static_cast<unsigned>(rng()); };
  Step out;
  out.verb = draw(rng, share);
  // Mostly the first bucket, which is there from the start.
  out.bucket = number() % 4 == 0 ? 1 : 0;
  out.size = kSizes[number() % (number() % 8 == 0 ? 10 : 9)];
  out.key = number() % kKeys;
  out.salt = number();
  return out;
}

}  // namespace

std::vector<Step> random_steps(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 rng(seed);
  std::vector<Step> out{{Verb::kCreateBucket, 0, 0, 0, 0}};
  while (out.size() < count) out.push_back(random_step(rng, &Weight::share));
  return out;
}

std::vector<Step> steps_together(const Step& step) {
  std::mt19937_64 rng(step.salt);
  std::vector<Step> out;
  const std::size_t count = 2 + rng() % 3;
  while (out.size() < count) out.push_back(random_step(rng, &Weight::together));
  // Acts wait for each other, so at most one of them.
  constexpr std::array kActs{Verb::kCreateUser, Verb::kCreateKey, Verb::kDeleteKey, Verb::kBlock};
  if (rng() % 3 == 0) out.front().verb = kActs[rng() % kActs.size()];
  return out;
}

std::string show(const Step& step) {
  std::string out = kWeights[static_cast<std::size_t>(step.verb)].name;
  if (step.verb == Verb::kTogether) {
    out += " salt " + std::to_string(step.salt) + ":";
    for (const Step& one : steps_together(step)) out += " [" + show(one) + "]";
    return out;
  }
  return out + " " + bucket_of(step) + " " + key_of(step) + " size " + std::to_string(step.size) +
         " salt " + std::to_string(step.salt);
}

std::string bucket_of(const Step& step) {
  return "bucket-" + std::to_string(step.bucket % kBuckets);
}

std::string key_of(const Step& step) {
  return "key/" + std::to_string(step.key);
}

std::string new_key_of(const Step& step) {
  return "key/" + std::to_string((step.key + 1 + step.salt % (kKeys - 1)) % kKeys);
}

std::string body_of(const Step& step) {
  std::mt19937_64 rng(step.salt);
  std::string out(step.size, '\0');
  for (char& c : out) c = static_cast<char>(rng());
  return out;
}

}  // namespace muzn::sim
