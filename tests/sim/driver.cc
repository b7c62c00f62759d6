#include <algorithm>
#include <array>

#include "sim/life.h"

namespace muzn::sim {
namespace {

constexpr unsigned kBuckets = 2;
constexpr unsigned kKeys = 4;  // of random steps

class AnyBody final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<object::Checksum>();
  }
};

std::string bucket_of(const Step& step) {
  return "bucket-" + std::to_string(step.bucket % kBuckets);
}
std::string key_of(const Step& step) {
  return "key/" + std::to_string(step.key);
}
std::string body_of(const Step& step) {
  std::mt19937_64 rng(step.salt);
  std::string out(step.size, '\0');
  for (char& c : out) c = static_cast<char>(rng());
  return out;
}
int number_of(const Step& step) {
  return 1 + static_cast<int>(step.salt % 3);
}

struct Weight {
  Verb verb;
  unsigned share;
};
constexpr std::array kWeights{
    Weight{Verb::kCreateBucket, 3}, Weight{Verb::kDeleteBucket, 1}, Weight{Verb::kPut, 16},
    Weight{Verb::kRemove, 6},       Weight{Verb::kCreateUpload, 3}, Weight{Verb::kPutPart, 5},
    Weight{Verb::kComplete, 4},     Weight{Verb::kAbort, 1},        Weight{Verb::kSweep, 2},
    Weight{Verb::kTick, 2},         Weight{Verb::kJobs, 4},         Weight{Verb::kRestart, 1},
};
static_assert(kWeights.size() == kVerbs);
constexpr std::array kNames{"create_bucket", "delete_bucket", "put",      "remove",
                            "create_upload", "put_part",      "complete", "abort",
                            "sweep",         "tick",          "jobs",     "restart"};
static_assert(kNames.size() == kVerbs);

}  // namespace

std::vector<Step> random_steps(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 rng(seed);
  constexpr std::array<std::size_t, 10> kSizes{
      0, 50, kInlineMax, kInlineMax, kInlineMax, kInlineMax + 1, 900, 3000, 5000, 70'000};
  unsigned total = 0;
  for (const Weight& weight : kWeights) total += weight.share;
  const auto number = [&rng] { return static_cast<unsigned>(rng()); };
  std::vector<Step> out{{Verb::kCreateBucket, 0, 0, 0, 0}};
  while (out.size() < count) {
    unsigned pick = number() % total;
    std::size_t at = 0;
    while (pick >= kWeights[at].share) pick -= kWeights[at++].share;
    // Mostly the first bucket, which is there from the start.
    const unsigned bucket = number() % 4 == 0 ? 1 : 0;
    const std::size_t size = kSizes[number() % (number() % 8 == 0 ? 10 : 9)];
    out.push_back({kWeights[at].verb, bucket, number() % kKeys, size, number()});
  }
  return out;
}

std::string show(const Step& step) {
  return std::string(kNames[static_cast<std::size_t>(step.verb)]) + " " + bucket_of(step) + " " +
         key_of(step) + " size " + std::to_string(step.size) + " salt " + std::to_string(step.salt);
}

// Callers have set wanted_.
template <class T>
std::optional<std::string> Driver::judge(const object::Outcome<T>& outcome) {
  if (!outcome) {
    return std::string("fault ") + std::to_string(static_cast<int>(outcome.error().fault)) + " " +
           name(outcome.error().code) + ": " + outcome.error().what;
  }
  state_ = wanted_;
  return std::nullopt;
}

std::optional<Driver::Upload> Driver::some_upload(const Step& step) const {
  std::vector<Upload> all;
  for (const auto& [name, line] : state_) {
    if (!name.starts_with("upload ")) continue;
    const std::size_t space = name.find(' ', 7);
    all.push_back({name.substr(7, space - 7), line.text, name.substr(space + 1)});
  }
  if (all.empty()) return std::nullopt;
  return all[step.key % all.size()];
}

bool Driver::has_objects(const std::string& bucket) const {
  const auto at = state_.lower_bound(object_line(bucket, ""));
  return at != state_.end() && at->first.starts_with(object_line(bucket, ""));
}

std::optional<std::string> Driver::run(const Step& step) {
  wanted_ = state_;
  const std::string bucket = bucket_of(step);
  const bool has_bucket = state_.contains(bucket_line(bucket));
  const auto upload = some_upload(step);
  switch (step.verb) {
    case Verb::kCreateBucket:
      return has_bucket ? std::nullopt : make_bucket(bucket);
    case Verb::kDeleteBucket:
      return has_bucket && !has_objects(bucket) ? drop_bucket(bucket) : std::nullopt;
    case Verb::kPut:
      return has_bucket ? put(bucket, step) : std::nullopt;
    case Verb::kRemove: {
      if (!has_bucket) return std::nullopt;
      object::RemoveArgs args;
      args.bucket = bucket;
      args.key = key_of(step);
      wanted_.erase(object_line(bucket, args.key));
      return judge(run_sync(machine_.store().remove(std::move(args))));
    }
    case Verb::kCreateUpload:
      return has_bucket ? create_upload(bucket, step) : std::nullopt;
    case Verb::kPutPart:
      return upload ? put_part(*upload, step) : std::nullopt;
    case Verb::kComplete:
      return upload ? complete(*upload, step) : std::nullopt;
    case Verb::kAbort:
      return upload ? abort(*upload) : std::nullopt;
    case Verb::kSweep:
      return judge(run_sync(machine_.store().sweep()));
    case Verb::kTick:
      machine_.clock().advance(step.salt % 10'000);
      return std::nullopt;
    case Verb::kJobs:
      machine_.run_jobs();
      return std::nullopt;
    case Verb::kRestart:
      machine_.stop();
      if (auto started = machine_.start(); !started) return started.error().what;
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> Driver::make_bucket(const std::string& name) {
  object::CreateBucket args;
  args.name = name;
  args.owner = kOwner;
  wanted_[bucket_line(name)] = {"there"};
  return judge(run_sync(machine_.store().create_bucket(std::move(args))));
}

std::optional<std::string> Driver::drop_bucket(const std::string& name) {
  wanted_.erase(bucket_line(name));
  std::erase_if(wanted_, [&](const auto& line) {
    return line.first.starts_with(upload_line(name, "")) ||
           line.first.starts_with("part " + name + " ");
  });
  return judge(run_sync(machine_.store().delete_bucket(name)));
}

std::optional<std::string> Driver::put(const std::string& bucket, const Step& step) {
  object::PutArgs args;
  args.bucket = bucket;
  args.key = key_of(step);
  args.owner = kOwner;
  args.size_max = 1U << 30;
  if (step.salt % 2 == 0) args.size = step.size;
  StringSource body(body_of(step));
  AnyBody verifier;
  wanted_[object_line(bucket, args.key)] = object_of(body_of(step));
  return judge(run_sync(machine_.store().put(std::move(args), body, verifier)));
}

std::optional<std::string> Driver::create_upload(const std::string& bucket, const Step& step) {
  object::CreateUpload args;
  args.bucket = bucket;
  args.key = key_of(step);
  args.owner = kOwner;
  args.initiator = kOwner;
  const auto out = run_sync(machine_.store().create_upload(std::move(args)));
  if (out) wanted_[upload_line(bucket, out->id)] = {key_of(step)};
  return judge(out);
}

std::optional<std::string> Driver::put_part(const Upload& upload, const Step& step) {
  const std::string body = body_of(step);
  const std::string line = part_line(upload.bucket, upload.id, number_of(step));
  StringSource source(body);
  AnyBody verifier;
  wanted_[line] = part_of(body);
  auto out = judge(run_sync(machine_.store().put_part(
      {upload.bucket, upload.key, upload.id}, number_of(step), std::nullopt, source, verifier)));
  if (!out) part_bodies_[line] = body;
  return out;
}

std::optional<std::string> Driver::complete(const Upload& upload, const Step& step) {
  const std::string line = part_line(upload.bucket, upload.id, number_of(step));
  const auto body = part_bodies_.find(line);
  if (body == part_bodies_.end()) return std::nullopt;
  object::CompleteArgs args;
  args.upload = {upload.bucket, upload.key, upload.id};
  args.parts.push_back({number_of(step), part_of(body->second).text.substr(0, 32), std::nullopt});
  std::erase_if(wanted_, [&](const auto& one) {
    return one.first == upload_line(upload.bucket, upload.id) ||
           one.first.starts_with("part " + upload.bucket + " " + upload.id + " ");
  });
  wanted_[object_line(upload.bucket, upload.key)] = object_of(std::vector{body->second});
  return judge(run_sync(machine_.store().complete_upload(std::move(args))));
}

std::optional<std::string> Driver::abort(const Upload& upload) {
  std::erase_if(wanted_, [&](const auto& one) {
    return one.first == upload_line(upload.bucket, upload.id) ||
           one.first.starts_with("part " + upload.bucket + " " + upload.id + " ");
  });
  return judge(run_sync(machine_.store().abort_upload({upload.bucket, upload.key, upload.id})));
}

}  // namespace muzn::sim
