#include "sigv4/claim.h"

#include <algorithm>
#include <array>

#include "codec/date.h"
#include "http/head_parser.h"
#include "sigv4/canonical.h"

namespace muzn::sigv4 {
namespace {

constexpr std::size_t kSignedHeadersMax = http::kHeaderCountMax;  // more are never there

struct PayloadName {
  std::string_view text;
  Payload payload;
};
constexpr std::array<PayloadName, 4> kPayloads = {{
    {kUnsignedPayload, Payload::kUnsigned},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Payload::kStreamingSigned},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Payload::kStreamingSignedTrailer},
    {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", Payload::kStreamingUnsignedTrailer},
}};

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

bool is_date(std::string_view text) {
  return text.size() == 8 && codec::parse_iso8601_basic(std::string(text) + "T000000Z").has_value();
}

bool is_listed(const Claim& claim, std::string_view name) {
  return std::any_of(
      claim.signed_headers.begin(), claim.signed_headers.end(),
      [name](const std::string& listed) { return http::equal_ignoring_case(listed, name); });
}

bool is_amz_header(std::string_view name) {
  constexpr std::string_view kPrefix = "x-amz-";
  return name.size() > kPrefix.size() &&
         http::equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

}  // namespace

std::unexpected<Refusal> refuse(std::string_view code, std::string message) {
  Refusal refusal;
  refusal.code = code;
  refusal.message = std::move(message);
  return std::unexpected(std::move(refusal));
}

std::unexpected<Refusal> refuse_malformed(Form form, std::string_view detail) {
  if (form == Form::kPresigned) {
    return refuse("AuthorizationQueryParametersError", std::string(detail));
  }
  if (form == Form::kPost) return refuse("InvalidArgument", std::string(detail));
  return refuse("AuthorizationHeaderMalformed",
                "The authorization header is malformed; " + std::string(detail));
}

std::unexpected<Refusal> refuse_mechanism() {
  return refuse("InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use "
                "AWS4-HMAC-SHA256.");
}

std::unexpected<Refusal> refuse_signature(Claim claim, std::string canonical_request,
                                          std::string string_to_sign) {
  Refusal refusal;
  refusal.code = "SignatureDoesNotMatch";
  refusal.message =
      "The request signature we calculated does not match the signature you provided. Check your "
      "key and signing method.";
  refusal.canonical_request = std::move(canonical_request);
  refusal.string_to_sign = std::move(string_to_sign);
  refusal.signature_provided = std::move(claim.signature);
  refusal.access_key = std::move(claim.access_key);
  return std::unexpected(std::move(refusal));
}

Judged parse_credential(std::string_view text, Claim& claim) {
  std::array<std::string_view, 5> parts;
  std::size_t count = 0;
  for (std::string_view rest = text; count <= parts.size(); ++count) {
    const std::size_t slash = rest.find('/');
    if (count < parts.size()) parts[count] = rest.substr(0, slash);
    if (slash == std::string_view::npos) {
      ++count;
      break;
    }
    rest.remove_prefix(slash + 1);
  }
  if (count != parts.size() || parts[0].empty()) {
    return refuse_malformed(claim.form,
                            "the Credential is mal-formed; expecting "
                            "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  if (!is_date(parts[1])) {
    return refuse_malformed(claim.form, "incorrect date format \"" + std::string(parts[1]) +
                                            "\". This date in the credential must be in the format "
                                            "\"yyyyMMdd\".");
  }
  if (parts[4] != kTerminator) {
    return refuse_malformed(claim.form, "incorrect terminal \"" + std::string(parts[4]) +
                                            "\". This endpoint uses \"aws4_request\".");
  }
  claim.access_key = parts[0];
  claim.date = parts[1];
  claim.region = parts[2];
  claim.service = parts[3];
  return {};
}

Judged parse_signed_headers(std::string_view text, Claim& claim) {
  const auto malformed = [&claim] {
    return refuse_malformed(claim.form, "SignedHeaders is mal-formed.");
  };
  for (bool more = true; more;) {
    const std::size_t end = text.find(';');
    const std::string_view name = text.substr(0, end);
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 1);
    const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return c > ' ' && c < 0x7f && c != ':';
    });
    if (!clean || claim.signed_headers.size() == kSignedHeadersMax) return malformed();
    claim.signed_headers.push_back(lower(name));
  }
  // A name listed twice would let a small request ask for a huge canonical one.
  std::vector<std::string_view> names(claim.signed_headers.begin(), claim.signed_headers.end());
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return malformed();
  return {};
}

Judged parse_payload(std::string_view text, std::string_view method, Claim& claim) {
  claim.payload_text = text;
  if (is_sha256_hex(text)) {
    claim.payload = Payload::kHash;
    return {};
  }
  for (const PayloadName& known : kPayloads) {
    if (text != known.text) continue;
    claim.payload = known.payload;
    if (known.payload != Payload::kUnsigned && method != "PUT") {
      return refuse("InvalidRequest", "The value of x-amz-content-sha256 header is invalid: " +
                                          std::string(text) + " is for uploads only.");
    }
    return {};
  }
  return refuse("InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.");
}

Judged check_scope(const Claim& claim, const Options& options) {
  if (claim.service != options.service) {
    return refuse_malformed(claim.form, "incorrect service \"" + claim.service +
                                            "\". This endpoint belongs to \"" + options.service +
                                            "\".");
  }
  if (claim.region != options.region) {
    auto refusal =
        refuse_malformed(claim.form, "the region '" + claim.region + "' is wrong; expecting '" +
                                         options.region + "'");
    refusal.error().expected_region = options.region;
    return refusal;
  }
  return {};
}

Judged check_headers_signed(const http::RequestHead& head, const Claim& claim) {
  std::string missing;
  if (!is_listed(claim, "host")) missing = "host";
  for (const http::Header header : head.headers.all()) {
    if (!is_amz_header(header.name) || is_listed(claim, header.name)) continue;
    // Its value is signed as the last line of the canonical request, listed or not.
    if (http::equal_ignoring_case(header.name, "x-amz-content-sha256")) continue;
    if (!missing.empty()) missing.append(", ");
    missing.append(lower(header.name));
  }
  if (missing.empty()) return {};
  auto refusal =
      refuse("AccessDenied", "There were headers present in the request which were not signed");
  refusal.error().headers_not_signed = std::move(missing);
  return refusal;
}

std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const Options& options) {
  if (!may_carry_credentials(head.query)) return parse_claim(head, codec::Query(), options);
  const auto query = codec::Query::parse(head.query);
  if (!query) return refuse("InvalidURI", "Couldn't parse the specified URI.");
  return parse_claim(head, *query, options);
}

std::expected<std::optional<Claim>, Refusal> parse_claim(const http::RequestHead& head,
                                                         const codec::Query& query,
                                                         const Options& options) {
  if (head.headers.count("authorization") > 1) {
    return refuse("InvalidArgument", "Only one Authorization header is allowed.");
  }
  std::optional<std::string_view> authorization = head.headers.get("authorization");
  // An empty header claims nothing: such a request is anonymous.
  if (authorization && authorization->empty()) authorization.reset();

  std::optional<Claim> claim;
  if (may_carry_credentials(head.query)) {
    auto parsed = parse_query_claim(head, query, options);
    if (authorization && (!parsed || parsed->has_value())) {
      return refuse("InvalidArgument",
                    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
                    "Signature query string parameter or the Authorization header should be "
                    "specified");
    }
    if (!parsed) return std::unexpected(std::move(parsed).error());
    claim = std::move(*parsed);
  }
  if (authorization) {
    auto parsed = parse_header_claim(head, *authorization, options);
    if (!parsed) return std::unexpected(std::move(parsed).error());
    claim = std::move(*parsed);
  }
  if (!claim || claim->v2) return claim;
  if (auto judged = check_scope(*claim, options); !judged) {
    return std::unexpected(std::move(judged).error());
  }
  if (auto judged = check_headers_signed(head, *claim); !judged) {
    return std::unexpected(std::move(judged).error());
  }
  return claim;
}

}  // namespace muzn::sigv4
