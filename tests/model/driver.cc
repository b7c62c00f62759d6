#include "model/driver.h"

#include <algorithm>
#include <array>
#include <map>

#include "codec/base64.h"
#include "object/store.h"
#include "object/version_id.h"

namespace muzn::model {
namespace {

constexpr std::size_t kInlineMax = 64;
constexpr char kOwner[] = "111111111111";
constexpr int kPartNumbers = 4;

class AnyBody final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<object::Checksum>();
  }
};

std::string text_of(const object::Failure& failure) {
  using object::Fault;
  switch (failure.fault) {
    case Fault::kNoSuchBucket:
      return "no bucket";
    case Fault::kBucketOwnedByYou:
      return "yours";
    case Fault::kBucketNotEmpty:
      return "not empty";
    case Fault::kNoSuchKey:
      return "no key";
    case Fault::kNoSuchVersion:
      return "no version";
    case Fault::kDeleteMarker:
      return "marker";
    case Fault::kMarkerVersion:
      return "marker version";
    case Fault::kNoSuchUpload:
      return "no upload";
    case Fault::kInvalidPart:
      return "invalid part";
    case Fault::kEntityTooSmall:
      return "too small";
    case Fault::kPreconditionFailed:
      return "precondition";
    case Fault::kBucketState:
      return "state";
    case Fault::kStorage:
      return std::string("storage ") + name(failure.code) + " " + failure.what;
    default:
      return "fault " + std::to_string(static_cast<int>(failure.fault)) + " " + failure.what;
  }
}

class Driver {
 public:
  explicit Driver(const MakeWorld& make_world)
      : world_(make_world(pool_, clock_)), rows_(std::make_unique<CrashingRows>(world_->rows())) {
    open_store();
  }

  std::optional<std::string> run(const std::vector<Op>& ops) {
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (auto difference = step(ops[i])) {
        return "operation " + std::to_string(i) + ": " + *difference;
      }
    }
    return finish();
  }

 private:
  template <class T>
  static std::string ok(const object::Outcome<T>& outcome, const std::string& more = "") {
    if (!outcome) return text_of(outcome.error());
    return more.empty() ? "ok" : "ok " + more;
  }

  void open_store() {
    object::StoreOptions options;
    options.inline_bytes_max = kInlineMax;
    options.done_seconds = 1'000'000'000;  // Complete can always be asked again
    store_ =
        run_sync(object::open_store(*rows_, world_->blobs(), pool_, clock_, rng_, options)).value();
  }

  void reopen() {
    store_.reset();
    rows_.reset();
    world_->crash();
    rows_ = std::make_unique<CrashingRows>(world_->rows());
    open_store();
  }

  std::optional<std::string> step(const Op& op) {
    if (op.kind == Kind::kReopen) {
      reopen();
      return std::nullopt;
    }
    if (op.kind == Kind::kCrash) {
      rows_->arm(static_cast<int>(op.a % 4), op.b % 2 == 0);
      return std::nullopt;
    }
    if (op.kind == Kind::kAdvance) {
      clock_.advance(op.a % 5000);
      return std::nullopt;
    }
    if (op.kind == Kind::kCreateUpload) rows_->revive();  // its id would be lost with its answer
    const Reference before = reference_;
    const std::string got = on_store(op);
    if (got.starts_with("storage unavailable")) return after_crash(op, before, got);
    const std::string wanted = on_reference(op);
    if (got == wanted) return std::nullopt;
    return "the store said\n  " + got + "\nthe reference\n  " + wanted;
  }

  // A crash in the middle of an operation: it happened as a whole or not at all.
  std::optional<std::string> after_crash(const Op& op, const Reference& before,
                                         const std::string& got) {
    reopen();
    if (auto swept = run_sync(store_->sweep()); !swept) return text_of(swept.error());
    const std::string now = state();
    if (now == before.state()) return std::nullopt;
    on_reference(op);
    if (now == reference_.state()) return std::nullopt;
    return got + "\nafter the crash\n" + now + "before it\n" + before.state() + "or\n" +
           reference_.state();
  }

  // Everything given back that nothing needs: each blob that is left is one that is referenced.
  std::optional<std::string> finish() {
    reopen();
    clock_.advance(1'000'000);
    if (auto swept = run_sync(store_->sweep()); !swept) return text_of(swept.error());
    if (state() != reference_.state())
      return "in the end\n" + state() + "not\n" + reference_.state();
    const std::size_t wanted = reference_.blobs(kInlineMax);
    const std::size_t got = world_->blob_count();
    if (got == wanted) return std::nullopt;
    return "in the end " + std::to_string(got) + " blobs, not " + std::to_string(wanted);
  }

  UploadName& slot(const Op& op) { return slots_[op.b % kSlots]; }
  static int part_number(const Op& op) { return 1 + static_cast<int>(op.c % kPartNumbers); }

  // All parts of the upload, or without one, or with a wrong ETag.
  std::vector<std::pair<int, std::string>> part_list(const Op& op) {
    std::vector<std::pair<int, std::string>> out;
    const std::string state = reference_.list_parts(slot(op));
    for (const int number : reference_.parts_of(slot(op))) {
      if (op.a % 8 == 0 && number == part_number(op)) continue;
      const std::string mark = " " + std::to_string(number) + "=";
      out.emplace_back(number, state.substr(state.find(mark) + mark.size(), 32));
    }
    if (op.a % 16 == 1 && !out.empty()) out.back().second = std::string(32, '0');
    if (out.empty()) out = last_list_[op.b % kSlots];
    return out;
  }

  object::WriteCondition condition(const Op& op) {
    object::WriteCondition out;
    const std::string kind = condition_of(op);
    if (kind == "absent" && op.kind == Kind::kPut) out.if_none_match = "*";
    if (kind == "match") out.if_match = "*";
    if (kind == "mismatch") out.if_match = "\"00000000000000000000000000000000\"";
    return out;
  }

  object::UploadRef ref(const Op& op) {
    const UploadName& upload = slot(op);
    return {upload.bucket, upload.key, upload.id};
  }

  std::string on_reference(const Op& op) {
    switch (op.kind) {
      case Kind::kCreateBucket:
        return reference_.create_bucket(bucket_name(op));
      case Kind::kDeleteBucket:
        return reference_.delete_bucket(bucket_name(op));
      case Kind::kSetVersioning:
        return reference_.set_versioning(op);
      case Kind::kPut:
        return reference_.put(op);
      case Kind::kGet:
        return reference_.get(op);
      case Kind::kRemove:
        return reference_.remove(op);
      case Kind::kAmend:
        return reference_.amend(op);
      case Kind::kRename:
        return reference_.rename(op);
      case Kind::kList:
        return reference_.list(op);
      case Kind::kListVersions:
        return reference_.list_versions(op);
      case Kind::kUsage:
        return reference_.usage(bucket_name(op));
      case Kind::kCreateUpload:
        return reference_.create_upload(created_);
      case Kind::kPutPart:
        return reference_.put_part(slot(op), part_number(op), body_of(op));
      case Kind::kComplete:
        return reference_.complete(slot(op), list_);
      case Kind::kAbort:
        return reference_.abort(slot(op));
      case Kind::kListParts:
        return reference_.list_parts(slot(op));
      case Kind::kListUploads:
        return reference_.list_uploads(bucket_name(op));
      default:
        return "ok";
    }
  }

  std::string on_store(const Op& op) {
    switch (op.kind) {
      case Kind::kCreateBucket:
        return create_bucket(op);
      case Kind::kDeleteBucket:
        return ok(run_sync(store_->delete_bucket(bucket_name(op))));
      case Kind::kSetVersioning:
        return set_versioning(op);
      case Kind::kPut:
        return put(op);
      case Kind::kGet:
        return get(op);
      case Kind::kRemove:
        return remove(op);
      case Kind::kAmend:
        return amend(op);
      case Kind::kRename:
        return rename(op);
      case Kind::kList:
      case Kind::kListVersions:
        return list(op);
      case Kind::kUsage:
        return usage(op);
      case Kind::kCreateUpload:
        return create_upload(op);
      case Kind::kPutPart:
        return put_part(op);
      case Kind::kComplete:
        return complete(op);
      case Kind::kAbort:
        return ok(run_sync(store_->abort_upload(ref(op))));
      case Kind::kListParts:
        return list_parts(slot(op));
      case Kind::kListUploads:
        return list_uploads(bucket_name(op));
      default:
        return ok(run_sync(op.c % 2 == 0 ? store_->sweep() : store_->sweep_fresh()));
    }
  }

  std::string create_bucket(const Op& op) {
    object::CreateBucket args;
    args.name = bucket_name(op);
    args.owner = kOwner;
    return ok(run_sync(store_->create_bucket(std::move(args))));
  }

  std::string set_versioning(const Op& op) {
    const auto bucket = run_sync(store_->get_bucket(bucket_name(op)));
    if (!bucket) return text_of(bucket.error());
    object::AmendBucket args;
    args.name = bucket->name;
    args.id = bucket->id;
    args.versioning = enables(op) ? object::Versioning::kEnabled : object::Versioning::kSuspended;
    return ok(run_sync(store_->amend_bucket(std::move(args))));
  }

  // The id of the version that the operation names: the reference knows versions by their place.
  std::optional<std::string> version_id(const Op& op) {
    std::vector<std::string> ids;
    for (const auto& entry : all_versions(bucket_name(op), key_name(op.key))) {
      if (entry.key != key_name(op.key)) continue;
      ids.emplace_back(object::shown_version_id(entry.version.version_id));
    }
    const auto index = version_of(op, ids.size());
    if (!index) return std::nullopt;
    return *index < ids.size() ? ids[*index] : std::string(32, 'x');
  }

  // In small pages, by both markers.
  std::vector<object::ListEntry> all_versions(const std::string& bucket,
                                              const std::string& prefix) {
    std::vector<object::ListEntry> out;
    object::ListVersionsArgs args;
    args.list.bucket = bucket;
    args.list.prefix = prefix;
    args.list.limit = 3;
    for (bool more = true; more;) {
      auto page = run_sync(store_->list_versions(args));
      if (!page) break;  // no bucket, as the operation will say
      std::ranges::move(page->entries, std::back_inserter(out));
      args.list.after = page->next_after;
      args.version_marker = page->next_version_id;
      more = page->truncated;
    }
    return out;
  }

  std::string put(const Op& op) {
    object::PutArgs args;
    args.bucket = bucket_name(op);
    args.key = key_name(op.key);
    args.owner = kOwner;
    args.size_max = 1U << 30;
    args.condition = condition(op);
    StringSource body(body_of(op));
    AnyBody verifier;
    const auto out = run_sync(store_->put(std::move(args), body, verifier));
    return ok(out, out ? out->etag : "");
  }

  std::string get(const Op& op) {
    const auto opened = run_sync(store_->open(bucket_name(op), key_name(op.key), version_id(op)));
    if (!opened) return text_of(opened.error());
    const object::Version& version = (*opened)->version();
    const auto [offset, length] = range_of(op, version.size);
    const auto source = run_sync((*opened)->bytes(offset, length));
    if (!source) return text_of(source.error());
    const auto bytes = run_sync(read_all(**source, length));
    if (!bytes) return text_of(object::Failure(bytes.error()));
    const auto parts = run_sync((*opened)->parts());
    if (!parts) return text_of(parts.error());
    std::string out = version.etag + " " + hex_md5(*bytes);
    for (const object::Part& part : *parts) out += " " + std::to_string(part.segment.size);
    return "ok " + out + tags_text(version);
  }

  std::string remove(const Op& op) {
    object::RemoveArgs args;
    args.bucket = bucket_name(op);
    args.key = key_name(op.key);
    args.condition = condition(op);
    args.version_id = version_id(op);
    const auto out = run_sync(store_->remove(std::move(args)));
    return ok(out, out && out->delete_marker ? "marker" : "");
  }

  std::string rename(const Op& op) {
    object::RenameArgs args;
    args.bucket = bucket_name(op);
    args.source = key_name(op.key);
    args.key = new_key_name(op);
    if (condition_of(op) == "absent") {
      args.judge = [](const object::Version&, const object::Version* replaced) {
        if (replaced == nullptr) return object::Outcome<void>();
        return object::Outcome<void>(object::fault(object::Fault::kPreconditionFailed, "absent"));
      };
    }
    return ok(run_sync(store_->rename_object(std::move(args))));
  }

  std::string amend(const Op& op) {
    object::AmendArgs args;
    args.bucket = bucket_name(op);
    args.key = key_name(op.key);
    args.tags.emplace();
    if (!tags_of(op).empty()) args.tags->emplace_back("t", tags_of(op));
    args.version_id = version_id(op);
    const auto out = run_sync(store_->amend(std::move(args)));
    return ok(out, out ? out->etag : "");
  }

  static std::string tags_text(const object::Version& version) {
    std::string out = " tags ";
    for (const auto& [name, value] : version.attributes.tags) out += value;
    return out;
  }

  static std::string page_text(const object::ListPage& page, bool of_versions) {
    // Keys and common prefixes in one order, as the reference tells them.
    std::multimap<std::string, std::string> items;
    for (const auto& entry : page.entries) {
      const object::Version& version = entry.version;
      std::string text = " " + printable(entry.key) + "=";
      text += version.delete_marker ? "marker" : version.etag;
      if (of_versions && !version.version_id.empty()) text += "v";
      if (of_versions && entry.latest) text += "*";
      items.emplace(entry.key, std::move(text));
    }
    for (const auto& prefix : page.common_prefixes) {
      items.emplace(prefix, " [" + printable(prefix) + "]");
    }
    std::string out = "ok";
    for (const auto& [key, text] : items) out += text;
    if (page.truncated) out += " more after " + printable(page.next_after);
    return out;
  }

  std::string list(const Op& op) {
    object::ListArgs args;
    args.bucket = bucket_name(op);
    args.prefix = prefix_of(op);
    args.delimiter = delimiter_of(op);
    args.after = after_of(op);
    args.limit = limit_of(op);
    if (op.kind == Kind::kList) {
      const auto page = run_sync(store_->list(std::move(args)));
      return page ? page_text(*page, false) : text_of(page.error());
    }
    object::ListVersionsArgs versions;
    versions.list = std::move(args);
    const auto page = run_sync(store_->list_versions(std::move(versions)));
    return page ? page_text(*page, true) : text_of(page.error());
  }

  std::string usage(const Op& op) {
    const auto out = run_sync(store_->usage(bucket_name(op)));
    if (!out) return text_of(out.error());
    return "ok " + std::to_string(out->objects) + " " + std::to_string(out->bytes) + " parts " +
           std::to_string(out->part_bytes);
  }

  std::string create_upload(const Op& op) {
    object::CreateUpload args;
    args.bucket = bucket_name(op);
    args.key = key_name(op.key);
    args.owner = kOwner;
    args.initiator = kOwner;
    const auto out = run_sync(store_->create_upload(std::move(args)));
    created_ = {bucket_name(op), key_name(op.key), out ? out->id : ""};
    if (out) slot(op) = created_;
    return ok(out);
  }

  std::string put_part(const Op& op) {
    StringSource body(body_of(op));
    AnyBody verifier;
    const auto out =
        run_sync(store_->put_part(ref(op), part_number(op), std::nullopt, body, verifier));
    return ok(out, out ? codec::hex_encode(out->md5) : "");
  }

  std::string complete(const Op& op) {
    list_ = part_list(op);
    object::CompleteArgs args;
    args.upload = ref(op);
    for (const auto& [number, etag] : list_) args.parts.push_back({number, etag, std::nullopt});
    const auto out = run_sync(store_->complete_upload(std::move(args)));
    if (out) last_list_[op.b % kSlots] = list_;
    return ok(out, out ? out->etag : "");
  }

  std::string list_parts(const UploadName& upload) {
    const auto page = run_sync(store_->list_parts({upload.bucket, upload.key, upload.id}, 0, 1000));
    if (!page) return text_of(page.error());
    std::string out = "ok";
    for (const object::Part& part : page->parts) {
      out += " " + std::to_string(part.number) + "=" + codec::hex_encode(part.md5);
    }
    return out;
  }

  std::string list_uploads(const std::string& bucket) {
    object::ListUploads args;
    args.bucket = bucket;
    args.limit = 100'000;
    const auto page = run_sync(store_->list_uploads(std::move(args)));
    if (!page) return text_of(page.error());
    std::string out = "ok";
    for (const object::Upload& upload : page->uploads) {
      out += " " + printable(upload.key) + "=" + upload.id;
    }
    return out;
  }

  std::string version_line(const std::string& bucket, const object::ListEntry& entry) {
    const object::Version& version = entry.version;
    std::string out = "  " + printable(entry.key) + (version.version_id.empty() ? " null " : " ") +
                      (entry.latest ? "latest " : "");
    if (version.delete_marker) return out + "marker\n";
    const std::string id(object::shown_version_id(version.version_id));
    const auto opened = run_sync(store_->open(bucket, entry.key, id));
    if (!opened) return text_of(opened.error());
    const auto source = run_sync((*opened)->bytes(0, version.size));
    if (!source) return text_of(source.error());
    const auto bytes = run_sync(read_all(**source, version.size));
    if (!bytes) return text_of(object::Failure(bytes.error()));
    return out + version.etag + " " + hex_md5(*bytes) + tags_text((*opened)->version()) + "\n";
  }

  // The text of Reference::state().
  std::string state() {
    std::string out;
    const auto buckets = run_sync(store_->list_buckets(kOwner, "", "", 1000)).value();
    for (const object::Bucket& bucket : buckets.buckets) {
      out += bucket.name + " " + std::to_string(static_cast<int>(bucket.versioning)) + "\n";
      for (const auto& entry : all_versions(bucket.name, "")) {
        out += version_line(bucket.name, entry);
      }
      out += "  " + list_uploads(bucket.name) + "\n";
      object::ListUploads uploads;
      uploads.bucket = bucket.name;
      uploads.limit = 100'000;
      for (const auto& upload : run_sync(store_->list_uploads(uploads)).value().uploads) {
        out += "  " + list_parts({bucket.name, upload.key, upload.id}) + "\n";
      }
    }
    return out;
  }

  FakeClock clock_;
  SeededRng rng_;
  Pool pool_{2};
  std::unique_ptr<World> world_;
  std::unique_ptr<CrashingRows> rows_;
  std::unique_ptr<object::Store> store_;
  Reference reference_;
  std::array<UploadName, kSlots> slots_;
  std::array<std::vector<std::pair<int, std::string>>, kSlots> last_list_;
  UploadName created_;
  std::vector<std::pair<int, std::string>> list_;
};

}  // namespace

std::optional<std::string> run(const std::vector<Op>& ops, const MakeWorld& make_world) {
  Driver driver(make_world);
  return driver.run(ops);
}

std::vector<Op> shrink(std::vector<Op> ops,
                       const std::function<bool(const std::vector<Op>&)>& still_fails) {
  int runs_left = 2000;
  for (std::size_t chunk = std::max<std::size_t>(ops.size() / 2, 1); chunk > 0;) {
    bool smaller = false;
    for (std::size_t at = 0; at < ops.size() && runs_left > 0;) {
      std::vector<Op> without(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(at));
      const std::size_t end = std::min(at + chunk, ops.size());
      without.insert(without.end(), ops.begin() + static_cast<std::ptrdiff_t>(end), ops.end());
      --runs_left;
      if (still_fails(without)) {
        ops = std::move(without);
        smaller = true;
      } else {
        at = end;
      }
    }
    if (runs_left == 0) break;
    if (chunk > 1) {
      chunk /= 2;
    } else if (!smaller) {
      break;
    }
  }
  return ops;
}

}  // namespace muzn::model
