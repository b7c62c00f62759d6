// What parses comes back from the document that we would answer.
#include <string>

#include "s3/lock_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::s3;
  const std::string document(data, data + size);
  if (const auto rule = parse_lock_configuration(document)) {
    CHECK(!*rule || ((*rule)->days == 0) != ((*rule)->years == 0));
    CHECK(parse_lock_configuration(lock_configuration_document(*rule)).value() == *rule);
  }
  if (const auto hold = parse_legal_hold(document)) {
    CHECK(parse_legal_hold(legal_hold_document(*hold)).value() == *hold);
  }
  const auto retention = parse_retention(document);
  if (retention && retention->mode != muzn::object::RetentionMode::kNone) {
    CHECK(parse_retention(retention_document(*retention)).value() == *retention);
  }
  return 0;
}
