// The documents of DeleteObjects, CompleteMultipartUpload and PutBucketVersioning.
#include <gtest/gtest.h>

#include "s3/complete_xml.h"
#include "s3/delete_xml.h"
#include "s3/versioning_xml.h"

namespace muzn::s3 {
namespace {

std::string deletes(std::string_view inner) {
  return "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + std::string(inner) +
         "</Delete>";
}

TEST(DeleteXml, ReadsKeysVersionsAndConditions) {
  const auto request = parse_delete(
      deletes("<Quiet>true</Quiet><Object><Key>a</Key></Object>"
              "<Object><Key>b</Key><VersionId>null</VersionId><ETag>\"e\"</ETag><Size>7</Size>"
              "<LastModifiedTime>Thu, 01 Jan 2015 00:00:00 GMT</LastModifiedTime></Object>"));
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->quiet);
  ASSERT_EQ(request->items.size(), 2U);
  EXPECT_TRUE(request->items[0].condition.empty());
  EXPECT_EQ(request->items[1].version_id, "null");
  EXPECT_EQ(request->items[1].condition.if_match_size, 7U);
  EXPECT_TRUE(request->items[1].condition.if_match_modified);
}

TEST(DeleteXml, RefusesOtherDocuments) {
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>k</Key></Object>";
  for (const std::string& document :
       {std::string(), std::string("<x/>"), deletes(""), deletes("<Quiet>true</Quiet>"),
        deletes("<Object></Object>"), deletes("<Object><Key>a</Key><Size>-1</Size></Object>"),
        deletes("<Object><Key>a</Key><LastModifiedTime>now</LastModifiedTime></Object>"),
        deletes(many),
        std::string("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                    "<Delete><Object><Key>&x;</Key></Object></Delete>")}) {
    const auto refused = parse_delete(document);
    ASSERT_FALSE(refused) << document.substr(0, 80);
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformedXML);
  }
}

TEST(DeleteXml, TellsWhatBecameOfEachKey) {
  DeleteRequest request;
  request.items = {{.key = "a", .version_id = {}, .condition = {}},
                   {.key = "b", .version_id = {}, .condition = {}}};
  const std::vector<DeleteResult> results = {object::Removed{},
                                             std::unexpected(Error(ErrorCode::kAccessDenied))};
  const std::string loud = delete_document(request, results);
  EXPECT_NE(loud.find("<Deleted><Key>a</Key></Deleted>"), std::string::npos) << loud;
  EXPECT_NE(loud.find("<Error><Key>b</Key><Code>AccessDenied</Code>"), std::string::npos) << loud;
  request.quiet = true;
  const std::string quiet = delete_document(request, results);
  EXPECT_EQ(quiet.find("<Deleted>"), std::string::npos);
  EXPECT_NE(quiet.find("<Error>"), std::string::npos);
}

TEST(DeleteXml, TellsOfMarkers) {
  DeleteRequest request;
  request.items = {{.key = "a", .version_id = {}, .condition = {}},
                   {.key = "b", .version_id = "v", .condition = {}}};
  const std::string text =
      delete_document(request, {object::Removed{.delete_marker = true, .version_id = ""},
                                object::Removed{.delete_marker = false, .version_id = "v"}});
  EXPECT_NE(text.find("<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>"
                      "<DeleteMarkerVersionId>null</DeleteMarkerVersionId></Deleted>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("<Deleted><Key>b</Key><VersionId>v</VersionId></Deleted>"), std::string::npos)
      << text;
}

std::string versions(std::string_view inner) {
  return "<VersioningConfiguration>" + std::string(inner) + "</VersioningConfiguration>";
}

TEST(VersioningXml, BothWays) {
  using object::Versioning;
  EXPECT_EQ(parse_versioning(versions("<Status>Enabled</Status>")), Versioning::kEnabled);
  EXPECT_EQ(parse_versioning(versions("<MfaDelete>Disabled</MfaDelete><Status>Suspended</Status>")),
            Versioning::kSuspended);
  for (const Versioning one : {Versioning::kEnabled, Versioning::kSuspended}) {
    EXPECT_EQ(parse_versioning(versioning_document(one)), one);
  }
  EXPECT_EQ(versioning_document(Versioning::kNever).find("<Status>"), std::string::npos);
}

TEST(VersioningXml, RefusesOtherDocuments) {
  const std::string enabled = "<Status>Enabled</Status>";
  for (const std::string& document :
       {std::string("<x/>"), versions("<Status>enabled</Status>"), versions("<Status/>"),
        versions(enabled + enabled), versions(enabled + "<Other/>"),
        versions("<Status><a/></Status>"), versions(enabled + "<MfaDelete>x</MfaDelete>")}) {
    const auto refused = parse_versioning(document);
    ASSERT_FALSE(refused) << document;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformedXML) << document;
  }
  EXPECT_EQ(parse_versioning("").error().code, ErrorCode::kMissingRequestBodyError);
  EXPECT_EQ(parse_versioning(versions("")).error().code,
            ErrorCode::kIllegalVersioningConfigurationException);
  EXPECT_EQ(parse_versioning(versions(enabled + "<MfaDelete>Enabled</MfaDelete>")).error().code,
            ErrorCode::kNotImplemented);
}

std::string completes(std::string_view inner) {
  return "<CompleteMultipartUpload>" + std::string(inner) + "</CompleteMultipartUpload>";
}

std::string part(std::string_view number) {
  return "<Part><PartNumber>" + std::string(number) + "</PartNumber><ETag>\"e\"</ETag></Part>";
}

TEST(CompleteXml, ReadsPartsInOrder) {
  const auto parts = parse_complete(
      completes(part("2") + "<Part><ETag>f</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>"
                            "<PartNumber>10000</PartNumber></Part>"));
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(parts->at(0).number, 2);
  EXPECT_EQ(parts->at(0).etag, "e");
  EXPECT_EQ(parts->at(1).etag, "f");
  ASSERT_TRUE(parts->at(1).checksum);
  EXPECT_EQ(parts->at(1).checksum->algorithm, crypto::Algorithm::kCrc32);
}

TEST(CompleteXml, RefusesOtherDocuments) {
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += part("1");
  for (const std::string& document :
       {std::string(), completes(""), completes(part("0")), completes(part("10001")),
        completes(part("4294967297")), completes(part("1e1")), completes(part(" 1")),
        completes(part("-1")), completes("<Part><PartNumber>1</PartNumber></Part>"),
        completes(many), completes("<Quiet/>")}) {
    const auto refused = parse_complete(document);
    ASSERT_FALSE(refused) << document.substr(0, 80);
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformedXML);
  }
  const auto checksum = parse_complete(
      completes("<Part><PartNumber>1</PartNumber><ETag>e</ETag><ChecksumCRC32>!</ChecksumCRC32>"
                "</Part>"));
  ASSERT_FALSE(checksum);
  EXPECT_EQ(checksum.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace muzn::s3
