// From a browser's form to the call that it asks for. Source: AWS S3 API reference, "POST Object".
#pragma once
#include <cstdint>
#include <string>

#include "gate/gate.h"
#include "s3/op.h"
#include "s3/post_form.h"

namespace muzn::s3 {

inline constexpr std::string_view kPostObject = "PostObject";

// Errors: PreconditionFailed (not multipart/form-data).
Outcome<PostForm> open_form(http::Request& request);

// A form carries its own credentials: none may come in the request's head or query beside them.
// Errors: InvalidRequest.
Outcome<void> check_form_sender(const gate::Authenticated& sender);

struct PostCall {
  const PostForm& form;
  std::string key;
  http::RequestHead head;  // the request as if it were a PutObject of that key
  std::uint64_t size_max;  // of the file, by the policy
};
// REQUIRES the form's fields to be read and its signature, where it has one, to be verified. A form
// without a policy is its sender's own: an anonymous one, which the bucket must allow.
// Errors: InvalidArgument, UserKeyMustBeSpecified, InvalidPolicyDocument, AccessDenied, those of
// check_key() and object_headers_of().
Outcome<PostCall> plan_post(PostForm& form, const http::RequestHead& head, const Call& call,
                            Time now);

}  // namespace muzn::s3
