#include "s3/request_payment.h"

#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

std::string payment(std::string_view payer) {
  return "<RequestPaymentConfiguration><Payer>" + std::string(payer) +
         "</Payer></RequestPaymentConfiguration>";
}

TEST(RequestPayment, IsOneOfTwo) {
  EXPECT_EQ(parse_request_payment(payment("Requester")), Payer::kRequester);
  EXPECT_EQ(parse_request_payment(payment("BucketOwner")), Payer::kBucketOwner);
  for (const Payer payer : {Payer::kRequester, Payer::kBucketOwner}) {
    EXPECT_EQ(parse_request_payment(request_payment_document(payer)), payer);
  }
  for (const std::string& document :
       {std::string(), std::string("<x/>"), payment(""), payment("requester"),
        std::string("<RequestPaymentConfiguration/>"),
        std::string("<RequestPaymentConfiguration><Payer>Requester</Payer><Payer>BucketOwner"
                    "</Payer></RequestPaymentConfiguration>")}) {
    EXPECT_FALSE(parse_request_payment(document)) << document;
  }
}

class PaymentTest : public ObjectBench {
 protected:
  Reply set(std::string_view payer) {
    const std::string document = payment(payer);
    return request("PUT", "/bkt?requestPayment", document,
                   {{"Content-MD5", codec::base64_encode(crypto::md5(document))}});
  }
  // As bob, who may read what everybody may.
  Reply read(const HeaderList& headers = {}, const std::string& access_key = "AKBOB") {
    return request("GET", "/bkt/k", "", headers, access_key);
  }
};

TEST_F(PaymentTest, OthersSayThatTheyPay) {
  request("DELETE", "/bkt?publicAccessBlock");
  const std::string writer =
      "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter"
      "</ObjectOwnership></Rule></OwnershipControls>";
  ASSERT_EQ(request("PUT", "/bkt?ownershipControls", writer,
                    {{"Content-MD5", codec::base64_encode(crypto::md5(writer))}})
                .status,
            200);
  ASSERT_EQ(put("k", "body", {{"x-amz-acl", "public-read"}}).outcome(), "200");
  EXPECT_EQ(request("GET", "/bkt?requestPayment").text("Payer"), "BucketOwner");
  EXPECT_EQ(read().outcome(), "200");
  EXPECT_EQ(read({}, "").outcome(), "200");

  ASSERT_EQ(set("Requester").outcome(), "200");
  EXPECT_EQ(request("GET", "/bkt?requestPayment").text("Payer"), "Requester");
  EXPECT_EQ(get("k").outcome(), "200") << "the owner pays as ever";
  EXPECT_EQ(get("k").header("x-amz-request-charged"), "(none)");
  EXPECT_EQ(read().outcome(), "403 AccessDenied");
  const HeaderList agreed = {{"x-amz-request-payer", "requester"}};
  EXPECT_EQ(read(agreed).outcome(), "200");
  EXPECT_EQ(read(agreed).header("x-amz-request-charged"), "requester");
  EXPECT_EQ(read({{"x-amz-request-payer", "owner"}}).outcome(), "403 AccessDenied");
  EXPECT_EQ(read(agreed, "").outcome(), "403 AccessDenied") << "nobody can't pay";

  ASSERT_EQ(set("BucketOwner").outcome(), "200");
  EXPECT_EQ(read().outcome(), "200");
  EXPECT_EQ(set("Somebody").outcome(), "400 MalformedXML");
}

}  // namespace
}  // namespace muzn::s3
