#include "server/log_pages.h"

#include "audit/exclusions.h"
#include "codec/json.h"
#include "merkle/decimal.h"

namespace muzn::server {
namespace {

constexpr std::string_view kPast = "past/";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";
// What a path of a tile has said it always says; what a checkpoint says is soon old.
constexpr std::string_view kForGood = "public, max-age=31536000, immutable";
constexpr std::string_view kBriefly = "public, max-age=2";
constexpr std::string_view kNowhere = "no-store";

http::Response page(int status, std::string_view type, std::string_view cache, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(type));
  response.headers.add("Cache-Control", std::string(cache));
  response.body = std::move(body);
  return response;
}

// A page in a browser may verify the log, too.
http::Response for_everybody(http::Response response) {
  response.headers.add("Access-Control-Allow-Origin", "*");
  return response;
}

// Where the published log says the public state, and what; who does not believe it reads the leaf.
http::Response state_page(const Ledger& ledger) {
  const auto said = ledger.state().published();
  if (!said) return log_refusal(404, "the published log has no hash of the public state yet\n");
  return page(200, "application/json", kBriefly,
              codec::dump_json({{"schema", audit::kStateSchema},
                                {"index", said->index},
                                {"acts", said->state.acts},
                                {"size", said->state.size},
                                {"hash", said->state.hash}}) +
                  "\n");
}

// What `path` asks for.
struct Asked {
  tlog::Log* log = nullptr;  // nullptr: there is no such log
  std::string policy;
  std::string path;  // below the log
};

Asked find(Ledger& ledger, std::string path) {
  if (!path.starts_with(kPast)) return {&ledger.log(), ledger.policy_text(), std::move(path)};
  const std::size_t slash = path.find('/', kPast.size());
  if (slash == std::string::npos) return {};
  const auto number =
      merkle::parse_decimal(std::string_view(path).substr(kPast.size(), slash - kPast.size()));
  if (!number || *number >= ledger.past().size()) return {};
  tlog::Log* const log = ledger.past()[*number].get();
  return {log, own_policy(*log), path.substr(slash + 1)};
}

}  // namespace

std::string own_policy(const tlog::Log& log) {
  return "log " + merkle::format_vkey(log.key()) + "\nquorum none\n";
}

http::Response log_refusal(int status, std::string body) {
  return page(status, kText, kNowhere, std::move(body));
}

std::optional<http::Response> refuse_method(std::string_view method) {
  if (method == "GET" || method == "HEAD") return std::nullopt;
  auto response = log_refusal(405, "the log is read only\n");
  response.headers.add("Allow", "GET, HEAD");
  return response;
}

Task<http::Response> serve_files(tlog::Log& log, std::string policy, std::string path,
                                 Readers readers) {
  const bool is_public = readers == Readers::kEverybody;
  const std::string_view briefly = is_public ? kBriefly : kNowhere;
  if (path == "policy") co_return page(200, kText, briefly, std::move(policy));
  const bool is_checkpoint = path == "checkpoint";
  auto bytes = co_await log.read(std::move(path));
  if (bytes) {
    co_return is_checkpoint ? page(200, kText, briefly, *std::move(bytes))
                            : page(200, kBytes, is_public ? kForGood : kNowhere, *std::move(bytes));
  }
  switch (bytes.error().code) {
    case Code::kNotFound:
      co_return log_refusal(404, "the published log has no such file\n");
    case Code::kInvalid:
      co_return log_refusal(404, "no such path; see c2sp.org/tlog-tiles\n");
    default:
      co_return log_refusal(503, "the log can't be read now\n");
  }
}

Task<http::Response> serve_log(Ledger& ledger, std::string method, std::string path) {
  if (auto refused = refuse_method(method)) co_return for_everybody(*std::move(refused));
  if (path == "exclusions" || path == "exclusions.json") {
    const bool is_json = path.ends_with(".json");
    co_return for_everybody(page(200, is_json ? "application/json" : kText, kBriefly,
                                 is_json ? audit::exclusions_json() : audit::exclusions_text()));
  }
  if (path == "state") co_return for_everybody(state_page(ledger));
  Asked asked = find(ledger, std::move(path));
  if (asked.log == nullptr) co_return for_everybody(log_refusal(404, "there is no such log\n"));
  co_return for_everybody(co_await serve_files(*asked.log, std::move(asked.policy),
                                               std::move(asked.path), Readers::kEverybody));
}

}  // namespace muzn::server
