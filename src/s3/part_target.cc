#include "s3/part_target.h"

#include "s3/complete_xml.h"

namespace muzn::s3 {

Outcome<PartTarget> parse_part_target(const Call& call) {
  const std::string_view text = call.query.get("partNumber").value_or("");
  const auto number = parse_part_number(text);
  if (!number) {
    return invalid_argument("Part number must be an integer between 1 and 10000, inclusive",
                            "partNumber", text);
  }
  return PartTarget{.upload = {.bucket = call.bucket,
                               .key = call.key,
                               .upload_id = std::string(call.query.get("uploadId").value_or(""))},
                    .number = *number};
}

}  // namespace muzn::s3
