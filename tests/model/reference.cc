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

std::string Reference::put(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  auto& objects = buckets_[bucket_name(op)].objects;
  const std::string key = key_name(op.key);
  const std::string condition = condition_of(op);
  const bool exists = objects.contains(key);
  if (condition == "absent" && exists) return "precondition";
  if ((condition == "match" || condition == "mismatch") && !exists) return "no key";
  if (condition == "mismatch") return "precondition";
  Object object;
  object.bytes = body_of(op);
  object.etag = hex_md5(object.bytes);
  const std::string etag = object.etag;
  objects[key] = std::move(object);
  return "ok " + etag;
}

std::string Reference::get(const Op& op) const {
  const Bucket* bucket = find(bucket_name(op));
  if (bucket == nullptr) return "no bucket";
  const auto found = bucket->objects.find(key_name(op.key));
  if (found == bucket->objects.end()) return "no key";
  const Object& object = found->second;
  const auto [offset, length] = range_of(op, object.bytes.size());
  std::string out = "ok " + object.etag + " " + hex_md5(object.bytes.substr(offset, length));
  for (const std::size_t size : object.part_sizes) out += " " + std::to_string(size);
  return out + " tags " + object.tags;
}

std::string Reference::remove(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  auto& objects = buckets_[bucket_name(op)].objects;
  const auto found = objects.find(key_name(op.key));
  if (found == objects.end()) return "ok";
  const std::string condition = condition_of(op);
  if (condition == "mismatch") return "precondition";
  objects.erase(found);
  return "ok";
}

std::string Reference::amend(const Op& op) {
  if (find(bucket_name(op)) == nullptr) return "no bucket";
  auto& objects = buckets_[bucket_name(op)].objects;
  const auto found = objects.find(key_name(op.key));
  if (found == objects.end()) return op.a % 2 == 0 ? "no version" : "no key";
  found->second.tags = tags_of(op);
  return "ok " + found->second.etag;
}

std::string Reference::list(const Op& op) const {
  const Bucket* bucket = find(bucket_name(op));
  if (bucket == nullptr) return "no bucket";
  const std::string prefix = prefix_of(op);
  const std::string delimiter = delimiter_of(op);
  const std::string after = after_of(op);
  const std::size_t limit = limit_of(op);
  std::string out = "ok";
  std::size_t count = 0;
  std::string last;
  for (const auto& [key, object] : bucket->objects) {
    if (!key.starts_with(prefix) || limit == 0) continue;
    const auto at = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    const bool group = at != std::string::npos;
    const std::string item = group ? key.substr(0, at + delimiter.size()) : key;
    if (!after.empty() && item <= after) continue;
    if (count > 0 && item == last) continue;
    if (count == limit) return out + " more after " + printable(last);
    out += group ? " [" + printable(item) + "]" : " " + printable(item) + "=" + object.etag;
    last = item;
    ++count;
  }
  return out;
}

std::string Reference::usage(const std::string& name) const {
  const Bucket* bucket = find(name);
  if (bucket == nullptr) return "no bucket";
  std::size_t bytes = 0;
  for (const auto& [key, object] : bucket->objects) bytes += object.bytes.size();
  return "ok " + std::to_string(bucket->objects.size()) + " " + std::to_string(bytes);
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
  bucket.objects[open->key] = std::move(object);
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
    out += name + "\n";
    for (const auto& [key, object] : bucket.objects) {
      out += "  " + printable(key) + " " + object.etag + " " + hex_md5(object.bytes) + " tags " +
             object.tags + "\n";
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
    for (const auto& [key, object] : bucket.objects) {
      if (object.part_sizes.empty()) out += object.bytes.size() > inline_max ? 1 : 0;
      for (const std::size_t size : object.part_sizes) out += size > 0 ? 1 : 0;
    }
    for (const auto& [id, upload] : bucket.uploads) {
      for (const auto& [number, body] : upload.parts) out += body.empty() ? 0 : 1;
    }
  }
  return out;
}

}  // namespace muzn::model
