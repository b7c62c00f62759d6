#include "admin/routes.h"

#include <gtest/gtest.h>

#include <set>

namespace muzn::admin {
namespace {

using Parameters = std::vector<std::string>;

std::string route_name(std::string_view method, std::string_view path) {
  const Match match = find_route(method, path);
  return match.route == nullptr ? "" : std::string(match.route->name);
}

TEST(Routes, EachIsFound) {
  std::set<std::string_view> names;
  for (const Route& route : routes()) {
    std::string path(route.pattern);
    Parameters want;
    for (std::size_t at; (at = path.find("{}")) != std::string::npos;) {
      want.push_back("p" + std::to_string(want.size()));
      path.replace(at, 2, want.back());
    }
    const Match match = find_route(route.method, path);
    ASSERT_EQ(match.route, &route) << path;
    EXPECT_EQ(match.parameters, want);
    EXPECT_TRUE(route.action.starts_with("muzn:"));
    names.insert(route.name);
  }
  EXPECT_EQ(names.size(), routes().size());
}

TEST(Routes, OtherMethods) {
  EXPECT_EQ(find_route("PUT", "accounts").allow, "POST, GET");
  EXPECT_EQ(find_route("HEAD", "whoami").allow, "GET");
  EXPECT_EQ(find_route("get", "whoami").allow, "GET");
  EXPECT_EQ(find_route("GET", "nothing").allow, "");
}

TEST(Routes, Parameters) {
  EXPECT_EQ(find_route("DELETE", "accounts/123456789012/users/a+b=c,d.e@f-g_h").parameters,
            (Parameters{"123456789012", "a+b=c,d.e@f-g_h"}));
  // As codec::uri_encode writes it.
  EXPECT_EQ(find_route("DELETE", "accounts/1/users/a%2Bb%40c").parameters,
            (Parameters{"1", "a+b@c"}));
  EXPECT_EQ(find_route("DELETE", "keys/" + std::string(128, 'K')).parameters,
            (Parameters{std::string(128, 'K')}));
}

TEST(Routes, OnlyTheExactPath) {
  for (const std::string_view path : {"",
                                      "/",
                                      "accounts/",
                                      "/accounts",
                                      "accounts//",
                                      "Accounts",
                                      "accounts ",
                                      "accounts/../keys",
                                      "./accounts",
                                      "../v1/accounts",
                                      "accounts/.",
                                      "accounts/..",
                                      "accounts/%2e%2e",
                                      "accounts%2f1",
                                      "accounts/1%2fusers",
                                      "accounts/1%2Fusers",
                                      "accounts/1/users/",
                                      "accounts/1//users",
                                      "accounts/1/users/a%2fb",
                                      "accounts/1/users/%61lice",
                                      "accounts/1/users/a%40b%2e",
                                      "accounts/1/users/a%zz",
                                      "accounts/1/users/a b",
                                      "accounts/1/users/\xc3\xbc",
                                      "accounts/1/users/a%00",
                                      "accounts/1;x",
                                      "accounts/1?x",
                                      "%61ccounts",
                                      "keys/a/b/disable",
                                      "keys//disable",
                                      "keys/a/disable/",
                                      "whoami/",
                                      "whoami%00",
                                      "accounts/{}",
                                      "{}"}) {
    for (const std::string_view method : {"GET", "POST", "DELETE"}) {
      EXPECT_EQ(route_name(method, path), "") << method << " " << path;
    }
  }
}

}  // namespace
}  // namespace muzn::admin
