// What policies may ask about, where a request says it in its body: the tags of
// PutObjectTagging, the lock of PutObjectRetention and PutObjectLegalHold.
#pragma once
#include <optional>

#include "base/stream.h"
#include "object/lock.h"
#include "s3/op.h"

namespace muzn::s3 {

struct BodyFacts {
  std::optional<object::Pairs> tags;
  std::optional<object::Retention> retention;  // kNone: it is taken away
  std::optional<object::LegalHold> hold;
};

// A request of which the body is a lock, and no header is.
bool locks_by_body(const Call& call);

struct ReadBody {
  BodyFacts facts;
  std::optional<StringSource> again;  // the body's bytes, for the operation itself
};
// Reads the body when a policy asks for what it says, and leaves `request` with a body
// that can be read once more. A body that is no good says nothing, and is left for the operation to
// refuse. `out` must outlive the request. Errors: MaxMessageLengthExceeded, those of the body's
// source.
Task<Outcome<void>> read_body_facts(const Context& context, http::Request& request,
                                    const Call& call, const gate::Authenticated& caller,
                                    const object::Bucket& bucket, ReadBody& out);

}  // namespace muzn::s3
