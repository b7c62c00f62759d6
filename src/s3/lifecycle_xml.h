// The document of a bucket's lifecycle rules. Pure.
// Source: PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, S3 API reference.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "object/lifecycle.h"
#include "s3/error.h"

namespace muzn::s3 {

inline constexpr std::size_t kLifecycleXmlMax = 2U << 20;  // 1,000 rules with ten tags each fit
inline constexpr std::size_t kLifecycleRulesMax = 1000;
inline constexpr std::size_t kLifecycleIdMax = 255;
inline constexpr std::uint32_t kNewerNoncurrentMax = 100;

// x-amz-transition-default-minimum-object-size: told back as it was given, since there are no
// transitions that it would bear on.
enum class TransitionMinimum : std::uint8_t { kAll128K = 0, kByStorageClass = 1 };
std::string_view name(TransitionMinimum minimum);
// "" is the default. Errors: InvalidRequest.
Outcome<TransitionMinimum> parse_transition_minimum(std::string_view text);

struct Lifecycle {
  object::LifecycleRules rules;
  TransitionMinimum transition_minimum = TransitionMinimum::kAll128K;
  bool operator==(const Lifecycle&) const = default;
};

// What a client brings; a rule without an ID has "". Errors: MalformedXML, InvalidArgument,
// InvalidRequest, InvalidTag; InvalidStorageClass for every transition, since no storage class but
// STANDARD means anything here.
Outcome<object::LifecycleRules> parse_lifecycle(std::string_view document);
// What a client is shown.
std::string lifecycle_document(const object::LifecycleRules& rules);

// The bucket's document. Errors of decode: as above.
std::string encode_lifecycle(const Lifecycle& lifecycle);
Outcome<Lifecycle> decode_lifecycle(std::string_view stored);

}  // namespace muzn::s3
