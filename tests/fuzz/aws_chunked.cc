// The answer is the same however the input is split, and nothing is done without its full length.
// Input: a byte for the form, a byte for the split, two bytes of length, the body.
#include <array>

#include "codec/date.h"
#include "sigv4/chunked.h"

namespace {

using namespace muzn;

constexpr std::array<std::string_view, 3> kForms = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
};

// The corpus holds bodies signed for these very requests.
sigv4::Verified proof(std::string_view form) {
  const sigv4::Key key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  const Time now = codec::parse_iso8601_basic("20130524T000000Z").value();
  sigv4::Options options;
  options.region = "us-east-1";
  http::RequestHead head;
  head.method = "PUT";
  head.path = "/b/k";
  head.host = "h";
  sigv4::sign(head, form, key, options.region, options.service, now);
  return sigv4::verify(head, **sigv4::parse_claim(head, options), key.secret_key, now, options)
      .value();
}

struct Answer {
  std::string code;
  std::string data;
  sigv4::Trailers trailers;
  std::size_t rest = 0;
  bool operator==(const Answer&) const = default;
};

Answer decode(const sigv4::Verified& verified, std::uint64_t length, std::string_view body,
              std::size_t piece) {
  sigv4::AwsChunkedDecoder decoder(verified, length, {"x-amz-checksum-crc32c"});
  Answer answer;
  answer.code = "unfinished";
  while (!body.empty()) {
    const std::string part(body.substr(0, piece));
    const auto step = decoder.feed(part);
    if (!step) {
      answer.code = step.error().code;
      return answer;
    }
    CHECK(step->consumed > 0 && step->consumed <= part.size());
    answer.data.append(step->data);
    body.remove_prefix(step->consumed);
    if (!step->done) continue;
    answer.code = "done";
    answer.trailers = decoder.trailers();
    answer.rest = body.size();
    CHECK(answer.data.size() == length);
    return answer;
  }
  CHECK(answer.data.size() <= length);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const std::array<sigv4::Verified, 3> proofs = {proof(kForms[0]), proof(kForms[1]),
                                                        proof(kForms[2])};
  if (size < 4) return 0;
  const sigv4::Verified& verified = proofs[data[0] % proofs.size()];
  const std::uint64_t length = static_cast<std::uint64_t>(data[2]) << 8 | data[3];
  const std::string body(data + 4, data + size);
  const Answer whole = decode(verified, length, body, std::string::npos);
  CHECK(decode(verified, length, body, 1) == whole);
  CHECK(decode(verified, length, body, 1U + data[1]) == whole);
  return 0;
}
