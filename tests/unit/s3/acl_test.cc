// ACLs, Object Ownership and Block Public Access as requests see them.
#include "s3/acl_headers.h"
#include "s3/acl_xml.h"
#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

const std::string kAlice = "111111111111";
const std::string kBob = "222222222222";
constexpr const char* kEveryone = "http://acs.amazonaws.com/groups/global/AllUsers";

std::string grant(const std::string& type, const std::string& who, const std::string& permission) {
  return "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"" +
         type + "\">" + who + "</Grantee><Permission>" + permission + "</Permission></Grant>";
}
std::string acl(const std::string& grants, const std::string& owner = "canonical-alice") {
  return "<AccessControlPolicy><Owner><ID>" + owner + "</ID></Owner><AccessControlList>" + grants +
         "</AccessControlList></AccessControlPolicy>";
}
std::string everyone(const std::string& permission) {
  return grant("Group", std::string("<URI>") + kEveryone + "</URI>", permission);
}

class AclTest : public ObjectBench {
 protected:
  void SetUp() override {
    ObjectBench::SetUp();
    ASSERT_EQ(open_bucket("open", "private"), "200");
  }
  // A bucket with ACLs on and without Block Public Access.
  std::string open_bucket(const std::string& name, const std::string& canned) {
    const Reply made = request("PUT", "/" + name, "", {{"x-amz-object-ownership", "ObjectWriter"}});
    if (made.status != 200) return made.outcome();
    request("DELETE", "/" + name + "?publicAccessBlock");
    return request("PUT", "/" + name + "?acl", "", {{"x-amz-acl", canned}}).outcome();
  }
  std::string as(const std::string& key, const std::string& method, const std::string& target,
                 const std::string& body = "", const HeaderList& headers = {}) {
    return request(method, target, body, headers, key).outcome();
  }
  // "who=PERMISSION who=PERMISSION"
  std::string grants(const std::string& target, const std::string& key = "AKALICE") {
    const Reply reply = request("GET", target, "", {}, key);
    if (reply.status != 200) return reply.outcome();
    const codec::XmlNode document = reply.xml();
    std::string out;
    for (const codec::XmlNode& node : document.child("AccessControlList")->children) {
      const codec::XmlNode& who = *node.child("Grantee");
      const std::string_view uri = who.child_text("URI");
      out += (out.empty() ? "" : " ");
      out += uri.empty() ? who.child_text("DisplayName") : uri.substr(uri.rfind('/') + 1);
      out.append("=").append(node.child_text("Permission"));
    }
    return out;
  }
  // A PUT of a document that needs a checksum.
  std::string configure(const std::string& target, const std::string& document) {
    const std::string md5 = codec::base64_encode(crypto::md5(document));
    return request("PUT", target, document, {{"Content-MD5", md5}}).outcome();
  }
  std::string own(const std::string& bucket, const std::string& ownership) {
    return configure(bucket + "?ownershipControls",
                     "<OwnershipControls><Rule><ObjectOwnership>" + ownership +
                         "</ObjectOwnership></Rule></OwnershipControls>");
  }
};

TEST_F(AclTest, ANewBucketIsClosed) {
  put("k", "x");
  EXPECT_EQ(grants("/bkt?acl"), "alice=FULL_CONTROL");
  EXPECT_EQ(grants("/bkt/k?acl"), "alice=FULL_CONTROL");
  for (const std::string key : {"", "AKBOB"}) {
    EXPECT_EQ(as(key, "GET", "/bkt/k"), "403 AccessDenied");
    EXPECT_EQ(as(key, "GET", "/bkt/missing"), "403 AccessDenied");
    EXPECT_EQ(as(key, "GET", "/bkt"), "403 AccessDenied");
    EXPECT_EQ(as(key, "PUT", "/bkt/k", "y"), "403 AccessDenied");
    EXPECT_EQ(as(key, "DELETE", "/bkt/k"), "403 AccessDenied");
    EXPECT_EQ(as(key, "GET", "/bkt?acl"), "403 AccessDenied");
  }
  EXPECT_EQ(as("", "GET", "/nothere"), "404 NoSuchBucket");
}

TEST_F(AclTest, WithAclsDisabledOnlyWhatHoldsAnywayMayBeSaid) {
  for (const std::string target : {"/bkt?acl", "/bkt/k?acl"}) {
    put("k", "x");
    EXPECT_EQ(as("AKALICE", "PUT", target, "", {{"x-amz-acl", "public-read"}}),
              "400 AccessControlListNotSupported");
    EXPECT_EQ(as("AKALICE", "PUT", target, acl(everyone("READ"))),
              "400 AccessControlListNotSupported");
  }
  const std::string alice = grant("CanonicalUser", "<ID>canonical-alice</ID>", "FULL_CONTROL");
  EXPECT_EQ(as("AKALICE", "PUT", "/bkt/k?acl", acl(alice)), "200");
  EXPECT_EQ(as("AKALICE", "PUT", "/bkt/none?acl", acl(alice)), "404 NoSuchKey");
  EXPECT_EQ(as("AKALICE", "PUT", "/bkt/k?acl", acl(alice + everyone("READ"))),
            "400 AccessControlListNotSupported");
  EXPECT_EQ(as("AKALICE", "PUT", "/bkt?acl", acl(alice)), "400 AccessControlListNotSupported");
  EXPECT_EQ(put("k", "x", {{"x-amz-acl", "public-read"}}).outcome(),
            "400 AccessControlListNotSupported");
  EXPECT_EQ(
      put("k", "x", {{"x-amz-grant-read", std::string("uri=\"") + kEveryone + "\""}}).outcome(),
      "400 AccessControlListNotSupported");
  EXPECT_EQ(put("k", "x", {{"x-amz-acl", "bucket-owner-full-control"}}).outcome(), "200");
  EXPECT_EQ(put("k", "x", {{"x-amz-acl", "private"}}).outcome(), "200");
  EXPECT_EQ(put("k", "x", {{"x-amz-acl", "public-ready"}}).outcome(), "400 InvalidArgument");
}

TEST_F(AclTest, CreateBucketJudgesItsAcl) {
  const auto create = [this](const HeaderList& headers) {
    return request("PUT", "/fresh", "", headers).outcome();
  };
  EXPECT_EQ(create({{"x-amz-acl", "public-read"}}), "400 InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(create({{"x-amz-acl", "public-read"}, {"x-amz-object-ownership", "ObjectWriter"}}),
            "400 InvalidBucketAclWithBlockPublicAccessError");
  EXPECT_EQ(create({{"x-amz-acl", "everyone"}}), "400 InvalidArgument");
  EXPECT_EQ(create({{"x-amz-acl", "bucket-owner-read"}}), "400 InvalidArgument");
  EXPECT_EQ(create({{"x-amz-grant-read", "id=1"}}), "400 InvalidArgument");
  EXPECT_EQ(create({{"x-amz-grant-read", "id=canonical-bob"},
                    {"x-amz-object-ownership", "ObjectWriter"}}),
            "200");
  EXPECT_EQ(grants("/fresh?acl"), "bob=READ");
  // us-east-1: creating it again resets its ACL.
  EXPECT_EQ(create({}), "200");
  EXPECT_EQ(grants("/fresh?acl"), "alice=FULL_CONTROL");
}

TEST_F(AclTest, CannedListsOnABucketOpenIt) {
  request("PUT", "/open/k", "bytes");
  EXPECT_EQ(as("", "GET", "/open"), "403 AccessDenied");
  request("PUT", "/open?acl", "", {{"x-amz-acl", "public-read"}});
  EXPECT_EQ(grants("/open?acl"), "AllUsers=READ alice=FULL_CONTROL");
  EXPECT_EQ(as("", "GET", "/open?list-type=2"), "200");
  EXPECT_EQ(as("", "GET", "/open?uploads"), "200");
  EXPECT_EQ(as("", "GET", "/open?acl"), "403 AccessDenied");
  EXPECT_EQ(as("", "GET", "/open/k"), "403 AccessDenied");
  EXPECT_EQ(as("", "GET", "/open/missing"), "404 NoSuchKey");
  EXPECT_EQ(as("", "PUT", "/open/k", "y"), "403 AccessDenied");
  request("PUT", "/open?acl", "", {{"x-amz-acl", "authenticated-read"}});
  EXPECT_EQ(as("", "GET", "/open?list-type=2"), "403 AccessDenied");
  EXPECT_EQ(as("AKBOB", "GET", "/open?list-type=2"), "200");
}

TEST_F(AclTest, AnObjectIsItsWritersAndReadByItsOwnList) {
  request("PUT", "/open?acl", "", {{"x-amz-acl", "public-read-write"}});
  EXPECT_EQ(as("AKBOB", "PUT", "/open/bobs", "secret"), "200");
  EXPECT_EQ(as("AKALICE", "GET", "/open/bobs"), "403 AccessDenied");
  EXPECT_EQ(grants("/open/bobs?acl", "AKBOB"), "bob=FULL_CONTROL");
  EXPECT_EQ(as("AKBOB", "PUT", "/open/bobs?acl", "", {{"x-amz-acl", "bucket-owner-read"}}), "200");
  EXPECT_EQ(grants("/open/bobs?acl", "AKBOB"), "alice=READ bob=FULL_CONTROL");
  EXPECT_EQ(request("GET", "/open/bobs").body, "secret");
  EXPECT_EQ(as("AKALICE", "PUT", "/open/bobs?acl", "", {{"x-amz-acl", "public-read"}}),
            "403 AccessDenied");
  EXPECT_EQ(as("", "DELETE", "/open/bobs"), "403 AccessDenied");
  EXPECT_EQ(as("AKALICE", "DELETE", "/open/bobs"), "204");
}

TEST_F(AclTest, AnonymousWritesBelongToTheBucketsOwner) {
  request("PUT", "/open?acl", "", {{"x-amz-acl", "public-read-write"}});
  EXPECT_EQ(as("", "PUT", "/open/k", "from anyone"), "200");
  EXPECT_EQ(request("GET", "/open/k").body, "from anyone");
  EXPECT_EQ(grants("/open/k?acl"), "alice=FULL_CONTROL");
}

// Else who may only write would learn, by trying, what an object is.
TEST_F(AclTest, AConditionNeedsTheRightToRead) {
  ASSERT_EQ(open_bucket("shared", "public-read-write"), "200");
  ASSERT_EQ(as("AKALICE", "PUT", "/shared/k", "body"), "200");
  const std::string body_etag = codec::hex_encode(crypto::md5("body"));
  for (const std::string& etag : {body_etag, std::string("other")}) {
    for (const std::string header : {"If-Match", "If-None-Match"}) {
      EXPECT_EQ(as("AKBOB", "PUT", "/shared/k", "x", {{header, etag}}), "403 AccessDenied");
    }
    EXPECT_EQ(as("AKBOB", "DELETE", "/shared/k", "", {{"If-Match", etag}}), "403 AccessDenied");
    const std::string document =
        "<Delete><Object><Key>k</Key><ETag>" + etag + "</ETag></Object></Delete>";
    const Reply reply =
        request("POST", "/shared?delete", document,
                {{"Content-MD5", codec::base64_encode(crypto::md5(document))}}, "AKBOB");
    EXPECT_NE(reply.body.find("<Code>AccessDenied</Code>"), std::string::npos) << reply.body;
  }
  EXPECT_EQ(as("AKBOB", "DELETE", "/shared/k", "", {{"x-amz-if-match-size", "4"}}),
            "403 AccessDenied");
  EXPECT_EQ(as("AKBOB", "PUT", "/shared/k", "x", {{"If-None-Match", "*"}}),
            "412 PreconditionFailed")
      << "that it is there may be known";
  EXPECT_EQ(as("AKALICE", "GET", "/shared/k"), "200");
  EXPECT_EQ(as("AKBOB", "PUT", "/shared/k", "x", {{"If-Match", "*"}}), "200");
  EXPECT_EQ(
      as("AKBOB", "PUT", "/shared/k", "y", {{"If-Match", codec::hex_encode(crypto::md5("x"))}}),
      "200")
      << "its own";
}

TEST_F(AclTest, BucketOwnerPreferredTakesWhatIsHandedOver) {
  request("PUT", "/open?acl", "", {{"x-amz-acl", "public-read-write"}});
  ASSERT_EQ(own("/open", "BucketOwnerPreferred"), "200");
  EXPECT_EQ(as("AKBOB", "PUT", "/open/kept", "x"), "200");
  EXPECT_EQ(as("AKBOB", "PUT", "/open/given", "x", {{"x-amz-acl", "bucket-owner-full-control"}}),
            "200");
  EXPECT_EQ(grants("/open/kept?acl", "AKBOB"), "bob=FULL_CONTROL");
  EXPECT_EQ(grants("/open/given?acl"), "alice=FULL_CONTROL");
}

TEST_F(AclTest, GrantsByDocument) {
  const std::string bob = grant("CanonicalUser", "<ID>canonical-bob</ID>", "READ");
  EXPECT_EQ(as("AKALICE", "PUT", "/open?acl", acl(bob + everyone("WRITE"))), "200");
  EXPECT_EQ(grants("/open?acl"), "AllUsers=WRITE bob=READ");
  EXPECT_EQ(as("AKALICE", "PUT", "/open?acl",
               acl(grant("AmazonCustomerByEmail", "<EmailAddress>Bob@Example.com</EmailAddress>",
                         "READ_ACP"))),
            "200");
  EXPECT_EQ(grants("/open?acl"), "bob=READ_ACP");
  EXPECT_EQ(as("AKBOB", "GET", "/open?acl"), "200");
  EXPECT_EQ(as("AKALICE", "PUT", "/open?acl", acl("")), "200");
  EXPECT_EQ(grants("/open?acl"), "");
}

TEST_F(AclTest, BadDocuments) {
  const auto put_acl = [this](const std::string& document, const HeaderList& headers = {}) {
    return request("PUT", "/open?acl", document, headers).outcome();
  };
  EXPECT_EQ(put_acl(""), "400 MissingSecurityHeader");
  EXPECT_EQ(put_acl(acl(""), {{"x-amz-acl", "private"}}), "400 UnexpectedContent");
  EXPECT_EQ(put_acl("", {{"x-amz-acl", "private"}, {"x-amz-grant-read", "id=canonical-bob"}}),
            "400 InvalidRequest");
  EXPECT_EQ(put_acl("not xml"), "400 MalformedXML");
  EXPECT_EQ(put_acl("<AccessControlPolicy/>"), "400 MalformedACLError");
  EXPECT_EQ(put_acl(acl("<Grant/>")), "400 MalformedACLError");
  EXPECT_EQ(put_acl(acl(grant("CanonicalUser", "<ID></ID>", "READ"))), "400 MalformedACLError");
  EXPECT_EQ(put_acl(acl(grant("Robot", "<ID>canonical-bob</ID>", "READ"))),
            "400 MalformedACLError");
  EXPECT_EQ(put_acl(acl(everyone("EXECUTE"))), "400 MalformedACLError");
  EXPECT_EQ(put_acl(acl(grant("CanonicalUser", "<ID>nobody</ID>", "READ"))), "400 InvalidArgument");
  EXPECT_EQ(put_acl(acl(grant("Group", "<URI>http://example.com/all</URI>", "READ"))),
            "400 InvalidArgument");
  EXPECT_EQ(
      put_acl(acl(grant("AmazonCustomerByEmail", "<EmailAddress>x@y</EmailAddress>", "READ"))),
      "400 UnresolvableGrantByEmailAddress");
  EXPECT_EQ(put_acl(acl(everyone("READ"), "canonical-bob")), "403 AccessDenied");
  std::string many;
  for (int i = 0; i < 101; ++i) many += everyone("READ");
  EXPECT_EQ(put_acl(acl(many)), "400 MalformedACLError");
  EXPECT_EQ(grants("/open?acl"), "alice=FULL_CONTROL");
}

TEST_F(AclTest, BlockPublicAccessRefusesAndIgnores) {
  request("PUT", "/open/k", "bytes", {{"x-amz-acl", "public-read"}});
  request("PUT", "/open?acl", "", {{"x-amz-acl", "public-read"}});
  EXPECT_EQ(request("GET", "/open?publicAccessBlock").outcome(),
            "404 NoSuchPublicAccessBlockConfiguration");
  const std::string document =
      "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
      "<IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>";
  EXPECT_EQ(request("PUT", "/open?publicAccessBlock", document).outcome(), "400 InvalidRequest");
  EXPECT_EQ(configure("/open?publicAccessBlock", "<Other/>"), "400 MalformedXML");
  ASSERT_EQ(configure("/open?publicAccessBlock", document), "200");
  EXPECT_EQ(request("GET", "/open?publicAccessBlock").text("IgnorePublicAcls"), "true");
  EXPECT_EQ(request("GET", "/open?publicAccessBlock").text("RestrictPublicBuckets"), "false");
  EXPECT_EQ(as("", "GET", "/open"), "403 AccessDenied");
  EXPECT_EQ(as("", "GET", "/open/k"), "403 AccessDenied");
  EXPECT_EQ(request("PUT", "/open/k2", "x", {{"x-amz-acl", "public-read"}}).outcome(),
            "403 AccessDenied");
  EXPECT_EQ(request("PUT", "/open?acl", "", {{"x-amz-acl", "authenticated-read"}}).outcome(),
            "403 AccessDenied");
  EXPECT_EQ(request("PUT", "/open?acl", "", {{"x-amz-acl", "private"}}).outcome(), "200");
  EXPECT_EQ(as("AKBOB", "DELETE", "/open?publicAccessBlock"), "403 AccessDenied");
  EXPECT_EQ(request("DELETE", "/open?publicAccessBlock").status, 204);
  EXPECT_EQ(as("", "GET", "/open/k"), "200");
}

TEST_F(AclTest, ADeletedBucketLeavesNoWordsBehind) {
  EXPECT_EQ(state()->buckets.size(), 1U);
  EXPECT_EQ(request("DELETE", "/open").status, 204);
  EXPECT_TRUE(state()->buckets.empty());
}

TEST_F(AclTest, OwnershipControls) {
  EXPECT_EQ(
      request("GET", "/bkt?ownershipControls").xml().children.front().child_text("ObjectOwnership"),
      "BucketOwnerEnforced");
  EXPECT_EQ(request("DELETE", "/bkt?ownershipControls").status, 204);
  EXPECT_EQ(request("GET", "/bkt?ownershipControls").outcome(),
            "404 OwnershipControlsNotFoundError");
  EXPECT_EQ(request("PUT", "/bkt?acl", "", {{"x-amz-grant-read", "id=canonical-bob"}}).outcome(),
            "200");
  EXPECT_EQ(own("/bkt", "Nobody"), "400 MalformedXML");
  EXPECT_EQ(own("/bkt", "BucketOwnerEnforced"), "400 InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(request("PUT", "/bkt?acl", "", {{"x-amz-acl", "private"}}).outcome(), "200");
  EXPECT_EQ(own("/bkt", "BucketOwnerEnforced"), "200");
  EXPECT_EQ(request("PUT", "/bkt?acl", "", {{"x-amz-acl", "public-read"}}).outcome(),
            "400 AccessControlListNotSupported");
}

TEST_F(AclTest, ACopySourceIsJudgedByItsOwnRules) {
  request("PUT", "/open/shut", "x");
  request("PUT", "/open/shown", "y", {{"x-amz-acl", "public-read"}});
  ASSERT_EQ(as("AKBOB", "PUT", "/bobs"), "200");
  EXPECT_EQ(as("AKBOB", "PUT", "/bobs/k", "", {{"x-amz-copy-source", "/open/shut"}}),
            "403 AccessDenied");
  EXPECT_EQ(as("AKBOB", "PUT", "/bobs/k", "", {{"x-amz-copy-source", "/open/none"}}),
            "403 AccessDenied");
  EXPECT_EQ(as("AKBOB", "PUT", "/bobs/k", "", {{"x-amz-copy-source", "/open/shown"}}), "200");
  EXPECT_EQ(grants("/bobs/k?acl", "AKBOB"), "bob=FULL_CONTROL");
}

}  // namespace
}  // namespace muzn::s3
