// The check before pugixml, which is lenient: it skips unknown entities and DOCTYPE, and takes
// several roots. What passes here is well-formed XML 1.0 (Fifth Edition) with namespaces, narrowed
// to ASCII names and widened to references of control characters (&#x1;), as XML 1.1 has them,
// because S3's own listings contain such references.
#pragma once
#include <string_view>

#include "base/error.h"

namespace muzn::codec {

// `document` has no byte order mark. Errors: as parse_xml() in codec/xml.h. Linear in the size,
// memory bounded by kXmlDepthMax and the attributes of one element.
Result<void> scan_xml(std::string_view document);

}  // namespace muzn::codec
