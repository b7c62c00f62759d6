#include "s3/token.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/varint.h"
#include "crypto/crc.h"

namespace muzn::s3 {
namespace {

constexpr char kVersion = 1;

std::uint64_t checksum(std::string_view scope, std::string_view position) {
  std::string bytes;
  codec::put_bytes(bytes, scope);  // with its length: no two pairs run together
  bytes += position;
  return crypto::crc_update(crypto::Algorithm::kCrc64Nvme, 0, bytes);
}

}  // namespace

std::string make_token(std::string_view scope, std::string_view position) {
  std::string bytes(1, kVersion);
  codec::put_be64(bytes, checksum(scope, position));
  bytes += position;
  std::string token = codec::base64_encode(bytes);
  token.erase(std::min(token.find('='), token.size()));
  std::ranges::replace(token, '+', '-');
  std::ranges::replace(token, '/', '_');
  return token;
}

Result<std::string> read_token(std::string_view scope, std::string_view token) {
  if (token.find_first_of("+/=") != std::string_view::npos) {
    return fail(Code::kInvalid, "token: not base64url");
  }
  std::string text(token);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  TRY(const std::string bytes, codec::base64_decode(text));
  codec::FieldReader reader(bytes);
  const auto version = reader.raw(1);
  const auto stored = version && version->front() == kVersion
                          ? reader.be64()
                          : Result<std::uint64_t>(fail(Code::kInvalid, "token: version"));
  if (!stored || *stored != checksum(scope, reader.rest())) {
    return fail(Code::kInvalid, "token: damaged or of another listing");
  }
  return std::string(reader.rest());
}

}  // namespace muzn::s3
