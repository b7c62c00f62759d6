#include "server/residence.h"

#include <algorithm>

#include "codec/base64.h"

namespace muzn::server {
namespace {

constexpr std::size_t kPage = 1000;

using policy::Egress;

}  // namespace

std::vector<Residence::Volume> Residence::volumes_of(const blob::BlobFigures& figures) {
  std::vector<Volume> out;
  out.reserve(figures.volumes.size());
  for (const blob::VolumeFigures& one : figures.volumes) {
    out.push_back({.number = one.number, .site = one.site});
  }
  if (out.empty()) out.push_back({});
  return out;
}

Result<object::Places> Residence::places(const object::Bucket& bucket) const {
  const control::Snapshot state = controller_.state();
  std::vector<policy::Rule> rules;
  if (control::has_residency(*state)) {
    rules = control::residency_rules(*state, bucket.owner, codec::hex_encode(bucket.id));
  }
  // Most have none: then nobody has to look at labels.
  if (rules.empty()) {
    TRY(const policy::Permit permit, policy::may_send(rules, {}));
    return object::Places{.permit = permit};
  }
  const auto asked = [&](const Volume& volume) {
    return policy::may_send(rules, control::to_site(*state, Egress::kPlacement, volume.site));
  };
  TRY(const policy::Permit permit, asked(volumes_.front()));
  object::Places out{.permit = permit, .volumes = blob::VolumeSet{}};
  for (const Volume& one : volumes_) {
    if (asked(one)) out.volumes->set(one.number);
  }
  return out;
}

codec::Json Residence::volumes() const {
  codec::Json out = codec::Json::array();
  for (const Volume& one : volumes_) out.push_back({{"volume", one.number}, {"site", one.site}});
  return out;
}

bool Residence::is_used(std::string_view site) const {
  return std::ranges::find(volumes_, site, &Volume::site) != volumes_.end();
}

// The bytes of a bucket may lie on any volume that the rules of before allowed; only an empty one
// is known to have none on a volume that these do not.
Task<Result<void>> Residence::may_stay(const std::vector<policy::Rule>& rules,
                                       std::string bucket) const {
  const control::Snapshot state = controller_.state();
  for (const Volume& one : volumes_) {
    const auto permit =
        policy::may_send(rules, control::to_site(*state, Egress::kPlacement, one.site));
    if (permit) continue;
    if (one.number == 0) co_return std::unexpected(permit.error());
    const auto usage = co_await objects_->usage(bucket);
    if (!usage) co_return fail(usage.error().code, usage.error().what);
    if (usage->objects == 0 && usage->part_bytes == 0) continue;
    co_return fail(Code::kPrecondition, "the bucket " + bucket + " has " +
                                            std::to_string(usage->objects) +
                                            " objects, whose bytes may lie where they then may "
                                            "not: " +
                                            permit.error().what);
  }
  co_return Result<void>();
}

Task<Result<void>> Residence::may_set(control::SetResidency act) {
  // As it would be: the rules with those that the act makes.
  const control::Snapshot now = controller_.state();
  control::State then = *now;
  if (act.bucket.id.empty()) {
    then.residency.accounts.erase(act.account);
    if (!act.jurisdictions.empty()) then.residency.accounts.emplace(act.account, act.jurisdictions);
  } else {
    then.residency.buckets.erase(act.bucket.id);
    if (!act.jurisdictions.empty()) {
      then.residency.buckets.emplace(
          act.bucket.id,
          control::BucketResidency{
              .account = act.account, .name = act.bucket.name, .jurisdictions = act.jurisdictions});
    }
  }
  if (act.jurisdictions.empty()) co_return Result<void>();  // never narrower
  if (!act.bucket.id.empty()) {
    co_return co_await may_stay(control::residency_rules(then, act.account, act.bucket.id),
                                act.bucket.name);
  }
  // New buckets, too, have their rows at the rows' site.
  const auto rules = control::residency_rules(then, act.account);
  CO_TRY_VOID(
      policy::may_send(rules, control::to_site(*now, Egress::kPlacement, volumes_.front().site)));
  std::string after;
  for (;;) {
    const auto page = co_await objects_->list_buckets(act.account, "", after, kPage);
    if (!page) co_return fail(page.error().code, page.error().what);
    for (const object::Bucket& one : page->buckets) {
      const auto own = control::residency_rules(then, act.account, codec::hex_encode(one.id));
      CO_TRY_VOID(co_await may_stay(own, one.name));
      after = one.name;
    }
    if (!page->truncated) co_return Result<void>();
  }
}

}  // namespace muzn::server
