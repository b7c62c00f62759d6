#include "server/log_pages.h"

#include "merkle/decimal.h"

namespace muzn::server {
namespace {

constexpr std::string_view kPast = "past/";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";
// What a path of a tile has said it always says; what a checkpoint says is soon old.
constexpr std::string_view kForGood = "public, max-age=31536000, immutable";
constexpr std::string_view kBriefly = "public, max-age=2";

http::Response page(int status, std::string_view type, std::string_view cache, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(type));
  response.headers.add("Cache-Control", std::string(cache));
  // A page in a browser may verify the log, too.
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.body = std::move(body);
  return response;
}

http::Response refusal(int status, std::string body) {
  return page(status, kText, "no-store", std::move(body));
}

// What `path` asks for.
struct Asked {
  tlog::Log* log = nullptr;  // nullptr: there is no such log
  std::string policy;
  std::string path;  // below the log
};

std::string policy_of(const tlog::Log& past) {
  return "log " + merkle::format_vkey(past.key()) + "\nquorum none\n";
}

Asked find(Ledger& ledger, std::string path) {
  if (!path.starts_with(kPast)) return {&ledger.log(), ledger.policy_text(), std::move(path)};
  const std::size_t slash = path.find('/', kPast.size());
  if (slash == std::string::npos) return {};
  const auto number =
      merkle::parse_decimal(std::string_view(path).substr(kPast.size(), slash - kPast.size()));
  if (!number || *number >= ledger.past().size()) return {};
  tlog::Log* const log = ledger.past()[*number].get();
  return {log, policy_of(*log), path.substr(slash + 1)};
}

}  // namespace

Task<http::Response> serve_log(Ledger& ledger, std::string method, std::string path) {
  if (method != "GET" && method != "HEAD") {
    auto response = refusal(405, "the log is read only\n");
    response.headers.add("Allow", "GET, HEAD");
    co_return response;
  }
  Asked asked = find(ledger, std::move(path));
  if (asked.log == nullptr) co_return refusal(404, "there is no such log\n");
  if (asked.path == "policy") co_return page(200, kText, kBriefly, std::move(asked.policy));
  const bool is_checkpoint = asked.path == "checkpoint";
  auto bytes = co_await asked.log->read(std::move(asked.path));
  if (bytes) {
    co_return is_checkpoint ? page(200, kText, kBriefly, *std::move(bytes))
                            : page(200, kBytes, kForGood, *std::move(bytes));
  }
  switch (bytes.error().code) {
    case Code::kNotFound:
      co_return refusal(404, "the published log has no such file\n");
    case Code::kInvalid:
      co_return refusal(404, "no such path; see c2sp.org/tlog-tiles\n");
    default:
      co_return refusal(503, "the log can't be read now\n");
  }
}

}  // namespace muzn::server
