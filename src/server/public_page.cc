#include "server/public_page.h"

#include "merkle/vkey.h"
#include "server/log_pages.h"
#include "server/public_facts.h"
#include "server/public_html.h"

namespace muzn::server {
namespace {

constexpr std::int64_t kPagesMicros = 2'000'000;
constexpr std::string_view kBriefly = "public, max-age=2";

bool wants_json(const http::RequestHead& head) {
  if (head.path == kPublicJsonPath) return true;
  const std::string_view accepted = head.headers.get("Accept").value_or("");
  return accepted.find("application/json") != std::string_view::npos &&
         accepted.find("text/html") == std::string_view::npos;
}

PublishedLog published(Ledger& ledger) {
  PublishedLog out{.key = merkle::format_vkey(ledger.log().key()),
                   .origin = ledger.log().key().name,
                   .size = ledger.log().figures().published_size,
                   .state = std::nullopt,
                   .policy = ledger.policy(),
                   .past = {}};
  if (const auto said = ledger.state().published()) out.state = {said->index, said->state};
  for (const auto& past : ledger.past()) out.past.push_back(merkle::format_vkey(past->key()));
  return out;
}

}  // namespace

std::shared_ptr<const PublicPage::Pages> PublicPage::pages() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now = clock_.monotonic_micros();
  if (pages_ == nullptr || now - pages_->made_micros >= kPagesMicros) {
    const codec::Json facts = public_facts(*controller_.state(), published(ledger_), clock_.now());
    pages_ = std::make_shared<const Pages>(
        Pages{codec::dump_json(facts) + "\n", public_html(facts), now});
  }
  return pages_;
}

http::Response PublicPage::serve(const http::RequestHead& head) {
  if (head.method != "GET" && head.method != "HEAD") {
    auto refused = log_refusal(405, "this page is there to be read\n");
    refused.headers.add("Allow", "GET, HEAD");
    return refused;
  }
  const auto made = pages();
  const bool is_json = wants_json(head);
  http::Response response;
  response.status = 200;
  response.headers.add("Content-Type", is_json ? "application/json" : "text/html; charset=utf-8");
  response.headers.add("Cache-Control", std::string(kBriefly));
  response.headers.add("Vary", "Accept");
  response.headers.add("Access-Control-Allow-Origin", "*");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
  if (!is_json) response.headers.add("Content-Security-Policy", public_page_policy());
  response.body = is_json ? made->json : made->html;
  return response;
}

}  // namespace muzn::server
