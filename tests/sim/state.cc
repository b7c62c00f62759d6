#include "sim/state.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "object/version_id.h"
#include "sim/machine.h"
#include "sim/step.h"

namespace muzn::sim {
namespace {

std::string digest(const std::string& bytes) {
  return codec::hex_encode(crypto::md5(bytes));
}

std::string text_of(const object::Failure& failure) {
  const bool is_storage = failure.fault == object::Fault::kStorage;
  return "fault " + (is_storage ? "storage" : std::to_string(static_cast<int>(failure.fault))) +
         " " + name(failure.code) + " " + failure.what;
}

Line object_text(const std::string& etag, const std::string& bytes, std::size_t blobs) {
  return {etag + " " + digest(bytes) + " " + std::to_string(bytes.size()), bytes.size(), blobs};
}

class Observer {
 public:
  explicit Observer(Machine& machine) : machine_(machine), store_(machine.store()) {}

  State run() {
    acts();
    records();
    const auto page = run_sync(store_.list_buckets(kOwner, "", "", 1000));
    if (!page) {
      state_["buckets"] = {text_of(page.error())};
      return std::move(state_);
    }
    for (const object::Bucket& bucket : page->buckets) {
      state_[bucket_line(bucket.name)] = {"there"};
      block(bucket);
      if (bucket.versioning == object::Versioning::kNever) {
        objects(bucket.name);
      } else {
        state_[versioning_line(bucket.name)] = {"enabled"};
        versions(bucket.name);
      }
      uploads(bucket.name);
    }
    return std::move(state_);
  }

 private:
  void acts() {
    const control::Snapshot now = machine_.controller().state();
    for (const auto& [name, user] : now->users) state_[user_line(name.second)] = {"there"};
    for (const auto& [access_key, key] : now->keys) {
      if (!key.user.empty()) state_[key_line(access_key)] = key_of(key);
    }
  }

  // Beside what they tell of, or in their log: both is one.
  void records() {
    const auto all = machine_.records();
    if (!all) state_["records"] = {text_of(object::Failure(all.error()))};
    if (!all) return;
    for (const std::string& line : *all) state_[record_line(line)] = {"kept"};
  }

  void block(const object::Bucket& bucket) {
    const control::Snapshot now = machine_.controller().state();
    const control::BucketControls* const found = now->bucket(codec::hex_encode(bucket.id));
    if (found == nullptr || !found->public_access_block) return;
    state_[block_line(bucket.name)] = {
        std::to_string(unsigned{policy::to_bits(*found->public_access_block)})};
  }

  void objects(const std::string& bucket) {
    object::ListArgs args;
    args.bucket = bucket;
    const auto page = run_sync(store_.list(std::move(args)));
    if (!page) {
      state_["objects " + bucket] = {text_of(page.error())};
      return;
    }
    object::Usage sum;
    for (const auto& entry : page->entries) {
      state_[object_line(bucket, entry.key)] = object(bucket, entry);
      for (const auto& [name, value] : entry.version.attributes.tags) {
        state_[tags_line(bucket, entry.key)].text += name + "=" + value;
      }
      ++sum.objects;
      sum.bytes += static_cast<std::int64_t>(entry.version.size);
    }
    usage(bucket, sum);
  }

  void versions(const std::string& bucket) {
    object::ListVersionsArgs args;
    args.list.bucket = bucket;
    const auto page = run_sync(store_.list_versions(std::move(args)));
    if (!page) {
      state_["versions " + bucket] = {text_of(page.error())};
      return;
    }
    object::Usage sum;
    for (const auto& entry : page->entries) {
      Line line = entry.version.delete_marker ? Line{kMarkerText} : object(bucket, entry);
      if (entry.latest) {
        state_[object_line(bucket, entry.key)] = std::move(line);
      } else {
        state_[object_line(bucket, entry.key)].under.push_back(std::move(line));
      }
      ++sum.objects;
      sum.bytes += static_cast<std::int64_t>(entry.version.size);
    }
    usage(bucket, sum);
  }

  void usage(const std::string& bucket, const object::Usage& sum) {
    const auto usage = run_sync(store_.usage(bucket));
    if (!usage || usage->objects != sum.objects || usage->bytes != sum.bytes) {
      state_["usage " + bucket] = {usage ? "is not the sum of the objects"
                                         : text_of(usage.error())};
    }
  }

  Line object(const std::string& bucket, const object::ListEntry& entry) {
    const std::string id(object::shown_version_id(entry.version.version_id));
    const auto opened = run_sync(store_.open(bucket, entry.key, id));
    if (!opened) return {text_of(opened.error())};
    const object::Version& version = (*opened)->version();
    const auto source = run_sync((*opened)->bytes(0, version.size));
    if (!source) return {text_of(source.error())};
    const auto bytes = run_sync(read_all(**source, version.size));
    if (!bytes) return {text_of(object::Failure(bytes.error()))};
    const auto parts = run_sync((*opened)->parts());
    if (!parts) return {text_of(parts.error())};
    std::size_t blobs = 0;
    for (const object::Part& part : *parts) blobs += part.segment.size > 0 ? 1 : 0;
    if (parts->empty() && bytes->size() > kInlineMax) blobs = 1;
    return object_text(version.etag, *bytes, blobs);
  }

  void uploads(const std::string& bucket) {
    object::ListUploads args;
    args.bucket = bucket;
    const auto page = run_sync(store_.list_uploads(std::move(args)));
    if (!page) {
      state_["uploads " + bucket] = {text_of(page.error())};
      return;
    }
    for (const object::Upload& upload : page->uploads) {
      state_[upload_line(bucket, upload.id)] = {upload.key};
      const auto parts = run_sync(store_.list_parts({bucket, upload.key, upload.id}, 0, 1000));
      if (!parts) {
        state_["parts " + bucket + " " + upload.id] = {text_of(parts.error())};
        continue;
      }
      for (const object::Part& part : parts->parts) {
        state_[part_line(bucket, upload.id, part.number)] = {
            codec::hex_encode(part.md5) + " " + std::to_string(part.segment.size),
            part.segment.size, part.segment.size > 0 ? 1U : 0U};
      }
    }
  }

  Machine& machine_;
  object::Store& store_;
  State state_;
};

}  // namespace

std::string record_line(const std::string& line) {
  return "record " + line;
}
std::string bucket_line(const std::string& bucket) {
  return "bucket " + bucket;
}
std::string versioning_line(const std::string& bucket) {
  return "versioning " + bucket;
}
std::string object_line(const std::string& bucket, const std::string& key) {
  return "object " + bucket + " " + key;
}
std::string tags_line(const std::string& bucket, const std::string& key) {
  return "tags " + bucket + " " + key;
}
std::string block_line(const std::string& bucket) {
  return "block " + bucket;
}
std::string user_line(const std::string& name) {
  return "user " + name;
}
std::string key_line(const std::string& access_key) {
  return "key " + access_key;
}
std::string upload_line(const std::string& bucket, const std::string& id) {
  return "upload " + bucket + " " + id;
}
std::string part_line(const std::string& bucket, const std::string& id, int number) {
  return "part " + bucket + " " + id + " " + std::to_string(number);
}

Line object_of(const std::string& body) {
  return object_text(digest(body), body, body.size() > kInlineMax ? 1 : 0);
}

Line part_of(const std::string& body) {
  return {digest(body) + " " + std::to_string(body.size()), body.size(), body.empty() ? 0U : 1U};
}

Line key_of(const control::AccessKey& key) {
  return {key.user + " " + std::to_string(static_cast<int>(key.status)) + " " +
          digest(key.secret_key)};
}

Line object_of(const std::vector<std::string>& parts) {
  std::string all;
  std::string digests;
  std::size_t blobs = 0;
  for (const std::string& part : parts) {
    all += part;
    digests += crypto::md5(part);
    blobs += part.empty() ? 0 : 1;
  }
  return object_text(digest(digests) + "-" + std::to_string(parts.size()), all, blobs);
}

State observe(Machine& machine) {
  return Observer(machine).run();
}

std::string difference(const State& got, const State& wanted) {
  std::string out;
  for (const auto& [name, line] : got) {
    const auto found = wanted.find(name);
    if (found == wanted.end()) {
      out += "  not wanted: " + name + " = " + line.text + "\n";
    } else if (found->second != line) {
      out += "  " + name + " = " + line.text + " over " + std::to_string(line.under.size()) +
             "\n    wanted " + found->second.text + " over " +
             std::to_string(found->second.under.size()) + "\n";
    }
  }
  for (const auto& [name, line] : wanted) {
    if (!got.contains(name)) out += "  gone: " + name + " = " + line.text + "\n";
  }
  return out;
}

std::size_t blobs_in(const State& state) {
  std::size_t out = 0;
  for (const auto& [name, line] : state) {
    out += line.blobs;
    for (const Line& older : line.under) out += older.blobs;
  }
  return out;
}

}  // namespace muzn::sim
