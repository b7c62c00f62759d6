// XML as S3 speaks it: small documents in, well-formed documents out.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::codec {

// A parsed element. Names are local names (namespace prefix cut off); text is the concatenated
// character data of the element itself, untrimmed.
struct XmlNode {
  std::string name;
  std::string text;
  std::vector<std::pair<std::string, std::string>> attributes;  // "xsi:type" keeps its prefix
  std::vector<XmlNode> children;

  // First child of that name; nullptr when absent.
  const XmlNode* child(std::string_view name) const;
  // Text of the first child of that name; "" when absent.
  std::string_view child_text(std::string_view name) const;
};

inline constexpr std::size_t kXmlDepthMax = 32;  // S3's deepest document has 8
inline constexpr std::size_t kXmlNodesMax =
    100'000;  // CompleteMultipartUpload of 10,000 parts, 7 each
// Parses one document (UTF-8, BOM allowed). Refused with kInvalid: not well-formed, DOCTYPE,
// entities other than the five and character references, bytes that are not UTF-8, trailing
// garbage; kLimit: too deep, too many nodes. Built on pugixml; no recursion on input depth.
Result<XmlNode> parse_xml(std::string_view document);

// Writes a document element by element. Text is escaped; characters that XML 1.0 cannot carry are
// written as numeric references (&#x1;), as AWS does.
class XmlWriter {
 public:
  // Begins with the XML declaration; `xmlns` may be empty.
  XmlWriter(std::string_view root, std::string_view xmlns);
  XmlWriter& open(std::string_view name);
  XmlWriter& open(std::string_view name, std::string_view raw_attributes);  // raw_attributes as is
  XmlWriter& close();
  XmlWriter& element(std::string_view name, std::string_view text);
  XmlWriter& element(std::string_view name, std::int64_t value);
  XmlWriter& element(std::string_view name, bool value);  // true / false
  // Without this overload a literal would convert to bool.
  XmlWriter& element(std::string_view name, const char* text) {
    return element(name, std::string_view(text));
  }
  // Without this one an int or a std::size_t would be ambiguous.
  template <std::integral Integer>
  XmlWriter& element(std::string_view name, Integer value) {
    return element(name, static_cast<std::int64_t>(value));
  }
  // Closes all that is open and returns the document. The writer is spent.
  std::string finish();

 private:
  std::string out_;
  std::vector<std::string> open_;
};

std::string xml_escape(std::string_view text);

}  // namespace muzn::codec
