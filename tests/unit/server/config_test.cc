#include "server/config.h"

#include <gtest/gtest.h>

namespace muzn::server {
namespace {

TEST(Config, FlagsWinOverEnvironmentOverFile) {
  const auto config = load_config({{"listen", "127.0.0.1:1"}, {"data", "/d"}},
                                  {{"MUZN_LISTEN", "127.0.0.1:2"}, {"MUZN_REGION", "eu-2"}},
                                  "listen = \"127.0.0.1:3\"\nregion = \"eu-3\"\nworkers = 3\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->listen, "127.0.0.1:1");
  EXPECT_EQ(config->region, "eu-2");
  EXPECT_EQ(config->workers, 3U);
}

TEST(Config, RefusesWhatItDoesNotKnow) {
  EXPECT_FALSE(load_config({{"data", "/d"}, {"lisen", "x"}}, {}, ""));
  EXPECT_FALSE(load_config({{"data", "/d"}}, {}, "lisen = \"x\"\n"));
  EXPECT_FALSE(load_config({{"data", "/d"}}, {}, "listen = [\n"));
  EXPECT_FALSE(load_config({{"data", "/d"}}, {}, "workers = \"many\"\n"));
  EXPECT_FALSE(load_config({{"data", "/d"}, {"workers", "0"}}, {}, ""));
  EXPECT_FALSE(load_config({{"data", "/d"}, {"workers", "1x"}}, {}, ""));
  EXPECT_FALSE(load_config({{"data", "/d"}, {"tls-cert", "c"}}, {}, ""));
  EXPECT_FALSE(load_config({}, {}, "")) << "data has no default";
}

TEST(Config, NamesTheOptionThatIsWrong) {
  const auto config = load_config({{"data", "/d"}}, {{"MUZN_CACHE_MIB", "x"}}, "");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().what.find("MUZN_CACHE_MIB"), std::string::npos) << config.error().what;
}

TEST(Config, DescribeReadsBackTheSame) {
  const auto config = load_config({{"data", "/d \"q\""}, {"domain", "a.example,b.example"}},
                                  {{"MUZN_LOG", "text"}, {"MUZN_PROXY_PROTOCOL", "true"}}, "");
  ASSERT_TRUE(config) << config.error().what;
  const auto again = load_config({}, {}, describe(*config));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(describe(*again), describe(*config));
  EXPECT_EQ(again->domain, (std::vector<std::string>{"a.example", "b.example"}));
  EXPECT_EQ(again->log, LogFormat::kText);
  EXPECT_TRUE(again->proxy_protocol);
}

TEST(Config, EnvironmentReplacesAListOfTheFile) {
  const auto config =
      load_config({{"data", "/d"}}, {{"MUZN_DOMAIN", "b"}}, "domain = [\"a\", \"c\"]\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->domain, std::vector<std::string>{"b"});
  const auto flags =
      load_config({{"data", "/d"}, {"domain", "x"}, {"domain", "y,z"}}, {{"MUZN_DOMAIN", "b"}}, "");
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->domain, (std::vector<std::string>{"x", "y", "z"})) << "repeated flags add";
  const auto disks = load_config({{"data", "/d"}, {"blob-dir", "/a"}, {"blob-dir", "/b"}}, {}, "");
  ASSERT_TRUE(disks);
  EXPECT_EQ(disks->blob_dir, (std::vector<std::string>{"/a", "/b"}));
  const auto labels = load_config(
      {{"data", "/d"}, {"site", "ps-1"}, {"blob-site", "/a=de-1"}, {"backup-site", "ps-2"}}, {},
      "");
  ASSERT_TRUE(labels);
  EXPECT_EQ(labels->site, "ps-1");
  EXPECT_EQ(labels->blob_site, (std::vector<std::string>{"/a=de-1"}));
  EXPECT_EQ(labels->backup_site, "ps-2");
}

TEST(SplitListen, TakesHostsAddressesAndPorts) {
  EXPECT_EQ(split_listen("127.0.0.1:9000")->second, 9000);
  EXPECT_EQ(split_listen("[::1]:0")->first, "::1");
  EXPECT_EQ(split_listen(":80")->first, "0.0.0.0");
  for (const char* bad : {"", "host", "host:", "host:x", "host:65536", "::1:80", "host:-1"}) {
    EXPECT_FALSE(split_listen(bad)) << bad;
  }
}

}  // namespace
}  // namespace muzn::server
