#include "sigv4/canonical.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "codec/base64.h"
#include "codec/hex_digit.h"
#include "crypto/digest.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr std::string_view kSignatureName = "X-Amz-Signature";

constexpr std::array<bool, 256> make_unreserved() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-._~")) {
    table[static_cast<std::uint8_t>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kUnreserved = make_unreserved();

void append_encoded(std::string& out, std::uint8_t byte) {
  if (kUnreserved[byte]) {
    out.push_back(static_cast<char>(byte));
  } else {
    out.push_back('%');
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 15U]);
  }
}

// The byte that the escape at `position` stands for; -1 when it is no escape.
int escaped_byte(std::string_view text, std::size_t position) {
  if (text[position] != '%' || text.size() - position < 3) return -1;
  const int high = codec::hex_value(text[position + 1]);
  const int low = codec::hex_value(text[position + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

std::size_t unreserved_prefix(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && kUnreserved[static_cast<std::uint8_t>(text[size])]) ++size;
  return size;
}

// Decodes and encodes again; `plain` is left as it is when it stands unescaped.
void append_recoded(std::string& out, std::string_view raw, char plain, bool plus_is_space) {
  for (;;) {
    const std::size_t unreserved = unreserved_prefix(raw);
    out.append(raw.substr(0, unreserved));
    raw.remove_prefix(unreserved);
    if (raw.empty()) return;
    const int escaped = escaped_byte(raw, 0);
    if (escaped >= 0) {
      append_encoded(out, static_cast<std::uint8_t>(escaped));
      raw.remove_prefix(3);
      continue;
    }
    if (raw.front() == plain && plain != '\0') {
      out.push_back(plain);
    } else if (raw.front() == '+' && plus_is_space) {
      out.append("%20");
    } else {
      append_encoded(out, static_cast<std::uint8_t>(raw.front()));
    }
    raw.remove_prefix(1);
  }
}

// One parameter, as positions in the scratch buffer that holds all encoded parameters.
struct Param {
  std::size_t start;
  std::size_t name_size;
  std::size_t value_size;

  std::string_view name(std::string_view scratch) const { return scratch.substr(start, name_size); }
  std::string_view value(std::string_view scratch) const {
    return scratch.substr(start + name_size, value_size);
  }
};

// Trims, and makes each inner run of white space one space ("Trimall").
void append_trimmed(std::string& out, std::string_view value) {
  const std::size_t start = out.size();
  bool gap = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      gap = true;
      continue;
    }
    if (gap && out.size() > start) out.push_back(' ');
    gap = false;
    out.push_back(c);
  }
}

// Whether it is what append_recoded() would make of it, names and values of queries alike.
bool is_recoded(std::string_view raw) {
  for (;;) {
    raw.remove_prefix(unreserved_prefix(raw));
    if (raw.empty()) return true;
    const int escaped = escaped_byte(raw, 0);
    if (escaped < 0 || kUnreserved[static_cast<std::uint8_t>(escaped)] ||
        kHexDigits[static_cast<std::uint8_t>(escaped) >> 4] != raw[1] ||
        kHexDigits[static_cast<std::uint8_t>(escaped) & 15U] != raw[2]) {
      return false;
    }
    raw.remove_prefix(3);
  }
}

// Most clients send queries in canonical form, since they signed that form. Appends the query and
// returns true when it is in that form; else appends nothing.
bool append_if_canonical(std::string& out, std::string_view raw, bool omit_signature) {
  const std::size_t start = out.size();
  std::string_view last_name;
  std::string_view last_value;
  while (!raw.empty()) {
    const std::size_t end = raw.find('&');
    const std::string_view pair = raw.substr(0, end);
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) break;
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    // Where the signature stands, at the end mostly, is no matter.
    if (!omit_signature || name != kSignatureName) {
      const int order = last_name.compare(name);
      if (order > 0 || (order == 0 && last_value > value)) break;
      if (!is_recoded(name) || !is_recoded(value)) break;
      last_name = name;
      last_value = value;
      if (out.size() > start) out.push_back('&');
      out.append(pair);
    }
    if (end == std::string_view::npos) return true;
  }
  out.resize(start);
  return false;
}

// The values of all headers of that name, joined by commas. False when there is none.
bool append_values(std::string& out, const http::Headers& headers, std::string_view name) {
  bool found = false;
  for (const http::Header header : headers.all()) {
    if (!http::equal_ignoring_case(header.name, name)) continue;
    if (found) out.push_back(',');
    append_trimmed(out, header.value);
    found = true;
  }
  return found;
}

}  // namespace

void append_canonical_path(std::string& out, std::string_view raw) {
  if (raw.empty()) {
    out.push_back('/');
    return;
  }
  append_recoded(out, raw, '/', false);
}

void append_canonical_query(std::string& out, std::string_view raw, bool omit_signature) {
  if (raw.empty() || append_if_canonical(out, raw, omit_signature)) return;
  std::string scratch;
  scratch.reserve(raw.size() + raw.size() / 2);
  std::vector<Param> params;
  params.reserve(static_cast<std::size_t>(std::count(raw.begin(), raw.end(), '&')) + 1);
  while (!raw.empty()) {
    const std::size_t end = raw.find('&');
    const std::string_view pair = raw.substr(0, end);
    raw.remove_prefix(end == std::string_view::npos ? raw.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    Param param{scratch.size(), 0, 0};
    append_recoded(scratch, pair.substr(0, equals), '\0', true);
    param.name_size = scratch.size() - param.start;
    if (equals != std::string_view::npos) {
      append_recoded(scratch, pair.substr(equals + 1), '\0', true);
    }
    param.value_size = scratch.size() - param.start - param.name_size;
    if (omit_signature && param.name(scratch) == kSignatureName) {
      scratch.resize(param.start);
    } else {
      params.push_back(param);
    }
  }
  const std::string_view all = scratch;
  std::sort(params.begin(), params.end(), [all](const Param& a, const Param& b) {
    const int order = a.name(all).compare(b.name(all));
    return order != 0 ? order < 0 : a.value(all) < b.value(all);
  });
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (i > 0) out.push_back('&');
    out.append(params[i].name(all)).push_back('=');
    out.append(params[i].value(all));
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Canonical canonical_request(const http::RequestHead& head,
                            const std::vector<std::string>& signed_headers, std::string_view host,
                            std::string_view payload_text, Form form) {
  Canonical out;
  std::string& text = out.text;
  text.reserve(512 + head.target.size() * 2);
  text.append(head.method).push_back('\n');
  append_canonical_path(text, head.path);
  text.push_back('\n');
  append_canonical_query(text, head.query, form == Form::kPresigned);
  text.push_back('\n');
  for (const std::string& name : signed_headers) {
    text.append(name).push_back(':');
    if (name == "host") {
      append_trimmed(text, host);
    } else if (!append_values(text, head.headers, name)) {
      out.complete = false;
    }
    text.push_back('\n');
  }
  text.push_back('\n');
  for (std::size_t i = 0; i < signed_headers.size(); ++i) {
    if (i > 0) text.push_back(';');
    text.append(signed_headers[i]);
  }
  text.push_back('\n');
  text.append(payload_text);
  return out;
}

std::string credential_scope(std::string_view date, std::string_view region,
                             std::string_view service) {
  std::string out;
  out.reserve(date.size() + region.size() + service.size() + kTerminator.size() + 3);
  out.append(date).append("/").append(region).append("/").append(service);
  out.append("/").append(kTerminator);
  return out;
}

std::string string_to_sign(std::string_view timestamp, std::string_view scope,
                           std::string_view canonical_text) {
  std::string out;
  out.reserve(128 + scope.size());
  out.append(kAlgorithm).append("\n").append(timestamp).append("\n").append(scope).append("\n");
  out.append(codec::hex_encode(crypto::sha256(canonical_text)));
  return out;
}

std::string signature_of(std::string_view signing_key, std::string_view text) {
  return codec::hex_encode(crypto::hmac_sha256(signing_key, text));
}

}  // namespace muzn::sigv4
