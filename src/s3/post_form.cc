#include "s3/post_form.h"

#include <algorithm>
#include <array>

#include "codec/uri.h"
#include "crypto/digest.h"
#include "http/grammar.h"
#include "s3/header_list.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

using Kind = http::FormDataParser::Kind;

constexpr std::string_view kFile = "file";
constexpr std::string_view kFileName = "${filename}";
constexpr std::string_view kBucket = "bucket";

// Of a path only what follows the last slash of either kind (AWS: "${filename}").
std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string expanded(std::string_view text, std::string_view file_name) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find(kFileName);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    out.append(file_name);
    text.remove_prefix(at + kFileName.size());
  }
}

// A policy and its signature mean what they are, letter by letter.
http::Headers with_file_name(const http::Headers& fields, std::string_view file_name) {
  constexpr std::array<std::string_view, 3> kLiteral = {"policy", "signature", "x-amz-signature"};
  http::Headers out;
  for (const http::Header field : fields.all()) {
    const bool literal = std::ranges::any_of(kLiteral, [&field](std::string_view name) {
      return http::equal_ignoring_case(name, field.name);
    });
    out.add(field.name, literal ? std::string(field.value) : expanded(field.value, file_name));
  }
  return out;
}

Outcome<std::string> tagging_header(std::string_view document) {
  TRY(const object::Pairs tags, parse_tagging_document(document, kObjectTagsMax));
  std::string out;
  for (const auto& [tag, value] : tags) {
    if (!out.empty()) out += '&';
    out.append(codec::uri_encode(tag, true)).append("=").append(codec::uri_encode(value, true));
  }
  return out;
}

// Fields of the object that are called as PutObject's headers are. Whatever else a form may bring
// is left out: a header that PutObject knows and forms do not must not slip in.
bool is_object_header(std::string_view name) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"cache-control", "content-disposition", "content-encoding", "content-language",
       "content-md5", "content-type", "expires", "x-amz-expected-bucket-owner",
       "x-amz-request-payer", "x-amz-sdk-checksum-algorithm", "x-amz-storage-class",
       "x-amz-website-redirect-location"});
  return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("x-amz-meta-") ||
         name.starts_with("x-amz-checksum-") || name.starts_with("x-amz-grant-") ||
         name.starts_with("x-amz-object-lock-") || name.starts_with("x-amz-server-side-encryption");
}

}  // namespace

std::unexpected<muzn::Error> PostForm::reject(Error refusal) {
  done_ = true;
  std::string what(name(refusal.code));
  refusal_ = std::move(refusal);
  return fail(Code::kInvalid, std::move(what));
}

Task<Outcome<PostForm::Event>> PostForm::next() {
  for (;;) {
    const auto step = parser_.feed(pending_);
    if (!step) co_return refuse(ErrorCode::kMalformedPOSTRequest);
    pending_.remove_prefix(step->consumed);
    if (step->kind != Kind::kMore) co_return Event{.kind = step->kind, .data = step->data};
    std::string left(pending_);
    CO_TRY(const std::string_view piece, co_await raw_.read());
    if (piece.empty()) co_return refuse(ErrorCode::kMalformedPOSTRequest);
    if (left.empty()) {
      pending_ = piece;
      continue;
    }
    carry_ = std::move(left);
    carry_.append(piece);
    pending_ = carry_;
  }
}

Outcome<void> PostForm::end_field() {
  const std::string& name = parser_.part().name;
  if (fields_.has(name)) {
    return invalid_argument("POST requires exactly one field of each name.", name, value_);
  }
  fields_.add(name, value_);
  value_.clear();
  return {};
}

Task<Outcome<void>> PostForm::read_fields() {
  for (;;) {
    CO_TRY(const Event event, co_await next());
    switch (event.kind) {
      case Kind::kPart:
        fields_size_ += parser_.part().name.size();
        if (!http::equal_ignoring_case(parser_.part().name, kFile)) break;
        fields_ = with_file_name(fields_, base_name(parser_.part().file_name.value_or("")));
        co_return Outcome<void>();
      case Kind::kData:
        fields_size_ += event.data.size();
        if (fields_size_ <= kFormBytesMax) value_.append(event.data);
        break;
      case Kind::kPartEnd:
        CO_TRY_VOID(end_field());
        break;
      case Kind::kEnd:
      case Kind::kMore:
        co_return refuse(ErrorCode::kIncorrectNumberOfFilesInPostRequest);
    }
    if (fields_size_ > kFormBytesMax || fields_.all().size() > kFormFieldsMax) {
      co_return refuse(ErrorCode::kMaxPostPreDataLengthExceededError);
    }
  }
}

http::Headers PostForm::fields_with(std::string_view bucket) const {
  http::Headers out = fields_;
  out.set(kBucket, bucket);
  return out;
}

Task<Result<std::string_view>> PostForm::read() {
  if (refusal_) co_return fail(Code::kInvalid, std::string(name(refusal_->code)));
  if (done_) co_return std::string_view{};
  auto event = co_await next();
  if (!event) co_return reject(std::move(event).error());
  if (event->kind == Kind::kData) {
    size_ += event->data.size();
    co_return event->data;
  }
  co_return co_await end_file();
}

// The form has to end, too: a client that went away half-way did not mean what it sent.
Task<Result<std::string_view>> PostForm::end_file() {
  if (size_ < size_min_) {
    Error error(ErrorCode::kEntityTooSmall);
    error.extra = {{"ProposedSize", std::to_string(size_)},
                   {"MinSizeAllowed", std::to_string(size_min_)}};
    co_return reject(std::move(error));
  }
  for (;;) {
    auto event = co_await next();
    if (!event) co_return reject(std::move(event).error());
    if (event->kind == Kind::kEnd) break;
  }
  for (;;) {
    CO_TRY(const std::string_view rest, co_await raw_.read());
    if (rest.empty()) break;
  }
  done_ = true;
  co_return std::string_view{};
}

Outcome<http::Headers> object_headers_of(const http::Headers& fields) {
  http::Headers out;
  for (const http::Header field : fields.all()) {
    const std::string name = lower(field.name);
    if (name == "tagging") {
      TRY(const std::string tags, tagging_header(field.value));
      out.add("x-amz-tagging", tags);
      continue;
    }
    const std::string_view header = name == "acl" ? "x-amz-acl" : std::string_view(name);
    if (name != "acl" && !is_object_header(name)) continue;
    if (!http::is_token(header) || !http::is_field_value(field.value)) {
      return invalid_argument("A field of the form has a value that a header could not have.",
                              field.name, field.value);
    }
    out.add(header, http::trim_ows(field.value));
  }
  return out;
}

std::optional<std::string> redirect_of(const http::Headers& fields, std::string_view bucket,
                                       std::string_view key, std::string_view etag) {
  auto url = fields.get("success_action_redirect");
  if (!url) url = fields.get("redirect");  // its older name
  if (!url) return std::nullopt;
  const bool plain = std::ranges::all_of(*url, [](char c) { return c > ' ' && c < 0x7f; });
  if (!plain || !(url->starts_with("http://") || url->starts_with("https://"))) {
    return std::nullopt;
  }
  const std::size_t fragment = std::min(url->find('#'), url->size());
  std::string out(url->substr(0, fragment));
  out += out.contains('?') ? '&' : '?';
  out.append("bucket=").append(codec::uri_encode(bucket, true));
  out.append("&key=").append(codec::uri_encode(key, true));
  out.append("&etag=%22").append(codec::uri_encode(etag, true)).append("%22");
  out.append(url->substr(fragment));
  return out;
}

int success_status_of(const http::Headers& fields) {
  const std::string_view text = fields.get("success_action_status").value_or("");
  if (text == "200") return 200;
  if (text == "201") return 201;
  return 204;
}

}  // namespace muzn::s3
