// Do the names in a bucket's policy mean anything here: its actions, resources, condition keys and
// principals? What means nothing is refused rather than kept and never true. Pure.
// Source: AWS, "Policies and permissions in Amazon S3"; "Actions, resources, and condition keys for
// Amazon S3".
#pragma once
#include <string_view>

#include "control/state.h"
#include "policy/document.h"
#include "s3/error.h"

namespace muzn::s3 {

// Errors: MalformedPolicy: an action that S3 does not have, a resource outside of the bucket, an
// action that none of the statement's resources can have (s3:ListBucket on objects), a condition
// key that S3 does not have, or that no action of the statement can have (s3:prefix of GetObject),
// an account or user that is not there.
Outcome<void> check_policy_names(const policy::Document& document, std::string_view bucket,
                                 const control::State& state);

}  // namespace muzn::s3
