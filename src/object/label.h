// What a blob says of itself, should the rows that name it be lost: the label beside its bytes.
// Drawn in docs/formats/rows.md. Pure.
//
// A label says what was meant when the bytes were written. Whether it was published, and what
// became of it since (replaced, deleted, renamed, its tags and ACL), only rows tell.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "object/model.h"

namespace muzn::object {

struct ObjectLabel {
  Version version;  // without a stamp; `modified` is the time of the label
};
struct PartLabel {
  Upload upload;
  Part part;
};

struct Label {
  std::string bucket;     // its name then
  std::string bucket_id;  // as Bucket::id
  std::string key;
  std::variant<ObjectLabel, PartLabel> what;
};

// "" when it would be longer than a blob's label may be.
std::string encode(const Label& label);
// Errors: kCorrupt, kUnsupported (a newer format).
Result<Label> decode_label(std::string_view bytes);

}  // namespace muzn::object
