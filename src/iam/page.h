// One page of a list, by AWS's Marker and MaxItems. Pure.
#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "codec/xml.h"
#include "iam/form.h"
#include "iam/reply.h"

namespace muzn::iam {

inline constexpr std::uint32_t kPageItems = 100;  // IAM: the default of MaxItems
inline constexpr std::uint32_t kPageItemsMax = 1000;

// For items in ascending order of their keys. A marker is the last key of the page before, so that
// what changes between two pages neither repeats nor hides what stays.
class Page {
 public:
  // Failures: ValidationError.
  static std::expected<Page, Failure> of(const Form& form);

  // Does the item belong to the page?
  bool take(std::string_view key);
  // Items behind this one are not asked for.
  bool is_full() const { return more_; }
  // The key that the page begins behind; "" = from the start.
  const std::string& after() const { return after_; }
  // IsTruncated, and Marker if there is more.
  void finish(codec::XmlWriter& out) const;

 private:
  std::string after_;
  std::string last_;
  std::size_t items_ = kPageItems;
  std::size_t taken_ = 0;
  bool more_ = false;
};

}  // namespace muzn::iam
