// The S3 Control API (2018-08-20): what is said of an account as a whole. Pure.
//
// Its paths begin with /v20180820/, which a bucket of that name has, too. The header
// x-amz-account-id, which the API's model requires and no operation on buckets has, decides. It
// does so for what is signed only: the gate refuses a request with an x-amz-* header that its
// signature leaves out, so that nobody who holds a presigned URL of an object of such a bucket can
// make it speak of the account, nor the other way round. An anonymous request may do nothing here.
#pragma once
#include "http/message.h"
#include "s3/error.h"
#include "s3/op.h"

namespace muzn::s3 {

// Is it a request of the Control API? In virtual-host style the account stands where a bucket does,
// as clients put it there (<account>.<domain>); with any other name there, it is that bucket's.
bool names_account(const http::RequestHead& head, const Settings& settings);

// Fills operation and account. REQUIRES names_account(). Errors: InvalidArgument (no account id),
// MethodNotAllowed, NotImplemented (an operation that is not built).
Outcome<void> route_account(const http::RequestHead& head, Call& call);

}  // namespace muzn::s3
