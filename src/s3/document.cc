#include "s3/document.h"

#include "s3/body.h"

namespace muzn::s3 {
namespace {

Error document_error(const muzn::Error& error, const UploadBody& body) {
  if (error.code == Code::kLimit) return ErrorCode::kMaxMessageLengthExceeded;
  return upload_error(object::Failure(error), body);
}

Task<Outcome<std::string>> read_verified(Exchange& exchange, BodyPlan plan, std::size_t limit) {
  const bool present = exchange.request.body != nullptr;
  StringSource nothing{""};
  const auto declared_size = plan.size;
  UploadBody body(present ? *exchange.request.body : nothing, std::move(plan), exchange.who.proof(),
                  std::nullopt);
  auto text = co_await read_all(body, limit);
  if (!text) co_return std::unexpected(document_error(text.error(), body));
  if (declared_size && text->size() != *declared_size) co_return refuse(ErrorCode::kIncompleteBody);
  crypto::HasherSet digests(body.wanted());
  digests.update(*text);
  digests.finish();
  if (const auto verdict = body.judge(digests); !verdict) {
    co_return std::unexpected(upload_error(verdict.error(), body));
  }
  co_return std::move(*text);
}

}  // namespace

Task<Outcome<std::string>> read_document(Context&, Exchange& exchange, std::size_t limit,
                                         bool checksum_required) {
  CO_TRY(BodyPlan plan, plan_document(exchange.request.head, exchange.who.proof(), limit, true));
  if (checksum_required && !plan.content_md5 && !plan.algorithm) {
    co_return refuse(ErrorCode::kInvalidRequest,
                     "Missing required header for this request: "
                     "Content-MD5 OR x-amz-checksum-*");
  }
  co_return co_await read_verified(exchange, std::move(plan), limit);
}

Task<Outcome<std::string>> read_plain_document(Context&, Exchange& exchange, std::size_t limit) {
  CO_TRY(BodyPlan plan, plan_document(exchange.request.head, exchange.who.proof(), limit, false));
  co_return co_await read_verified(exchange, std::move(plan), limit);
}

}  // namespace muzn::s3
