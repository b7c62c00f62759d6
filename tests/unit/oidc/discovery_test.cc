#include "oidc/discovery.h"

#include <gtest/gtest.h>

namespace muzn::oidc {
namespace {

TEST(Discovery, FindsTheKeySet) {
  EXPECT_EQ(discovery_url("https://idp.example"),
            "https://idp.example/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://idp.example/realms/a/"),
            "https://idp.example/realms/a/.well-known/openid-configuration");
  EXPECT_EQ(parse_discovery(R"({"issuer":"https://idp.example","jwks_uri":"https://k.example/j"})",
                            "https://idp.example")
                .value(),
            "https://k.example/j");
}

TEST(Discovery, RefusesOtherIssuersAndOtherSchemes) {
  const auto refuses = [](const char* text) {
    return !parse_discovery(text, "https://idp.example").has_value();
  };
  EXPECT_TRUE(refuses(R"({"issuer":"https://idp.example/","jwks_uri":"https://k.example/j"})"));
  EXPECT_TRUE(refuses(R"({"issuer":"https://IDP.example","jwks_uri":"https://k.example/j"})"));
  EXPECT_TRUE(refuses(R"({"issuer":"http://idp.example","jwks_uri":"https://k.example/j"})"));
  EXPECT_TRUE(refuses(R"({"jwks_uri":"https://k.example/j"})"));
  EXPECT_TRUE(refuses(R"({"issuer":"https://idp.example","jwks_uri":"http://k.example/j"})"));
  EXPECT_TRUE(refuses(R"({"issuer":"https://idp.example","jwks_uri":"file:///etc/passwd"})"));
  EXPECT_TRUE(refuses(R"({"issuer":"https://idp.example"})"));
  EXPECT_TRUE(refuses("[]"));
  EXPECT_TRUE(refuses(""));
}

}  // namespace
}  // namespace muzn::oidc
