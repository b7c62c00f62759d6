// Pure: from the parts of an upload and the list that Complete got to the object they make.
// Sources: AWS "CompleteMultipartUpload", "Checking object integrity in Amazon S3".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "object/store.h"

namespace muzn::object {

struct MultipartPlan {
  std::vector<Part> parts;  // those of the list, ascending
  std::uint64_t size = 0;
  std::string etag;  // hex(md5(the parts' md5s))-N
  std::optional<Checksum> checksum;
};

// `stored` ascending by number. Failures: kInvalidPart, kInvalidPartOrder, kEntityTooSmall,
// kEntityTooLarge, kBadDigest (the whole's checksum), kRejected.
Outcome<MultipartPlan> plan_multipart(const Upload& upload, const std::vector<Part>& stored,
                                      const CompleteArgs& args);

// Names a part list, so that the same Complete again is known.
std::string part_list_hash(const std::vector<CompletedPart>& parts);

// Failures: kBadDigest when the client's idea of the whole is another.
Outcome<void> judge_checksum(const std::optional<Checksum>& client,
                             const std::optional<Checksum>& ours);

}  // namespace muzn::object
