// The S3 API. service.cc reads like a story: route, authenticate, authorize, operate, answer.
#pragma once
#include "audit/record.h"
#include "base/task.h"
#include "http/message.h"
#include "s3/op.h"

namespace muzn::s3 {

struct PostCall;  // s3/post_call.h

class Service {
 public:
  explicit Service(Context context);
  // `record` is the request's audit record (time, request_id, peer and head fields are filled);
  // adds who, operation, resource, decision, error code. With `carried`, a change may take the
  // record into its commit.
  Task<http::Response> handle(http::Request& request, audit::Record& record,
                              audit::Carried* carried = nullptr);

 private:
  Task<Answer> answer(http::Request& request, audit::Record& record, audit::Carried* carried);
  // PostObject, whose form says who sends it and what it may.
  Task<Answer> answer_form(http::Request& request, Call call, audit::Record& record,
                           audit::Carried* carried);
  Task<void> note_stranger(const http::Request& request, const Call& call, audit::Record& record);
  // What `caller` asks for: authorizes it and does it.
  Task<Answer> perform(http::Request& request, const Call& call, const gate::Authenticated& caller,
                       const PostCall* post, audit::Record& record, audit::Carried* carried);

  Context context_;
};

}  // namespace muzn::s3
