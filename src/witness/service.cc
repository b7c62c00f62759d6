#include "witness/service.h"

#include <fmt/format.h>

#include <utility>

namespace muzn::witness {
namespace {

constexpr std::string_view kAddPath = "/add-checkpoint";
constexpr std::string_view kHealthPrefix = "/-/health/";
constexpr std::string_view kViewName = "/checkpoint";
constexpr std::size_t kOriginHashDigits = 64;

http::Response text_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, std::string_view why) {
  return text_response(status, std::string(why) + "\n");
}

int body_error_status(Code code) {
  if (code == Code::kLimit) return 413;
  return code == Code::kTimeout ? 408 : 400;
}

}  // namespace

Task<http::Response> Service::handle(http::Request& request) {
  const std::string_view path = request.head.path;
  const std::string_view method = request.head.method;
  const bool is_add = path == kAddPath;
  if (is_add && method == "POST") co_return co_await add_checkpoint(request);
  if (!is_add && (method == "GET" || method == "HEAD")) co_return get(path);
  http::Response response = refusal(405, "not a method of this page");
  response.headers.add("Allow", is_add ? "POST" : "GET, HEAD");
  co_return response;
}

http::Response Service::refuse(int status, std::string_view reason, const http::Peer& /*peer*/) {
  http::Response response = refusal(status, reason);
  response.close = true;
  return response;
}

Task<http::Response> Service::add_checkpoint(http::Request& request) {
  const auto body = co_await read_all(*request.body, merkle::kAddCheckpointBytesMax);
  if (!body) {
    http::Response response = refusal(body_error_status(body.error().code), body.error().what);
    response.close = true;
    co_return response;
  }
  auto parsed = merkle::parse_add_checkpoint(*body);
  if (!parsed) co_return refusal(400, parsed.error().what);
  co_return co_await add(*std::move(parsed));
}

Task<http::Response> Service::add(merkle::AddCheckpoint request) {
  // Most of what outsiders can send ends here, before it takes a thread or a log's turn.
  Answer answer = cosigner_.preview(request);
  if (answer.verdict != merkle::Verdict::kCosign) co_return respond(request, answer);
  auto done = co_await offload(pool_, [&] { return cosigner_.add(request); });
  if (!done) {
    journal_.failed(done.error());
    http::Response response = refusal(503, "this witness can't cosign now");
    response.headers.add("Retry-After", "60");
    co_return response;
  }
  co_return respond(request, *done);
}

http::Response Service::respond(const merkle::AddCheckpoint& request, const Answer& answer) const {
  switch (answer.verdict) {
    case merkle::Verdict::kCosign:
      if (answer.is_new) journal_.cosigned(request.checkpoint.checkpoint);
      return text_response(200, answer.cosignature);
    case merkle::Verdict::kConflict: {
      http::Response response = text_response(409, fmt::format("{}\n", answer.known_size));
      response.headers.set("Content-Type", "text/x.tlog.size");
      return response;
    }
    case merkle::Verdict::kInconsistent:
      journal_.inconsistent(request, answer.why);
      break;
    case merkle::Verdict::kBackwards:
    case merkle::Verdict::kUnsigned:
    case merkle::Verdict::kUnknownLog:
      break;
  }
  return refusal(std::to_underlying(answer.verdict), answer.why);
}

http::Response Service::get(std::string_view path) const {
  if (path.starts_with(kHealthPrefix)) {
    const std::string_view what = path.substr(kHealthPrefix.size());
    if (what == "live") return text_response(200, "live\n");
    if (what == "ready") {
      return cosigner_.has_failed() ? refusal(503, "closed after a failed write")
                                    : text_response(200, "ready\n");
    }
  }
  const bool is_view = path.size() == 1 + kOriginHashDigits + kViewName.size() &&
                       path.starts_with('/') && path.ends_with(kViewName);
  if (is_view) {
    if (auto view = cosigner_.view(path.substr(1, kOriginHashDigits))) {
      return text_response(200, *std::move(view));
    }
  }
  return refusal(404, "no such page");
}

}  // namespace muzn::witness
