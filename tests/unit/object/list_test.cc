// Listings over a store: objects, versions, and paging by markers.
#include "object/row_keys.h"
#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

class List : public ObjectTest {
 protected:
  List() { bucket_ = make_bucket(kBucket).value(); }

  static ListArgs args(std::string prefix, std::string delimiter, std::string after,
                       std::size_t limit) {
    ListArgs out;
    out.bucket = kBucket;
    out.prefix = std::move(prefix);
    out.delimiter = std::move(delimiter);
    out.after = std::move(after);
    out.limit = limit;
    return out;
  }
  static std::string show(const ListPage& page) {
    std::string out;
    for (const auto& entry : page.entries) {
      out += entry.key + (entry.version.version_id.empty() ? "" : "@" + entry.version.version_id) +
             (entry.latest ? "" : "-") + " ";
    }
    out += "|";
    for (const auto& prefix : page.common_prefixes) out += " " + prefix;
    if (page.truncated) out += " +" + page.next_after + "/" + page.next_version_id;
    return out;
  }
  std::string list(std::string prefix, std::string delimiter, std::string after,
                   std::size_t limit) {
    return show(run_sync(store_->list(args(prefix, delimiter, after, limit))).value());
  }
  std::string list_versions(std::string prefix, std::string delimiter, std::string after,
                            std::string version, std::size_t limit) {
    ListVersionsArgs out;
    out.list = args(prefix, delimiter, after, limit);
    out.version_marker = std::move(version);
    return show(run_sync(store_->list_versions(out)).value());
  }
  // Versions as a versioned bucket will have them; `stamps` newest first.
  void write_versions(std::string key, std::vector<std::uint64_t> stamps) {
    meta::Commit commit;
    commit.shard = bucket_.shard;
    bool head = true;
    for (const std::uint64_t stamp : stamps) {
      Version version;
      version.stamp = stamp;
      version.version_id = "v" + std::to_string(stamp);
      commit.put(head ? row::head(key) : row::noncurrent(key, stamp), row::encode(version));
      head = false;
    }
    ASSERT_TRUE(run_sync(rows_.commit(commit)));
  }
  Bucket bucket_;
};

TEST_F(List, Objects) {
  for (const char* key : {"a", "b/1", "b/2", "c"}) ASSERT_TRUE(put(kBucket, key, key));
  EXPECT_EQ(list("", "", "", 1000), "a b/1 b/2 c |");
  EXPECT_EQ(list("", "/", "", 1000), "a c | b/");
  EXPECT_EQ(list("", "/", "", 2), "a | b/ +b//");
  EXPECT_EQ(list("", "/", "b/", 2), "c |");
  EXPECT_EQ(list("b/", "/", "", 1), "b/1 | +b/1/");
  EXPECT_EQ(list("", "", "", 0), "|");
  const auto page = run_sync(store_->list(args("", "", "", 1))).value();
  EXPECT_EQ(page.entries.front().version.size, 1U);
}

TEST_F(List, NullVersionsAndPagingByMarkers) {
  for (const char* key : {"a", "b/1", "b/2", "c"}) ASSERT_TRUE(put(kBucket, key, key));
  EXPECT_EQ(list_versions("", "", "", "", 1000), "a b/1 b/2 c |");
  EXPECT_EQ(list_versions("", "", "", "", 2), "a b/1 | +b/1/null");
  EXPECT_EQ(list_versions("", "", "b/1", "null", 2), "b/2 c |");
  EXPECT_EQ(list_versions("", "", "b/1", "", 2), "b/2 c |");
  EXPECT_EQ(list_versions("", "/", "", "", 2), "a | b/ +b//");
  EXPECT_EQ(list_versions("", "/", "b/", "", 2), "c |");
  // The marker's version was removed meanwhile, as clients that empty a bucket do.
  ASSERT_TRUE(remove(kBucket, "b/1", {}, "null"));
  EXPECT_EQ(list_versions("", "", "b/1", "null", 2), "b/2 c |");
}

TEST_F(List, VersionsOfAKeyNewestFirst) {
  write_versions("k", {9, 7, 5});
  write_versions("k-1", {8, 2});
  EXPECT_EQ(list("", "", "", 10), "k@v9 k-1@v8 |");
  EXPECT_EQ(list_versions("", "", "", "", 10), "k@v9 k@v7- k@v5- k-1@v8 k-1@v2- |");
  std::string all;
  std::string key;
  std::string version;
  for (;;) {
    ListVersionsArgs one;
    one.list = args("", "", key, 1);
    one.version_marker = version;
    const auto page = run_sync(store_->list_versions(one)).value();
    ASSERT_EQ(page.entries.size(), 1U);
    all += page.entries.front().version.version_id + " ";
    if (!page.truncated) break;
    key = page.next_after;
    version = page.next_version_id;
  }
  EXPECT_EQ(all, "v9 v7 v5 v8 v2 ");
}

TEST_F(List, ManyVersionsMergeInOrder) {
  std::vector<std::uint64_t> stamps;
  for (std::uint64_t stamp = 3000; stamp > 0; --stamp) stamps.push_back(stamp);
  write_versions("a", {9});
  write_versions("b", stamps);
  write_versions("c", {8});
  std::string after;
  std::string version;
  std::size_t count = 0;
  std::string last;
  for (bool more = true; more;) {
    ListVersionsArgs one;
    one.list = args("", "", after, 999);
    one.version_marker = version;
    const auto page = run_sync(store_->list_versions(one)).value();
    count += page.entries.size();
    last = page.entries.back().key;
    more = page.truncated;
    after = page.next_after;
    version = page.next_version_id;
  }
  EXPECT_EQ(count, 3002U);
  EXPECT_EQ(last, "c");
}

TEST_F(List, RemovingTheHeadPromotesTheNewest) {
  write_versions("k", {9, 7, 5});
  ASSERT_TRUE(remove(kBucket, "k", {}, "v9"));
  EXPECT_EQ(list_versions("", "", "", "", 10), "k@v7 k@v5- |");
  ASSERT_TRUE(remove(kBucket, "k", {}, "v5"));
  EXPECT_EQ(list_versions("", "", "", "", 10), "k@v7 |");
  EXPECT_EQ(open(kBucket, "k", "v7").value()->version().stamp, 7U);
}

TEST_F(List, MissingBucket) {
  ListArgs one = args("", "", "", 1);
  one.bucket = "nope";
  EXPECT_TRUE(fails(run_sync(store_->list(one)), Fault::kNoSuchBucket));
}

}  // namespace
}  // namespace muzn::object::test
