#include "s3/lifecycle_xml.h"

#include <gtest/gtest.h>

#include <utility>

#include "codec/date.h"

namespace muzn::s3::test {
namespace {

using object::LifecycleRule;
using object::LifecycleRules;

std::string document(std::string_view rules) {
  return "<LifecycleConfiguration>" + std::string(rules) + "</LifecycleConfiguration>";
}
// An enabled rule for all objects, with these members.
std::string rule(std::string_view members, std::string_view filter = "<Filter/>") {
  return document("<Rule><ID>r</ID><Status>Enabled</Status>" + std::string(filter) +
                  std::string(members) + "</Rule>");
}
std::string said(const std::string& xml) {
  const auto parsed = parse_lifecycle(xml);
  return parsed ? "ok" : std::string(name(parsed.error().code));
}

constexpr std::string_view kDays = "<Expiration><Days>1</Days></Expiration>";

LifecycleRule enabled(std::string id) {
  LifecycleRule out;
  out.id = std::move(id);
  out.enabled = true;
  return out;
}

TEST(LifecycleXml, WhatIsKeptComesBack) {
  LifecycleRule all = enabled("all");
  all.expire_days = 30;
  all.noncurrent_days = 7;
  all.newer_noncurrent = 3;
  LifecycleRule narrow;  // not enabled
  narrow.id = "narrow";
  narrow.filter = {
      .prefix = "a<b/", .tags = {{"k", "v"}, {"x", ""}}, .larger_than = 0, .smaller_than = 1000};
  narrow.expire_date = codec::parse_iso8601("2030-01-01T00:00:00Z").value();
  LifecycleRule legacy = enabled("legacy");
  legacy.is_legacy = true;
  legacy.filter.prefix = "";
  legacy.abort_days = 2;
  LifecycleRule markers = enabled("markers");
  markers.filter.prefix = "logs/";
  markers.expire_markers = true;
  for (const auto minimum : {TransitionMinimum::kAll128K, TransitionMinimum::kByStorageClass}) {
    const Lifecycle lifecycle{.rules = {all, narrow, legacy, markers},
                              .transition_minimum = minimum};
    const auto again = decode_lifecycle(encode_lifecycle(lifecycle));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, lifecycle);
  }
}

TEST(LifecycleXml, Actions) {
  const std::pair<std::string, const char*> cases[] = {
      {std::string(kDays), "ok"},
      {"", "InvalidRequest"},
      {"<Expiration><Days>0</Days></Expiration>", "InvalidArgument"},
      {"<Expiration><Days>-1</Days></Expiration>", "InvalidArgument"},
      {"<Expiration><Days>1.5</Days></Expiration>", "MalformedXML"},
      {"<Expiration><Days>99999999999999999999</Days></Expiration>", "MalformedXML"},
      {"<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>", "MalformedXML"},
      {"<Expiration/>", "MalformedXML"},
      {"<Expiration><Date>2030-01-01</Date></Expiration>", "ok"},
      {"<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>", "InvalidArgument"},
      {"<Expiration><Date>someday</Date></Expiration>", "InvalidArgument"},
      {"<Expiration><ExpiredObjectDeleteMarker>maybe</ExpiredObjectDeleteMarker></Expiration>",
       "MalformedXML"},
      {"<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>"
       "<NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
       "InvalidArgument"},
      {"<NoncurrentVersionExpiration><NewerNoncurrentVersions>1</NewerNoncurrentVersions>"
       "</NoncurrentVersionExpiration>",
       "MalformedXML"},
      {"<AbortIncompleteMultipartUpload/>", "MalformedXML"},
      {std::string(kDays) + std::string(kDays), "MalformedXML"},
      {std::string(kDays) + "<Erase/>", "MalformedXML"},
      {"<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>",
       "InvalidStorageClass"},
      {"<Transition><Days>1</Days><StorageClass>ATTIC</StorageClass></Transition>", "MalformedXML"},
  };
  for (const auto& [members, expected] : cases) EXPECT_EQ(said(rule(members)), expected) << members;
}

TEST(LifecycleXml, Filters) {
  const std::string tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
  const std::pair<std::string, const char*> cases[] = {
      {"<Filter><Prefix>a</Prefix></Filter>", "ok"},
      {"<Prefix>a</Prefix>", "ok"},
      {"", "MalformedXML"},
      {"<Prefix>a</Prefix><Filter/>", "MalformedXML"},
      {"<Filter><Prefix>a</Prefix>" + tag + "</Filter>", "MalformedXML"},
      {"<Filter><And><Prefix>a</Prefix>" + tag + "</And></Filter>", "ok"},
      {"<Filter><And>" + tag + "</And></Filter>", "MalformedXML"},
      {"<Filter><And>" + tag + tag + "</And></Filter>", "InvalidRequest"},
      {"<Filter><Tag><Key>k</Key></Tag></Filter>", "MalformedXML"},
      {"<Filter><ObjectSizeLessThan>0</ObjectSizeLessThan></Filter>", "InvalidRequest"},
      {"<Filter><And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>"
       "<ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>",
       "InvalidRequest"},
      {"<Filter><Prefix>" + std::string(1025, 'a') + "</Prefix></Filter>", "InvalidRequest"},
  };
  for (const auto& [filter, expected] : cases) {
    EXPECT_EQ(said(rule(kDays, filter)), expected) << filter.substr(0, 200);
  }
  EXPECT_EQ(said(rule("<AbortIncompleteMultipartUpload><DaysAfterInitiation>1"
                      "</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
                      "<Filter>" + tag + "</Filter>")),
            "InvalidRequest");
}

TEST(LifecycleXml, Documents) {
  EXPECT_EQ(said(""), "MalformedXML");
  EXPECT_EQ(said("<LifecycleConfiguration/>"), "MalformedXML");
  EXPECT_EQ(said("<Other><Rule/></Other>"), "MalformedXML");
  EXPECT_EQ(said(document("<Rules/>")), "MalformedXML");
  const std::string one =
      "<Rule><ID>r</ID><Status>Enabled</Status><Filter/>" + std::string(kDays) + "</Rule>";
  EXPECT_EQ(said(document(one + one)), "InvalidArgument") << "an ID twice";
  const std::string nameless =
      "<Rule><Status>Disabled</Status><Filter/>" + std::string(kDays) + "</Rule>";
  EXPECT_EQ(said(document(nameless + nameless)), "ok") << "IDs are made for them";
  EXPECT_EQ(said(document("<Rule><Status>On</Status><Filter/>" + std::string(kDays) + "</Rule>")),
            "MalformedXML");
  EXPECT_EQ(
      said(document("<Rule><ID>" + std::string(256, 'i') +
                    "</ID><Status>Enabled</Status><Filter/>" + std::string(kDays) + "</Rule>")),
      "InvalidArgument");
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += nameless;
  EXPECT_EQ(said(document(many)), "MalformedXML");
}

}  // namespace
}  // namespace muzn::s3::test
