// A range of an object's bytes that lie in one or more blobs. Internal to object/.
#pragma once
#include <memory>
#include <vector>

#include "base/stream.h"
#include "object/model.h"

namespace muzn::object {

// `blobs` must outlive the source; `keep` lives as long as that does. REQUIRES that the segments
// hold offset + length bytes.
// Errors: kUnavailable when one lies on a volume that is down, before any byte was sent.
Result<std::unique_ptr<ByteSource>> segment_source(blob::Store& blobs,
                                                   const std::vector<Segment>& segments,
                                                   std::uint64_t offset, std::uint64_t length,
                                                   std::shared_ptr<const void> keep = nullptr);

}  // namespace muzn::object
