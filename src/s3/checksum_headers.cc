#include "s3/checksum_headers.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "http/grammar.h"
#include "s3/header_list.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kPrefix = "x-amz-checksum-";

// Headers that begin like a checksum and are none.
bool speaks_of_checksums(std::string_view header) {
  return header == "x-amz-checksum-type" || header == "x-amz-checksum-algorithm" ||
         header == "x-amz-checksum-mode";
}

std::optional<std::string> decode_digest(crypto::Algorithm algorithm, std::string_view text) {
  auto raw = codec::base64_decode(text);
  if (!raw || raw->size() != crypto::digest_size(algorithm)) return std::nullopt;
  return std::move(*raw);
}

// "digest" or "digest-N".
std::optional<object::Checksum> decode_object_checksum(crypto::Algorithm algorithm,
                                                       std::string_view text) {
  object::Checksum out{.algorithm = algorithm, .type = {}, .value = {}, .parts = 0};
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto count = http::parse_decimal(text.substr(dash + 1));
    if (!count || *count == 0 || *count > static_cast<std::uint64_t>(limits::kPartNumberMax)) {
      return std::nullopt;
    }
    out.parts = static_cast<std::uint32_t>(*count);
    out.type = object::ChecksumType::kComposite;
    text = text.substr(0, dash);
  }
  auto raw = decode_digest(algorithm, text);
  if (!raw) return std::nullopt;
  out.value = std::move(*raw);
  return out;
}

struct Found {
  crypto::Algorithm algorithm;
  std::string_view value;
};

Outcome<std::optional<Found>> find_checksum(const http::Headers& headers) {
  std::optional<Found> found;
  for (const auto header : headers.all()) {
    const std::string header_name = lower(header.name);
    if (!header_name.starts_with(kPrefix) || speaks_of_checksums(header_name)) continue;
    const auto algorithm = crypto::algorithm_from_header(header_name);
    if (!algorithm) {
      return refuse(ErrorCode::kInvalidRequest,
                    "The algorithm type you specified in x-amz-checksum- header is invalid.");
    }
    if (found) return refuse_several_checksums();
    found = Found{.algorithm = *algorithm, .value = header.value};
  }
  return found;
}

// AWS words a value that cannot be a digest differently over time; as a digest that does not match
// it is BadDigest, which its SDKs and test suites expect.
std::unexpected<Error> refuse_value(crypto::Algorithm algorithm) {
  return refuse(ErrorCode::kBadDigest,
                "Value for " + crypto::checksum_header(algorithm) + " header is invalid.");
}

}  // namespace

std::unexpected<Error> refuse_several_checksums() {
  return refuse(ErrorCode::kInvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
                "allowed.");
}

Outcome<std::optional<object::Checksum>> parse_checksum_header(const http::Headers& headers) {
  TRY(const auto found, find_checksum(headers));
  if (!found) return std::nullopt;
  auto raw = decode_digest(found->algorithm, found->value);
  if (!raw) return refuse_value(found->algorithm);
  return object::Checksum{
      .algorithm = found->algorithm, .type = {}, .value = std::move(*raw), .parts = 0};
}

Outcome<std::optional<object::Checksum>> parse_object_checksum_header(
    const http::Headers& headers) {
  TRY(const auto found, find_checksum(headers));
  if (!found) return std::nullopt;
  auto checksum = decode_object_checksum(found->algorithm, found->value);
  if (!checksum) return refuse_value(found->algorithm);
  return checksum;
}

Outcome<std::optional<crypto::Algorithm>> parse_trailer_header(const http::Headers& headers) {
  std::optional<crypto::Algorithm> found;
  for (const auto header : headers.all()) {
    if (!http::equal_ignoring_case(header.name, "x-amz-trailer")) continue;
    for (const std::string_view item : list_items(header.value)) {
      const auto algorithm = crypto::algorithm_from_header(item);
      if (!algorithm) {
        return refuse(ErrorCode::kInvalidRequest,
                      "The value specified in the x-amz-trailer header is not supported");
      }
      if (found) return refuse_several_checksums();
      found = algorithm;
    }
  }
  return found;
}

Outcome<std::optional<crypto::Algorithm>> parse_checksum_algorithm(const http::Headers& headers) {
  const auto text = headers.get("x-amz-checksum-algorithm");
  if (!text) return std::nullopt;
  const auto algorithm = crypto::algorithm_from_aws_name(*text);
  if (!algorithm) {
    return refuse(ErrorCode::kInvalidRequest,
                  "Checksum algorithm provided is unsupported. Please try again with any of the "
                  "valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, "
                  "XXHASH3, XXHASH64]");
  }
  return algorithm;
}

Outcome<std::optional<object::ChecksumType>> parse_checksum_type(const http::Headers& headers) {
  const auto text = headers.get("x-amz-checksum-type");
  if (!text) return std::nullopt;
  for (const auto type : {object::ChecksumType::kFullObject, object::ChecksumType::kComposite}) {
    if (http::equal_ignoring_case(*text, name(type))) return type;
  }
  return refuse(ErrorCode::kInvalidRequest, "Value for x-amz-checksum-type header is invalid.");
}

Outcome<std::optional<object::Checksum>> parse_checksum_element(const codec::XmlNode& part) {
  constexpr std::string_view kElement = "Checksum";
  constexpr std::string_view kMessage = "Invalid Base64 or multiple checksums present in request";
  std::optional<object::Checksum> found;
  for (const auto& child : part.children) {
    if (!child.name.starts_with(kElement)) continue;
    const auto algorithm =
        crypto::algorithm_from_aws_name(std::string_view(child.name).substr(kElement.size()));
    if (!algorithm) continue;
    auto raw = decode_digest(*algorithm, child.text);
    if (!raw || found) return refuse(ErrorCode::kInvalidArgument, std::string(kMessage));
    found =
        object::Checksum{.algorithm = *algorithm, .type = {}, .value = std::move(*raw), .parts = 0};
  }
  return found;
}

std::string_view name(object::ChecksumType type) {
  return type == object::ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT";
}

std::string checksum_text(const object::Checksum& checksum) {
  std::string text = codec::base64_encode(checksum.value);
  // A part of a composite upload has that type, but its digest is plain.
  if (checksum.parts > 0) text += "-" + std::to_string(checksum.parts);
  return text;
}

void add_checksum(http::Headers& headers, const object::Checksum& checksum) {
  headers.set(crypto::checksum_header(checksum.algorithm), checksum_text(checksum));
  headers.set("x-amz-checksum-type", name(checksum.type));
}

void add_checksum(codec::XmlWriter& xml, const object::Checksum& checksum, bool with_type) {
  xml.element("Checksum" + std::string(crypto::aws_name(checksum.algorithm)),
              checksum_text(checksum));
  if (with_type) xml.element("ChecksumType", name(checksum.type));
}

}  // namespace muzn::s3
