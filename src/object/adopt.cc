#include "object/adopt.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/limits.h"
#include "codec/base64.h"
#include "object/label.h"
#include "object/lifecycle_rows.h"
#include "object/names.h"
#include "object/row_keys.h"
#include "object/uploads.h"
#include "object/verbs.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

// A blob that no row owns, and what it says of itself.
struct Orphan {
  blob::BlobId blob;
  Label label;
  std::optional<Pending> pending;

  const PartLabel* part() const { return std::get_if<PartLabel>(&label.what); }
  const Version& version() const { return std::get<ObjectLabel>(label.what).version; }
  Time written() const { return part() != nullptr ? part()->part.modified : version().modified; }
  std::uint64_t size() const {
    return part() != nullptr ? part()->part.segment.size : version().size;
  }
  // Of the version that it was to be; "" = a null version, or a part.
  std::string version_id() const { return part() != nullptr ? "" : version().version_id; }
  std::string owner() const { return part() != nullptr ? part()->upload.owner : version().owner; }
  // That the label speaks of this blob.
  bool is_own(std::uint64_t blob_size) const {
    const std::vector<Segment> segments =
        part() != nullptr ? std::vector{part()->part.segment} : version().segments;
    return segments == std::vector{Segment{blob, blob_size}} && size() == blob_size;
  }
};

class Adopter {
 public:
  Adopter(Engine& engine, const AdoptArgs& args) : engine_(engine), args_(args) {}

  Task<Outcome<void>> run() {
    CO_TRY(names_, co_await collect_names(engine_));
    CO_TRY_VOID(co_await find_orphans());
    // The newest of a key first: the others are older then.
    std::ranges::sort(orphans_, std::ranges::greater(), &Orphan::written);
    for (const Orphan& orphan : orphans_) CO_TRY_VOID(co_await adopt(orphan));
    // Versions lie upon each other, the newest last.
    std::ranges::reverse(versions_);
    for (const auto& [orphan, shard] : versions_)
      CO_TRY_VOID(co_await adopt_version(*orphan, shard));
    if (args_.apply && args_.complete_uploads) {
      for (const UploadRef& upload : uploads_) CO_TRY_VOID(co_await complete(upload));
    }
    co_return Outcome<void>{};
  }

 private:
  // ---- what there is ----

  Task<Outcome<void>> find_orphans() {
    std::vector<blob::BlobId> found;
    blob::FileListing listing;
    listing.blob = [&](const blob::BlobId& id, std::uint64_t) {
      if (!names_.owned.contains(id)) found.push_back(id);
    };
    listing.stranger = [](const std::string&, const std::string&) {};
    CO_TRY_VOID(args_.list_blobs(listing));
    for (blob::BlobId& id : found) CO_TRY_VOID(co_await look(std::move(id)));
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> look(blob::BlobId id) {
    const auto reader = co_await engine_.blobs.open(id);
    if (!reader) {
      tell_blob(Adoption::kUnreadable, id);
      co_return Outcome<void>{};
    }
    if ((*reader)->label().empty()) {
      tell_blob(Adoption::kUnlabelled, id);
      co_return Outcome<void>{};
    }
    auto label = decode_label((*reader)->label());
    Orphan orphan{id, label ? std::move(*label) : Label{}, std::nullopt};
    if (!label || !orphan.is_own((*reader)->size())) {
      tell_blob(Adoption::kUnreadable, id);
      co_return Outcome<void>{};
    }
    if (orphan.written() < args_.since) co_return Outcome<void>{};
    const auto pending = names_.pending.find(id);
    if (pending != names_.pending.end()) orphan.pending = pending->second;
    if (!orphan.version_id().empty()) versioned_.insert(orphan.label.bucket);
    orphans_.push_back(std::move(orphan));
    co_return Outcome<void>{};
  }

  void tell_blob(Adoption what, const blob::BlobId& blob) const {
    AdoptEvent event;
    event.what = what;
    event.blob = blob;
    args_.tell(event);
  }

  void tell(Adoption what, const Orphan& orphan) const {
    AdoptEvent event;
    event.what = what;
    event.blob = orphan.blob;
    event.bucket = orphan.label.bucket;
    event.key = orphan.label.key;
    if (orphan.part() != nullptr) {
      event.upload_id = orphan.part()->upload.id;
      event.part_number = orphan.part()->part.number;
    }
    event.size = orphan.size();
    event.written = orphan.written();
    args_.tell(event);
  }

  // ---- where it belongs ----

  // The shard of the bucket that the label means; nullopt: there is none.
  Task<Outcome<std::optional<OpenShard>>> home(const Orphan& orphan) {
    const std::string& name = orphan.label.bucket;
    auto shard = co_await open_shard(engine_, name);
    if (!shard && shard.error().fault == Fault::kNoSuchBucket && args_.create_buckets) {
      made_.insert(name);
      if (!args_.apply) co_return std::optional<OpenShard>();
      CreateBucket args;
      args.name = name;
      args.owner = args_.owner.empty() ? orphan.owner() : args_.owner;
      args.region = args_.region;
      if (versioned_.contains(name)) args.versioning = Versioning::kEnabled;
      CO_TRY_VOID(co_await create_bucket(engine_, std::move(args)));
      shard = co_await open_shard(engine_, name);
    }
    if (!shard && shard.error().fault == Fault::kNoSuchBucket) {
      co_return std::optional<OpenShard>();
    }
    if (!shard) co_return std::unexpected(std::move(shard).error());
    const bool is_meant = shard->bucket.id == orphan.label.bucket_id || made_.contains(name);
    co_return is_meant ? std::optional(std::move(*shard)) : std::optional<OpenShard>();
  }

  Task<Outcome<void>> adopt(const Orphan& orphan) {
    CO_TRY(auto shard, co_await home(orphan));
    if (shard && shard->bucket.versioning != Versioning::kNever && !orphan.version_id().empty()) {
      versions_.emplace_back(&orphan, std::move(*shard));
      co_return Outcome<void>{};
    }
    if (!shard) {
      // A bucket that would be made has room for everything.
      const bool would_be = !args_.apply && made_.contains(orphan.label.bucket);
      const Adoption what = orphan.part() != nullptr ? Adoption::kPart : Adoption::kObject;
      tell(would_be && is_newest(orphan) ? what : Adoption::kElsewhere, orphan);
      co_return Outcome<void>{};
    }
    if (!is_newest(orphan)) {
      tell(Adoption::kOlder, orphan);
      co_return Outcome<void>{};
    }
    CO_TRY(const Adoption what, orphan.part() != nullptr
                                    ? co_await adopt_part(*shard, orphan, *orphan.part())
                                    : co_await adopt_object(*shard, orphan));
    tell(what, orphan);
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> adopt_version(const Orphan& orphan, OpenShard shard) {
    CO_TRY(const Adoption what, co_await adopt_object(shard, orphan));
    tell(what, orphan);
    co_return Outcome<void>{};
  }

  // Of its key, or of its part number: the first that is asked for. Of versions, which would lie
  // upon each other, each is.
  bool is_newest(const Orphan& orphan) {
    std::string slot = row::head(orphan.label.key);
    slot.append(orphan.version_id());
    if (const PartLabel* part = orphan.part()) {
      slot = row::part(orphan.label.key, part->upload.id, part->part.number);
    }
    return taken_.emplace(orphan.label.bucket, std::move(slot)).second;
  }

  Task<Outcome<Adoption>> adopt_object(OpenShard& shard, const Orphan& orphan) {
    Version version = orphan.version();
    if (shard.bucket.versioning == Versioning::kNever) version.version_id.clear();
    CO_TRY(const Target target,
           co_await read_target(engine_, shard.id(), orphan.label.key, version.version_id));
    const Version* const current = target.head.current();
    if (current != nullptr && current->modified >= orphan.written()) co_return Adoption::kOlder;
    if (!args_.apply) co_return Adoption::kObject;
    if (!args_.owner.empty()) version.owner = args_.owner;
    if (!args_.owner.empty()) version.acl.clear();  // it names accounts that are lost
    CO_TRY_VOID(co_await release(orphan));
    meta::Commit commit = begin_commit(shard);
    CO_TRY_VOID(stage_put_at(engine_, commit, target, version, {}, orphan.written()));
    CO_TRY_VOID(co_await stage_look_again(engine_, shard, commit, orphan.label.key, version.stamp));
    CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
    co_return Adoption::kObject;
  }

  Task<Outcome<Adoption>> adopt_part(OpenShard& shard, const Orphan& orphan,
                                     const PartLabel& label) {
    const std::string& key = orphan.label.key;
    const std::string upload_key = row::upload(key, label.upload.id);
    const std::string part_key = row::part(key, label.upload.id, label.part.number);
    CO_TRY(const auto done, co_await engine_.rows.get(shard.id(), row::done(key, label.upload.id)));
    if (done) co_return Adoption::kElsewhere;
    CO_TRY(const auto stored, co_await engine_.rows.get(shard.id(), upload_key));
    CO_TRY(const auto before, co_await engine_.rows.get(shard.id(), part_key));
    if (before) co_return Adoption::kOlder;
    uploads_.insert({orphan.label.bucket, key, label.upload.id});
    if (!args_.apply) co_return Adoption::kPart;
    CO_TRY_VOID(co_await release(orphan));
    meta::Commit commit = begin_commit(shard);
    row::UploadRow upload{label.upload, 0, true};
    if (stored) {
      CO_TRY(upload, row::decode_upload(*stored));
    } else {
      if (!args_.owner.empty()) upload.upload.owner = args_.owner;
      if (!args_.owner.empty()) upload.upload.acl.clear();
      commit.put(upload_key, row::encode(upload));
      commit.put(row::initiated(upload.upload.initiated, key, label.upload.id), "");
      commit.erase(row::lifecycle_state());  // its walks may be past this
    }
    commit.require(upload_key, stored);
    commit.require(part_key, std::nullopt);
    commit.put(part_key, row::encode(label.part));
    stage_part_bytes(engine_, commit, upload, static_cast<std::int64_t>(label.part.segment.size));
    CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
    co_return Adoption::kPart;
  }

  // From its pending row, so that the sweeper does not take it. First: a blob that is named twice
  // is worse than one that nobody names, which can be adopted again.
  Task<Outcome<void>> release(const Orphan& orphan) {
    if (!orphan.pending) co_return Outcome<void>{};
    meta::Commit commit;
    commit.shard = orphan.pending->shard;
    commit.erase(orphan.pending->row_key);
    CO_TRY_VOID(co_await engine_.rows.commit(std::move(commit)));
    co_return Outcome<void>{};
  }

  // ---- uploads ----

  // When its parts are 1 to n without a gap: as far as can be told, none is missing.
  Task<Outcome<void>> complete(const UploadRef& ref) {
    CompleteArgs args;
    args.upload = ref;
    CO_TRY(const auto page, co_await list_parts(engine_, ref, 0, limits::kPartNumberMax));
    AdoptEvent event;
    event.what = Adoption::kCompleted;
    event.bucket = ref.bucket;
    event.key = ref.key;
    event.upload_id = ref.upload_id;
    for (const Part& part : page.parts) {
      if (part.number != static_cast<int>(args.parts.size()) + 1) co_return Outcome<void>{};
      args.parts.push_back({part.number, codec::hex_encode(part.md5), std::nullopt});
      event.size += part.segment.size;
      event.written = std::max(event.written, part.modified);
    }
    const auto head = co_await open(engine_, ref.bucket, ref.key, std::nullopt);
    if (head && (*head)->version().modified >= event.written) co_return Outcome<void>{};
    auto done = co_await complete_upload(engine_, std::move(args));
    // Parts that can't be an object (too small, for instance) stay an open upload.
    if (!done && done.error().fault == Fault::kStorage) {
      co_return std::unexpected(std::move(done).error());
    }
    if (done) args_.tell(event);
    co_return Outcome<void>{};
  }

  struct UploadOrder {
    bool operator()(const UploadRef& a, const UploadRef& b) const {
      return std::tie(a.bucket, a.key, a.upload_id) < std::tie(b.bucket, b.key, b.upload_id);
    }
  };

  Engine& engine_;
  const AdoptArgs& args_;
  BlobNames names_;
  std::vector<Orphan> orphans_;
  std::vector<std::pair<const Orphan*, OpenShard>> versions_;  // of orphans_, and where they belong
  std::set<std::string> made_;                                 // buckets
  std::set<std::string> versioned_;  // buckets that had versioning, as a label says
  std::set<std::pair<std::string, std::string>> taken_;
  std::set<UploadRef, UploadOrder> uploads_;
};

}  // namespace

const char* to_text(Adoption what) {
  switch (what) {
    case Adoption::kObject:
      return "object";
    case Adoption::kPart:
      return "part";
    case Adoption::kCompleted:
      return "completed";
    case Adoption::kOlder:
      return "older";
    case Adoption::kElsewhere:
      return "elsewhere";
    case Adoption::kUnlabelled:
      return "unlabelled";
    case Adoption::kUnreadable:
      return "unreadable";
  }
  return "";
}

Task<Outcome<void>> adopt(Engine& engine, AdoptArgs args) {
  Adopter adopter(engine, args);
  co_return co_await adopter.run();
}

}  // namespace muzn::object
