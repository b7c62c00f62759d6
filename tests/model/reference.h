// The reference: what an object store means, over std::map, with none of the store's code. Every
// operation answers a line of text that must equal what the store answered.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/op.h"

namespace muzn::model {

struct UploadName {
  std::string bucket;
  std::string key;
  std::string id;
};

// One version of a key.
struct Object {
  bool is_null = false;  // the null version
  bool is_marker = false;
  std::string bytes;
  std::string etag;
  std::string tags;                     // as tags_of() says
  std::vector<std::size_t> part_sizes;  // empty = not multipart
};

class Reference {
 public:
  std::string create_bucket(const std::string& name);
  std::string delete_bucket(const std::string& name);
  std::string set_versioning(const Op& op);
  std::string put(const Op& op);
  std::string get(const Op& op) const;
  std::string remove(const Op& op);
  std::string amend(const Op& op);
  std::string rename(const Op& op);
  std::string list(const Op& op) const;
  std::string list_versions(const Op& op) const;
  std::string usage(const std::string& name) const;
  std::string create_upload(const UploadName& upload);
  std::string put_part(const UploadName& upload, int number, const std::string& body);
  std::string complete(const UploadName& upload,
                       const std::vector<std::pair<int, std::string>>& list);
  std::string abort(const UploadName& upload);
  std::string list_parts(const UploadName& upload) const;
  std::string list_uploads(const std::string& name) const;

  // Numbers of the parts that the upload has.
  std::vector<int> parts_of(const UploadName& upload) const;
  // All that can be read, as text, to compare after a crash.
  std::string state() const;
  // How many blobs hold all this.
  std::size_t blobs(std::size_t inline_max) const;

 private:
  struct Upload {
    std::string key;
    std::map<int, std::string> parts;
  };
  struct Done {
    std::string key;
    std::vector<std::pair<int, std::string>> list;
    std::string answer;
  };
  enum class Versioning : std::uint8_t { kNever, kEnabled, kSuspended };
  using Versions = std::vector<Object>;  // newest first; not empty
  struct Bucket {
    Versioning versioning = Versioning::kNever;
    std::map<std::string, Versions> objects;
    std::map<std::string, Upload> uploads;
    std::map<std::string, Done> done;
  };
  struct Found {
    const Object* object = nullptr;
    std::string fault;  // why there is none to read
  };
  static Found find(const Bucket& bucket, const Op& op);
  static void add(Bucket& bucket, const std::string& key, Object object);
  const Bucket* find(const std::string& name) const;
  const Upload* find(const UploadName& upload) const;

  std::map<std::string, Bucket> buckets_;
};

// Pieces of the answers' text, shared with the driver of the store.
std::string condition_of(const Op& op);  // "", "absent", "match", "mismatch"
std::string hex_md5(const std::string& bytes);
std::pair<std::size_t, std::size_t> range_of(const Op& op, std::size_t size);
std::string printable(const std::string& key);

}  // namespace muzn::model
