#include "object/multipart_plan.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/varint.h"

namespace muzn::object {
namespace {

std::unexpected<Failure> part_fault(Fault kind, int number, std::string text) {
  Failure failure(kind, std::move(text));
  failure.part_number = number;
  return std::unexpected(std::move(failure));
}

Outcome<void> judge_part(const CompletedPart& asked, const Part& stored) {
  if (asked.etag != codec::hex_encode(stored.md5)) {
    return part_fault(Fault::kInvalidPart, asked.number, "another ETag");
  }
  if (!asked.checksum) return {};
  if (!stored.checksum || stored.checksum->algorithm != asked.checksum->algorithm ||
      stored.checksum->value != asked.checksum->value) {
    return part_fault(Fault::kInvalidPart, asked.number, "another checksum");
  }
  return {};
}

Outcome<std::vector<Part>> choose_parts(const std::vector<Part>& stored,
                                        const std::vector<CompletedPart>& asked) {
  std::vector<Part> out;
  int previous = 0;
  for (const CompletedPart& one : asked) {
    if (one.number <= previous) {
      return part_fault(Fault::kInvalidPartOrder, one.number, "part numbers must ascend");
    }
    previous = one.number;
  }
  for (const CompletedPart& one : asked) {
    const auto at = std::ranges::lower_bound(stored, one.number, {}, &Part::number);
    if (at == stored.end() || at->number != one.number) {
      return part_fault(Fault::kInvalidPart, one.number, "no such part");
    }
    TRY_VOID(judge_part(one, *at));
    out.push_back(*at);
  }
  return out;
}

std::optional<Checksum> whole_checksum(const Upload& upload, const std::vector<Part>& parts) {
  if (!upload.checksum_algorithm) return std::nullopt;
  Checksum out;
  out.algorithm = *upload.checksum_algorithm;
  out.type = upload.checksum_type;
  if (out.type == ChecksumType::kComposite) {
    crypto::Hasher hasher(out.algorithm);
    for (const Part& part : parts) hasher.update(part.checksum->value);
    out.value = hasher.finish();
    out.parts = static_cast<std::uint32_t>(parts.size());
    return out;
  }
  out.value = parts.front().checksum->value;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out.value =
        crypto::combine(out.algorithm, out.value, parts[i].checksum->value, parts[i].segment.size);
  }
  return out;
}

}  // namespace

Outcome<void> judge_checksum(const std::optional<Checksum>& client,
                             const std::optional<Checksum>& ours) {
  if (!client) return {};
  // Without an algorithm of the upload nothing was computed that could be compared.
  if (!ours) return fault(Fault::kRejected, "InvalidRequest");
  if (client->algorithm != ours->algorithm) return fault(Fault::kRejected, "InvalidRequest");
  if (client->value != ours->value) return fault(Fault::kBadDigest, "checksum of the object");
  return {};
}

Outcome<MultipartPlan> plan_multipart(const Upload& upload, const std::vector<Part>& stored,
                                      const CompleteArgs& args) {
  MultipartPlan plan;
  if (args.parts.empty()) return fault(Fault::kInvalidPart, "no parts");
  if (args.checksum_type && *args.checksum_type != upload.checksum_type) {
    return fault(Fault::kRejected, "InvalidRequest");
  }
  TRY(plan.parts, choose_parts(stored, args.parts));
  crypto::Hasher md5(crypto::Algorithm::kMd5);
  for (const Part& part : plan.parts) {
    const bool last = &part == &plan.parts.back();
    if (!last && part.segment.size < limits::kPartBytesMin) {
      return part_fault(Fault::kEntityTooSmall, part.number, "part is under 5 MiB");
    }
    plan.size += part.segment.size;
    md5.update(part.md5);
    if (upload.checksum_algorithm && !part.checksum) {
      return part_fault(Fault::kInvalidPart, part.number, "part without checksum");
    }
  }
  if (plan.size > limits::kObjectBytesMax) return fault(Fault::kEntityTooLarge, "object size");
  if (plan.size > args.room) return fault(Fault::kQuota, "object size");
  if (args.size && *args.size != plan.size) return fault(Fault::kRejected, "InvalidRequest");
  plan.etag = codec::hex_encode(md5.finish()) + "-" + std::to_string(plan.parts.size());
  plan.checksum = whole_checksum(upload, plan.parts);
  TRY_VOID(judge_checksum(args.checksum, plan.checksum));
  return plan;
}

std::string part_list_hash(const std::vector<CompletedPart>& parts) {
  std::string text;
  for (const CompletedPart& part : parts) {
    codec::put_varint(text, static_cast<std::uint64_t>(part.number));
    codec::put_bytes(text, part.etag);
  }
  return crypto::sha256(text);
}

}  // namespace muzn::object
