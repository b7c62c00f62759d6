#include "s3/cors.h"

#include <algorithm>
#include <array>
#include <limits>

#include "codec/uri.h"
#include "codec/xml.h"
#include "http/grammar.h"
#include "s3/header_list.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kAny = "*";

std::unexpected<Error> two_wildcards(std::string_view element, std::string_view text) {
  return refuse(ErrorCode::kInvalidRequest, std::string(element) + " \"" + std::string(text) +
                                                "\" can not have more than one wildcard.");
}

// What comes back in a header must be able to stand in one.
Outcome<void> check_text(std::string_view text) {
  if (text.empty() || !http::is_field_value(text) || http::trim_ows(text) != text) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return {};
}

Outcome<void> check_pattern(std::string_view element, std::string_view text) {
  TRY_VOID(check_text(text));
  if (std::ranges::count(text, '*') > 1) return two_wildcards(element, text);
  return {};
}

Outcome<void> check_method(std::string_view text) {
  if (is_cors_method(text)) return {};
  return refuse(
      ErrorCode::kInvalidRequest,
      "Found unsupported HTTP method in CORS config. Unsupported method is " + std::string(text));
}

Outcome<void> check_exposed(std::string_view text) {
  if (text.contains('*')) {
    return refuse(ErrorCode::kInvalidRequest,
                  "ExposeHeader \"" + std::string(text) +
                      "\" contains wildcard. We currently do not support wildcard for "
                      "ExposeHeader.");
  }
  if (!http::is_token(text)) return refuse(ErrorCode::kMalformedXML);
  return {};
}

Outcome<void> take_once(const codec::XmlNode& element, bool taken) {
  if (taken) return refuse(ErrorCode::kMalformedXML, "Duplicate element " + element.name);
  return {};
}

Outcome<std::uint32_t> parse_max_age(std::string_view text) {
  const auto seconds = http::parse_decimal(http::trim_ows(text));
  if (!seconds || *seconds > std::numeric_limits<std::int32_t>::max()) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return static_cast<std::uint32_t>(*seconds);
}

Outcome<void> take_element(const codec::XmlNode& element, CorsRule& rule) {
  if (!element.children.empty()) return refuse(ErrorCode::kMalformedXML);
  const std::string& text = element.text;
  if (element.name == "AllowedMethod") {
    TRY_VOID(check_method(text));
    rule.methods.push_back(text);
  } else if (element.name == "AllowedOrigin") {
    TRY_VOID(check_pattern(element.name, text));
    rule.origins.push_back(text);
  } else if (element.name == "AllowedHeader") {
    TRY_VOID(check_pattern(element.name, text));
    rule.headers.push_back(text);
  } else if (element.name == "ExposeHeader") {
    TRY_VOID(check_exposed(text));
    rule.exposed.push_back(text);
  } else if (element.name == "MaxAgeSeconds") {
    TRY_VOID(take_once(element, rule.max_age_seconds.has_value()));
    TRY(rule.max_age_seconds, parse_max_age(text));
  } else if (element.name == "ID") {
    TRY_VOID(take_once(element, !rule.id.empty()));
    if (text.size() > kCorsIdChars) {
      return refuse(ErrorCode::kInvalidRequest,
                    "The ID length should not exceed allowed limit of " +
                        std::to_string(kCorsIdChars) + " characters.");
    }
    rule.id = text;
  } else {
    return refuse(ErrorCode::kMalformedXML);
  }
  return {};
}

Outcome<CorsRule> parse_rule(const codec::XmlNode& node) {
  CorsRule rule;
  for (const codec::XmlNode& element : node.children) TRY_VOID(take_element(element, rule));
  if (rule.methods.empty() || rule.origins.empty()) return refuse(ErrorCode::kMalformedXML);
  return rule;
}

// With at most one '*' a pattern is what comes before it and what comes after.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return text == pattern;
  const std::string_view before = pattern.substr(0, star);
  const std::string_view after = pattern.substr(star + 1);
  return text.size() >= before.size() + after.size() && text.starts_with(before) &&
         text.ends_with(after);
}

const std::string* find_origin(const CorsRule& rule, std::string_view origin) {
  const auto found = std::ranges::find_if(
      rule.origins, [origin](const std::string& pattern) { return matches(pattern, origin); });
  return found == rule.origins.end() ? nullptr : &*found;
}

bool allows_header(const CorsRule& rule, std::string_view name) {
  const std::string small = lower(name);
  return std::ranges::any_of(rule.headers, [&small](const std::string& pattern) {
    return matches(lower(pattern), small);
  });
}

std::string joined(const auto& texts) {
  std::string out;
  for (const std::string_view text : texts) {
    if (!out.empty()) out += ", ";
    out += text;
  }
  return out;
}

void write_all(codec::XmlWriter& xml, std::string_view element,
               const std::vector<std::string>& texts) {
  for (const std::string& text : texts) xml.element(element, text);
}

}  // namespace

bool is_cors_method(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "PUT", "POST", "DELETE", "HEAD"};
  return std::ranges::find(kMethods, method) != kMethods.end();
}

Outcome<std::vector<CorsRule>> parse_cors(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "CORSConfiguration" || root->children.empty()) {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (root->children.size() > kCorsRulesMax) {
    return refuse(ErrorCode::kInvalidRequest,
                  "The number of CORS rules should not exceed allowed limit of " +
                      std::to_string(kCorsRulesMax) + " rules.");
  }
  std::vector<CorsRule> rules;
  for (const codec::XmlNode& node : root->children) {
    if (node.name != "CORSRule") return refuse(ErrorCode::kMalformedXML);
    TRY(CorsRule rule, parse_rule(node));
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::string cors_document(const std::vector<CorsRule>& rules) {
  codec::XmlWriter xml("CORSConfiguration", kXmlns);
  for (const CorsRule& rule : rules) {
    xml.open("CORSRule");
    if (!rule.id.empty()) xml.element("ID", rule.id);
    write_all(xml, "AllowedMethod", rule.methods);
    write_all(xml, "AllowedOrigin", rule.origins);
    write_all(xml, "AllowedHeader", rule.headers);
    write_all(xml, "ExposeHeader", rule.exposed);
    if (rule.max_age_seconds) xml.element("MaxAgeSeconds", *rule.max_age_seconds);
    xml.close();
  }
  return xml.finish();
}

const CorsRule* find_cors_rule(const std::vector<CorsRule>& rules, const CorsQuestion& question) {
  const auto found = std::ranges::find_if(rules, [&question](const CorsRule& rule) {
    return std::ranges::find(rule.methods, question.method) != rule.methods.end() &&
           find_origin(rule, question.origin) != nullptr &&
           std::ranges::all_of(question.headers, [&rule](std::string_view name) {
             return allows_header(rule, name);
           });
  });
  return found == rules.end() ? nullptr : &*found;
}

void add_cors_headers(http::Headers& headers, const CorsRule& rule, const CorsQuestion& question) {
  const std::string* const origin = find_origin(rule, question.origin);
  CHECK(origin != nullptr);
  const bool anyone = *origin == kAny;
  headers.set("Access-Control-Allow-Origin", anyone ? kAny : question.origin);
  headers.set("Access-Control-Allow-Methods", joined(rule.methods));
  if (!question.headers.empty()) {
    headers.set("Access-Control-Allow-Headers", lower(joined(question.headers)));
  }
  if (!rule.exposed.empty()) headers.set("Access-Control-Expose-Headers", joined(rule.exposed));
  if (rule.max_age_seconds) {
    headers.set("Access-Control-Max-Age", std::to_string(*rule.max_age_seconds));
  }
  if (!anyone) headers.set("Access-Control-Allow-Credentials", "true");
}

}  // namespace muzn::s3
