// A form of IAM's: whatever it says, lists are whole and what is read was sent.
#include "iam/form.h"

#include "iam/args.h"
#include "iam/page.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::iam;
  const std::string text(data, data + size);
  const auto form = Form::parse(text);
  if (!form) return 0;
  for (const char* name : {"Tags", "TagKeys", "ActionNames", "ContextEntries"}) {
    const auto count = form->count(name);
    if (count) CHECK(*count <= kListMembersMax);
    const auto list = form->list(name);
    if (list) CHECK(count.has_value() && list->size() == *count);
  }
  if (const auto tags = tags_of(*form)) CHECK(tags->size() <= kTagsMax);
  if (const auto name = name_of(*form, "UserName", kUserNameBytesMax)) {
    CHECK(!name->empty() && name->size() <= kUserNameBytesMax);
  }
  if (const auto path = path_of(*form)) CHECK(path->starts_with('/') && path->ends_with('/'));
  if (auto page = Page::of(*form)) {
    for (const char* key : {"a", "b", "c"}) page->take(key);
    muzn::codec::XmlWriter out("R", "");
    page->finish(out);
    CHECK(muzn::codec::parse_xml(out.finish()).has_value());
  }
  return 0;
}
