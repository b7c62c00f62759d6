#include "iam/page.h"

#include <gtest/gtest.h>

#include "codec/uri.h"

namespace muzn::iam {
namespace {

const std::vector<std::string> kKeys = {"a", "b", "c", "d", "e"};

struct Got {
  std::vector<std::string> keys;
  std::string marker;
  bool more = false;
};

Got get(const std::string& form) {
  Got out;
  auto page = Page::of(*Form::parse(form));
  EXPECT_TRUE(page.has_value()) << form;
  if (!page) return out;
  for (const std::string& key : kKeys) {
    if (page->take(key)) out.keys.push_back(key);
  }
  codec::XmlWriter xml("R", "");
  page->finish(xml);
  const auto read = codec::parse_xml(xml.finish());
  out.more = read->child_text("IsTruncated") == "true";
  out.marker = read->child_text("Marker");
  return out;
}

TEST(Page, WithoutWordsItHasAllOfFew) {
  const Got got = get("");
  EXPECT_EQ(got.keys, kKeys);
  EXPECT_FALSE(got.more);
  EXPECT_EQ(got.marker, "");
}

TEST(Page, PagesOfEverySizeMakeTheWhole) {
  for (std::size_t size = 1; size <= 6; ++size) {
    std::vector<std::string> all;
    std::string form = "MaxItems=" + std::to_string(size);
    for (int guard = 0; guard < 10; ++guard) {
      const Got got = get(form);
      EXPECT_LE(got.keys.size(), size);
      all.insert(all.end(), got.keys.begin(), got.keys.end());
      EXPECT_EQ(got.more, !got.marker.empty());
      if (!got.more) break;
      form = "MaxItems=" + std::to_string(size) + "&Marker=" + codec::uri_encode(got.marker, true);
    }
    EXPECT_EQ(all, kKeys) << size;
  }
}

// The last item of the page before is gone: the next page begins behind where it was.
TEST(Page, AMarkerNeedsNoItem) {
  EXPECT_EQ(get("Marker=Yjk%3D").keys, (std::vector<std::string>{"c", "d", "e"}));  // "b9"
}

TEST(Page, BoundsAndMarkersAreChecked) {
  for (const char* form : {"MaxItems=0", "MaxItems=1001", "MaxItems=x", "MaxItems=", "MaxItems=-1",
                           "MaxItems=1e2", "Marker=", "Marker=%25", "Marker=YQ"}) {
    const auto page = Page::of(*Form::parse(form));
    ASSERT_FALSE(page.has_value()) << form;
    EXPECT_EQ(page.error().code, "ValidationError") << form;
  }
}

}  // namespace
}  // namespace muzn::iam
