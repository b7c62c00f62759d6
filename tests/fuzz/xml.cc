// Any bytes can be the text of an element and come back, if they are UTF-8 without NUL. What
// parses, written and parsed again, is the same tree.
#include "codec/xml.h"
#include "codec/uri.h"

namespace {

using namespace muzn::codec;

// The recursion is bounded by kXmlDepthMax.
void write(XmlWriter& writer, const XmlNode& node) {
  std::string attributes;
  for (const auto& [name, value] : node.attributes) {
    attributes += " " + name + "=\"" + xml_escape(value) + "\"";
  }
  writer.open(node.name, attributes);
  if (!node.text.empty()) writer.element("text", node.text);
  for (const XmlNode& child : node.children) write(writer, child);
  writer.close();
}

void check_same(const XmlNode& before, const XmlNode& after) {
  CHECK(before.name == after.name && before.attributes == after.attributes);
  const std::size_t texts = before.text.empty() ? 0 : 1;
  if (texts == 1) CHECK(after.children.at(0).text == before.text);
  CHECK(after.text.empty() && after.children.size() == before.children.size() + texts);
  for (std::size_t i = 0; i < before.children.size(); ++i) {
    check_same(before.children[i], after.children[i + texts]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(data, data + size);
  XmlWriter one("R", "");
  one.element("Key", text);
  const auto parsed = parse_xml(one.finish());
  if (text.find('\0') == std::string::npos) {
    CHECK(parsed.has_value());
    if (is_utf8(text)) CHECK(parsed->child_text("Key") == text);
  } else {
    CHECK(!parsed.has_value());
  }
  const auto tree = parse_xml(text);
  if (!tree) return 0;
  XmlWriter writer("R", "");
  write(writer, *tree);
  const auto again = parse_xml(writer.finish());
  // The root and the text elements around add to the depth and the count.
  if (!again) {
    CHECK(again.error().code == muzn::Code::kLimit);
  } else {
    check_same(*tree, again->children.at(0));
  }
  return 0;
}
