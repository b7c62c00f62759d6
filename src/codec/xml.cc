#include "codec/xml.h"

#include <exception>
#include <pugixml.hpp>

#include "codec/xml_scan.h"

namespace muzn::codec {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// White space is kept, since it may be a key; line ends and attributes are normalised as XML says.
constexpr unsigned int kParseFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                                     pugi::parse_wconv_attribute | pugi::parse_ws_pcdata;

XmlNode shallow_copy(const pugi::xml_node& source) {
  XmlNode node;
  const std::string_view name = source.name();
  node.name = name.substr(name.find(':') + 1);  // npos + 1 is 0
  for (const pugi::xml_attribute& attribute : source.attributes()) {
    node.attributes.emplace_back(attribute.name(), attribute.value());
  }
  for (const pugi::xml_node& child : source.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      node.text += child.value();
    }
  }
  return node;
}

pugi::xml_node next_element(pugi::xml_node node) {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

XmlNode deep_copy(pugi::xml_node source) {
  XmlNode root = shallow_copy(source);
  // The copies on the way from the root to the element at hand. Each is the last child of its
  // parent, so the pointers stay valid while children are added below.
  std::vector<XmlNode*> path = {&root};
  pugi::xml_node next = next_element(source.first_child());
  while (!path.empty()) {
    if (next) {
      XmlNode& copy = path.back()->children.emplace_back(shallow_copy(next));
      path.push_back(&copy);
      source = next;
      next = next_element(source.first_child());
    } else {
      path.pop_back();
      next = path.empty() ? pugi::xml_node() : next_element(source.next_sibling());
      source = source.parent();
    }
  }
  return root;
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view wanted) const {
  for (const XmlNode& node : children) {
    if (node.name == wanted) return &node;
  }
  return nullptr;
}

std::string_view XmlNode::child_text(std::string_view wanted) const {
  const XmlNode* const found = child(wanted);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

Result<XmlNode> parse_xml(std::string_view document) {
  if (document.starts_with(kByteOrderMark)) document.remove_prefix(kByteOrderMark.size());
  TRY_VOID(scan_xml(document));
  try {
    pugi::xml_document parsed;
    const pugi::xml_parse_result outcome =
        parsed.load_buffer(document.data(), document.size(), kParseFlags, pugi::encoding_utf8);
    const pugi::xml_node root = parsed.document_element();
    if (!outcome || !root) {
      return fail(Code::kInvalid, std::string("xml: ") + outcome.description());
    }
    return deep_copy(root);
  } catch (const std::exception& error) {
    return fail(Code::kInternal, std::string("xml: ") + error.what());
  }
}

}  // namespace muzn::codec
