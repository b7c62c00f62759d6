#include "iam/page.h"

#include "codec/base64.h"
#include "iam/args.h"

namespace muzn::iam {

std::expected<Page, Failure> Page::of(const Form& form) {
  Page out;
  TRY(const auto items, number_of(form, "MaxItems", 1, kPageItemsMax));
  out.items_ = items.value_or(kPageItems);
  if (const auto marker = form.get("Marker")) {
    const auto key = codec::base64_decode(*marker);
    if (!key || key->empty()) return invalid_value("Invalid Marker.");
    out.after_ = *key;
  }
  return out;
}

bool Page::take(std::string_view key) {
  if (key <= after_ || more_) return false;
  if (taken_ == items_) {
    more_ = true;
    return false;
  }
  ++taken_;
  last_ = key;
  return true;
}

void Page::finish(codec::XmlWriter& out) const {
  out.element("IsTruncated", more_);
  if (more_) out.element("Marker", codec::base64_encode(last_));
}

}  // namespace muzn::iam
