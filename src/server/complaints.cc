#include "server/complaints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/stream.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "control/hidden_text.h"
#include "policy/network.h"
#include "server/operations.h"

namespace muzn::server {
namespace {

using codec::Json;

constexpr std::int64_t kHourMicros = 3'600'000'000;
constexpr std::size_t kTicketBytes = 16;
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kJson = "application/json";

// Nothing of what was given is shown, so nothing has to be escaped.
constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Complain</title></head><body>
<h1>Complain about what is done here</h1>
<p>Whom it is about, and what they do, in your own words. You need no account. Your words are read
by the operator's officers alone; the public log says that somebody complained, when, and a hash.
Keep the ticket that you get.</p>
<form method="post" action="/-/public/complaints" accept-charset="utf-8">
<p><label>Whom it is about<br><input name="about" maxlength="500" required></label></p>
<p><label>What they do<br><textarea name="text" rows="12" cols="72" required></textarea></label></p>
<p><label>How to reach you (may be left out)<br><input name="contact" maxlength="500"></label></p>
<p><button>Send</button></p></form></body></html>
)";

http::Response page(int status, std::string_view type, std::string body) {
  http::Response out;
  out.status = status;
  out.headers.add("Content-Type", type);
  out.headers.add("Cache-Control", "no-store");
  out.headers.add("X-Content-Type-Options", "nosniff");
  out.headers.add("Content-Security-Policy",
                  "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  out.body = std::move(body);
  return out;
}
http::Response json_page(int status, const Json& json) {
  return page(status, kJson, codec::dump_json(json) + "\n");
}
http::Response refuse(audit::Record& record, int status, std::string code, std::string message) {
  auto out = json_page(status, {{"error", {{"code", code}, {"message", std::move(message)}}}});
  record.error_code = std::move(code);
  return out;
}

std::string base_type(std::string_view content_type) {
  std::string out(content_type.substr(0, content_type.find(';')));
  while (!out.empty() && out.back() == ' ') out.pop_back();
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string* member_of(GivenComplaint& to, std::string_view name) {
  if (name == "about") return &to.about;
  if (name == "text") return &to.text;
  return name == "contact" ? &to.contact : nullptr;
}

Result<void> put(GivenComplaint& to, const std::string& name, std::string value) {
  std::string* const member = member_of(to, name);
  if (member == nullptr) return fail(Code::kInvalid, "unknown field: about, text and contact are");
  if (!member->empty()) return fail(Code::kInvalid, "a field is given twice");
  if (!codec::is_utf8(value) || value.contains('\0')) {
    return fail(Code::kInvalid, "a field is text in UTF-8");
  }
  *member = std::move(value);
  return {};
}

Result<void> check(const GivenComplaint& given) {
  if (given.about.empty() || given.text.empty()) {
    return fail(Code::kInvalid, "about and text are needed");
  }
  if (given.text.size() > control::kComplaintBytesMax) {
    return fail(Code::kLimit, "a text has at most 16 KiB");
  }
  if (given.about.size() > kComplaintLineBytesMax ||
      given.contact.size() > kComplaintLineBytesMax) {
    return fail(Code::kLimit, "about and contact have at most 500 bytes each");
  }
  return {};
}

// A browser that sends another site's form for somebody who does not know of it.
bool is_cross_site(const http::RequestHead& head) {
  return head.headers.get("Sec-Fetch-Site").value_or("") == "cross-site";
}

}  // namespace

Result<GivenComplaint> read_complaint(std::string_view content_type, std::string_view body) {
  const std::string type = base_type(content_type);
  GivenComplaint out;
  if (type == kJson) {
    TRY(const Json json, codec::parse_json(body));
    if (!json.is_object()) return fail(Code::kInvalid, "it must be a JSON object");
    for (const auto& [name, value] : json.items()) {
      if (!value.is_string()) return fail(Code::kInvalid, "fields are strings");
      TRY_VOID(put(out, name, value.get<std::string>()));
    }
  } else if (type == kForm) {
    TRY(const codec::Query form, codec::Query::parse(body));
    for (const codec::QueryParam& field : form.params()) {
      TRY_VOID(put(out, std::string(field.name), std::string(field.value)));
    }
  } else {
    return fail(Code::kUnsupported, "send a form or application/json");
  }
  TRY_VOID(check(out));
  return out;
}

std::string to_text(const GivenComplaint& complaint) {
  return codec::dump_json(
      {{"about", complaint.about}, {"text", complaint.text}, {"contact", complaint.contact}});
}

std::string network_of(std::string_view address) {
  constexpr std::size_t kV4Bytes = 3;
  constexpr std::size_t kV6Bytes = 6;
  const auto read = policy::parse_network(address);
  if (!read) return "none";
  const std::string_view bytes(reinterpret_cast<const char*>(read->bytes.data()),
                               read->v6 ? kV6Bytes : kV4Bytes);
  return (read->v6 ? "6." : "4.") + codec::hex_encode(bytes);
}

std::chrono::seconds ComplaintCounts::take(std::string_view address,
                                           std::int64_t monotonic_micros) {
  const std::lock_guard lock(mutex_);
  if (hour_began_ < 0 || monotonic_micros - hour_began_ >= kHourMicros) {
    hour_began_ = monotonic_micros;
    in_all_ = 0;
    by_network_.clear();
  }
  const std::chrono::seconds wait{(hour_began_ + kHourMicros - monotonic_micros) / 1'000'000 + 1};
  if (in_all_ >= limits_.in_all) return wait;
  std::uint32_t& of_network = by_network_[network_of(address)];
  if (of_network >= limits_.of_network) return wait;
  ++of_network;
  ++in_all_;
  return std::chrono::seconds{0};
}

Task<http::Response> ComplaintDesk::serve(http::Request& request, audit::Record& record) {
  record.service = "server";
  record.operation = kComplaintOperation;
  record.decision = "allow";
  record.principal_type = "anonymous";
  const std::string& method = request.head.method;
  const bool is_form = request.head.path == kComplaintFormPath;
  if (is_form && (method == "GET" || method == "HEAD")) {
    co_return page(200, "text/html; charset=utf-8", std::string(kPage));
  }
  if (!is_form && method == "POST") co_return co_await take(request, record);
  auto out = refuse(record, 405, "MethodNotAllowed", "GET the form, or POST a complaint");
  out.headers.add("Allow", is_form ? "GET, HEAD" : "POST");
  co_return out;
}

Task<http::Response> ComplaintDesk::take(http::Request& request, audit::Record& record) {
  if (is_cross_site(request.head)) {
    co_return refuse(record, 403, "AccessDenied", "send it from this installation's own form");
  }
  if (request.head.content_length > kComplaintBodyBytesMax) {
    co_return refuse(record, 413, "RequestTooLarge", "a complaint has at most 64 KiB in all");
  }
  std::string body;
  if (request.body != nullptr) {
    auto read = co_await read_all(*request.body, kComplaintBodyBytesMax);
    if (!read) {
      const bool is_large = read.error().code == Code::kLimit;
      co_return refuse(record, is_large ? 413 : 400, is_large ? "RequestTooLarge" : "BadRequest",
                       "the complaint could not be read");
    }
    body = std::move(*read);
  }
  const auto given = read_complaint(request.head.headers.get("Content-Type").value_or(""), body);
  if (!given) {
    const Code code = given.error().code;
    if (code == Code::kLimit) {
      co_return refuse(record, 413, "RequestTooLarge", given.error().what);
    }
    co_return refuse(record, code == Code::kUnsupported ? 415 : 400, "InvalidRequest",
                     given.error().what);
  }
  const auto wait = counts_.take(request.peer.address, clock_.monotonic_micros());
  if (wait.count() > 0) {
    auto out = refuse(record, 429, "SlowDown", "too many complaints in this hour: try again later");
    out.headers.add("Retry-After", std::to_string(wait.count()));
    co_return out;
  }
  const std::string ticket = codec::hex_encode(rng_.bytes(kTicketBytes));
  auto done = co_await controller_.propose(
      std::string(control::kPublicActor), record.request_id,
      control::FileComplaint{.ticket = ticket,
                             .text = control::hidden_text(rng_, to_text(*given))});
  if (!done) {
    record.cause = done.error().what;
    co_return refuse(record, 503, "ServiceUnavailable", "it could not be kept: try again later");
  }
  record.leaf = done->leaf;
  co_return json_page(
      201, {{"ticket", ticket},
            {"leaf", done->leaf.index},
            {"look_up",
             "the public log has an entry file_complaint with this ticket at this index; "
             "a notice that follows from it names the ticket"}});
}

}  // namespace muzn::server
