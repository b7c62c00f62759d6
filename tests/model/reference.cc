#include "model/reference.h"

#include <algorithm>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::model {
namespace {

constexpr std::size_t kPartMin = 5U << 20;

std::string raw_md5(const std::string& bytes) {
  return crypto::md5(bytes);
}

// A page of a listing, filled with all there is in its order.
class Page {
 public:
  explicit Page(const Op& op)
      : prefix_(prefix_of(op)),
        delimiter_(delimiter_of(op)),
        after_(after_of(op)),
        limit_(limit_of(op)) {}

  void add(const std::string& key, const std::string& what) {
    if (!key.starts_with(prefix_) || limit_ == 0 || truncated_) return;
    const auto at = delimiter_.empty() ? std::string::npos : key.find(delimiter_, prefix_.size());
    const bool group = at != std::string::npos;
    const std::string item = group ? key.substr(0, at + delimiter_.size()) : key;
    if (!after_.empty() && item <= after_) return;
    if (group && count_ > 0 && item == last_) return;
    if (count_ == limit_) {
      truncated_ = true;
      return;
    }
    items_ += group ? " [" + printable(item) + "]" : " " + printable(item) + what;
    last_ = item;
    ++count_;
  }
  std::string text() const {
    return "ok" + items_ + (truncated_ ? " more after " + printable(last_) : "");
  }

 private:
  const std::string prefix_;
  const std::string delimiter_;
  const std::string after_;
  const std::size_t limit_;
  std::size_t count_ = 0;
  bool truncated_ = false;
  std::string last_;
  std::string items_;
};

}  // namespace

std::string hex_md5(const std::string& bytes) {
  return codec::hex_encode(raw_md5(bytes));
}

std::string condition_of(const Op& op) {
  static const char* const kConditions[] = {"", "", "", "", "absent", "match", "mismatch", ""};
  return kConditions[op.c % 8];
}

std::pair<std::size_t, std::size_t> range_of(const Op& op, std::size_t size) {
  const std::size_t offset = op.a % 2 == 0 ? 0 : op.b % (size + 1);
  const std::size_t length = op.a % 2 == 0 ? size : op.c % (size - offset + 1);
  return {offset, length};
}

std::string printable(const std::string& key) {
  std::string out;
  for (const char c : key)
    out += c > ' ' && c < '\x7f' ? std::string(1, c) : "%" + codec::hex_encode(std::string(1, c));
  return out;
}

const Reference::Bucket* Reference::find(const std::string& name) const {
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? nullptr : &found->second;
}
const Reference::Upload* Reference::find(const UploadName& upload) const {
  const Bucket* bucket = find(upload.bucket);
  if (bucket == nullptr) return nullptr;
  const auto found = bucket->uploads.find(upload.id);
  return found == bucket->uploads.end() ? nullptr : &found->second;
}

std::string Reference::create_bucket(const std::string& name) {
  return buckets_.emplace(name, Bucket{}).second ? "ok" : "yours";
}

std::string Reference::delete_bucket(const std::string& name) {
  const Bucket* bucket = find(name);
  if (bucket == nullptr) return "no bucket";
  if (!bucket->objects.empty()) return "not empty";
  buckets_.erase(name);
  return "ok";
}

std::string Reference::set_versioning(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  buckets_[bucket_name(op)].versioning =
      enables(op) ? Versioning::kEnabled : Versioning::kSuspended;
  return "ok";
}

// What is not there, or is a marker, has no object.
Reference::Found Reference::find(const Bucket& bucket, const Op& op) {
  const auto found = bucket.objects.find(key_name(op.key));
  const std::size_t count = found == bucket.objects.end() ? 0 : found->second.size();
  const auto index = version_of(op, count);
  if (index.value_or(0) >= count) return {nullptr, index ? "no version" : "no key"};
  const Object& object = found->second[index.value_or(0)];
  if (object.is_marker) return {nullptr, index ? "marker version" : "marker"};
  return {&object, ""};
}

// A null version takes the place of the one before.
void Reference::add(Bucket& bucket, const std::string& key, Object object) {
  Versions& versions = bucket.objects[key];
  object.is_null = bucket.versioning != Versioning::kEnabled;
  if (object.is_null) std::erase_if(versions, [](const Object& old) { return old.is_null; });
  versions.insert(versions.begin(), std::move(object));
}

std::string Reference::put(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  Bucket& bucket = buckets_[bucket_name(op)];
  const std::string key = key_name(op.key);
  const std::string condition = condition_of(op);
  const auto found = bucket.objects.find(key);
  const bool exists = found != bucket.objects.end() && !found->second.front().is_marker;
  if (condition == "absent" && exists) return "precondition";
  if ((condition == "match" || condition == "mismatch") && !exists) return "no key";
  if (condition == "mismatch") return "precondition";
  Object object;
  object.bytes = body_of(op);
  object.etag = hex_md5(object.bytes);
  const std::string etag = object.etag;
  add(bucket, key, std::move(object));
  return "ok " + etag;
}

std::string Reference::get(const Op& op) const {
  const Bucket* bucket = find(bucket_name(op));
  if (bucket == nullptr) return "no bucket";
  const Found found = find(*bucket, op);
  if (found.object == nullptr) return found.fault;
  const Object& object = *found.object;
  const auto [offset, length] = range_of(op, object.bytes.size());
  std::string out = "ok " + object.etag + " " + hex_md5(object.bytes.substr(offset, length));
  for (const std::size_t size : object.part_sizes) out += " " + std::to_string(size);
  return out + " tags " + object.tags;
}

std::string Reference::remove(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  Bucket& bucket = buckets_[bucket_name(op)];
  const std::string key = key_name(op.key);
  const auto found = bucket.objects.find(key);
  const std::size_t count = found == bucket.objects.end() ? 0 : found->second.size();
  const auto index = version_of(op, count);
  const bool hides = !index && bucket.versioning != Versioning::kNever;
  const bool exists = index.value_or(0) < count;
  if (exists && condition_of(op) == "mismatch") return "precondition";
  if (hides) {
    Object marker;
    marker.is_marker = true;
    add(bucket, key, std::move(marker));
    return "ok marker";
  }
  if (!exists) return "ok";
  const auto at = found->second.begin() + static_cast<std::ptrdiff_t>(index.value_or(0));
  const bool was_marker = at->is_marker;
  found->second.erase(at);
  if (found->second.empty()) bucket.objects.erase(found);
  return was_marker ? "ok marker" : "ok";
}

std::string Reference::amend(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  Bucket& bucket = buckets_[bucket_name(op)];
  const Found found = find(bucket, op);
  if (found.object == nullptr) return found.fault;
  Versions& versions = bucket.objects[key_name(op.key)];
  Object& object = versions[version_of(op, versions.size()).value_or(0)];
  object.tags = tags_of(op);
  return "ok " + object.etag;
}

std::string Reference::rename(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  Bucket& bucket = buckets_[bucket_name(op)];
  if (bucket.versioning != Versioning::kNever) return "state";
  const auto found = bucket.objects.find(key_name(op.key));
  if (found == bucket.objects.end()) return "no key";
  if (condition_of(op) == "absent" && bucket.objects.contains(new_key_name(op))) {
    return "precondition";
  }
  Versions moved = std::move(found->second);
  bucket.objects.erase(found);
  bucket.objects[new_key_name(op)] = std::move(moved);
  return "ok";
}

std::string Reference::list(const Op& op) const {
  const Bucket* bucket = find(bucket_name(op));
  if (bucket == nullptr) return "no bucket";
  Page page(op);
  for (const auto& [key, versions] : bucket->objects) {
    if (!versions.front().is_marker) page.add(key, "=" + versions.front().etag);
  }
  return page.text();
}

std::string Reference::list_versions(const Op& op) const {
  const Bucket* bucket = find(bucket_name(op));
  if (bucket == nullptr) return "no bucket";
  Page page(op);
  for (const auto& [key, versions] : bucket->objects) {
    for (const Object& one : versions) {
      page.add(key, "=" + (one.is_marker ? "marker" : one.etag) + (one.is_null ? "" : "v") +
                        (&one == &versions.front() ? "*" : ""));
    }
  }
  return page.text();
}

std::string Reference::usage(const std::string& name) const {
  const Bucket* bucket = find(name);
  if (bucket == nullptr) return "no bucket";
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& [key, versions] : bucket->objects) {
    count += versions.size();
    for (const Object& object : versions) bytes += object.bytes.size();
  }
  std::size_t part_bytes = 0;
  for (const auto& [id, upload] : bucket->uploads) {
    for (const auto& [number, body] : upload.parts) part_bytes += body.size();
  }
  return "ok " + std::to_string(count) + " " + std::to_string(bytes) + " parts " +
         std::to_string(part_bytes);
}

std::string Reference::create_upload(const UploadName& upload) {
  if (find(upload.bucket) == nullptr) return "no bucket";
  buckets_[upload.bucket].uploads[upload.id].key = upload.key;
  return "ok";
}

std::string Reference::put_part(const UploadName& upload, int number, const std::string& body) {
  if (find(upload.bucket) == nullptr) return "no bucket";
  if (find(upload) == nullptr) return "no upload";
  buckets_[upload.bucket].uploads[upload.id].parts[number] = body;
  return "ok " + hex_md5(body);
}

std::string Reference::complete(const UploadName& upload,
                                const std::vector<std::pair<int, std::string>>& list) {
  if (find(upload.bucket) == nullptr) return "no bucket";
  Bucket& bucket = buckets_[upload.bucket];
  const Upload* open = find(upload);
  if (open == nullptr) {
    const auto done = bucket.done.find(upload.id);
    if (done == bucket.done.end() || done->second.list != list) return "no upload";
    return done->second.answer;
  }
  Object object;
  std::string digests;
  for (const auto& [number, etag] : list) {
    const auto part = open->parts.find(number);
    if (part == open->parts.end() || hex_md5(part->second) != etag) return "invalid part";
    object.bytes += part->second;
    object.part_sizes.push_back(part->second.size());
    digests += raw_md5(part->second);
  }
  if (list.empty()) return "invalid part";
  for (std::size_t i = 0; i + 1 < object.part_sizes.size(); ++i) {
    if (object.part_sizes[i] < kPartMin) return "too small";
  }
  object.etag = hex_md5(digests) + "-" + std::to_string(list.size());
  const std::string answer = "ok " + object.etag;
  bucket.done[upload.id] = {open->key, list, answer};
  add(bucket, open->key, std::move(object));
  bucket.uploads.erase(upload.id);
  return answer;
}

std::string Reference::abort(const UploadName& upload) {
  if (find(upload.bucket) == nullptr) return "no bucket";
  if (find(upload) == nullptr) return "no upload";
  buckets_[upload.bucket].uploads.erase(upload.id);
  return "ok";
}

std::string Reference::list_parts(const UploadName& upload) const {
  if (find(upload.bucket) == nullptr) return "no bucket";
  const Upload* open = find(upload);
  if (open == nullptr) return "no upload";
  std::string out = "ok";
  for (const auto& [number, body] : open->parts) {
    out += " " + std::to_string(number) + "=" + hex_md5(body);
  }
  return out;
}

std::string Reference::list_uploads(const std::string& name) const {
  const Bucket* bucket = find(name);
  if (bucket == nullptr) return "no bucket";
  std::vector<std::pair<std::string, std::string>> sorted;
  for (const auto& [id, upload] : bucket->uploads) sorted.emplace_back(upload.key, id);
  std::ranges::sort(sorted);
  std::string out = "ok";
  for (const auto& [key, id] : sorted) out += " " + printable(key) + "=" + id;
  return out;
}

std::vector<int> Reference::parts_of(const UploadName& upload) const {
  std::vector<int> out;
  const Upload* open = find(upload);
  if (open == nullptr) return out;
  for (const auto& [number, body] : open->parts) out.push_back(number);
  return out;
}

std::string Reference::state() const {
  std::string out;
  for (const auto& [name, bucket] : buckets_) {
    out += name + " " + std::to_string(static_cast<int>(bucket.versioning)) + "\n";
    for (const auto& [key, versions] : bucket.objects) {
      for (const Object& object : versions) {
        out += "  " + printable(key) + (object.is_null ? " null " : " ") +
               (&object == &versions.front() ? "latest " : "");
        out += object.is_marker
                   ? "marker\n"
                   : object.etag + " " + hex_md5(object.bytes) + " tags " + object.tags + "\n";
      }
    }
    out += "  " + list_uploads(name) + "\n";
    std::vector<std::pair<std::string, std::string>> sorted;
    for (const auto& [id, upload] : bucket.uploads) sorted.emplace_back(upload.key, id);
    std::ranges::sort(sorted);
    for (const auto& [key, id] : sorted) out += "  " + list_parts({name, key, id}) + "\n";
  }
  return out;
}

std::size_t Reference::blobs(std::size_t inline_max) const {
  std::size_t out = 0;
  for (const auto& [name, bucket] : buckets_) {
    for (const auto& [key, versions] : bucket.objects) {
      for (const Object& object : versions) {
        if (object.part_sizes.empty()) out += object.bytes.size() > inline_max ? 1 : 0;
        for (const std::size_t size : object.part_sizes) out += size > 0 ? 1 : 0;
      }
    }
    for (const auto& [id, upload] : bucket.uploads) {
      for (const auto& [number, body] : upload.parts) out += body.empty() ? 0 : 1;
    }
  }
  return out;
}

}  // namespace muzn::model
