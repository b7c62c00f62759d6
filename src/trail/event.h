// A canonical record as CloudTrail tells it. Pure.
// Sources: AWS, "CloudTrail record contents for management, data, and network activity events",
// "CloudTrail userIdentity element", "Amazon S3 CloudTrail events". docs/formats/cloudtrail.md.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/record.h"

namespace muzn::trail {

enum class Category : std::uint8_t {
  kNone,  // no event: health pages, requests that are no operation
  kManagement,
  kData,
};

struct EventKind {
  Category category = Category::kNone;
  std::string_view source;  // "s3.amazonaws.com"; borrowed of the table
  std::string name;         // as AWS names the event, which is not always the operation's name
  bool read_only = false;
};
EventKind kind_of(std::string_view service, std::string_view operation);

// What a record does not say of itself.
struct EventContext {
  std::string_view region;
  std::string_view recipient;      // account that gets the event
  std::string_view principal_id;   // unique id of a user; "" of others
  std::string_view role_arn = {};  // of a role's session; "" of others
};

// One JSON object. REQUIRES a kind that is not kNone.
std::string event_json(const audit::Record& record, const EventKind& kind,
                       const EventContext& context);

// The event's id, a UUID: the same record has the same one, so that what is told twice is known.
std::string event_id(const audit::Record& record);

// ARN of the object, or of all of the bucket ("<bucket ARN>/"): what selectors of data events are
// compared with. "" without a bucket.
std::string object_arn(const audit::Record& record);

}  // namespace muzn::trail
