#include "object/listing.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "object/row_keys.h"

namespace muzn::object {
namespace {

using namespace std::string_literals;

using Keys = std::set<std::string>;

struct Result {
  Lister::Page page;
  std::size_t scans = 0;
  std::size_t rows = 0;
};

Result run(const Keys& keys, ListQuery query) {
  std::map<std::string, std::string> sorted;
  for (const auto& key : keys) sorted[row::escape(key)] = key;
  Lister lister(std::move(query));
  Result out;
  while (const auto window = lister.next()) {
    EXPECT_GT(window->limit, 0U);
    std::vector<Lister::Row> rows;
    auto at = sorted.lower_bound(window->from);
    const auto end = window->to.empty() ? sorted.end() : sorted.lower_bound(window->to);
    for (; at != end && rows.size() < window->limit; ++at) {
      rows.push_back({at->first, at->second});
    }
    ++out.scans;
    out.rows += rows.size();
    const bool complete = rows.size() < window->limit;
    EXPECT_TRUE(lister.feed(std::move(rows), complete));
    if (out.scans > 100'000) {
      ADD_FAILURE() << "no progress";
      break;
    }
  }
  out.page = lister.take();
  return out;
}

ListQuery query(std::string prefix, std::string delimiter, std::string after, std::size_t limit) {
  ListQuery out;
  out.prefix = std::move(prefix);
  out.delimiter = std::move(delimiter);
  out.after = std::move(after);
  out.limit = limit;
  return out;
}

std::string show(const Lister::Page& page) {
  std::string out;
  for (const auto& entry : page.entries) out += entry.key + " ";
  out += "|";
  for (const auto& prefix : page.common_prefixes) out += " " + prefix;
  if (page.truncated) out += " +" + page.last;
  return out;
}

TEST(Listing, DelimiterPrefixOfS3Tests) {
  const Keys keys{"asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla"};
  EXPECT_EQ(show(run(keys, query("", "/", "", 1)).page), "asdf | +asdf");
  EXPECT_EQ(show(run(keys, query("", "/", "asdf", 1)).page), "| boo/ +boo/");
  EXPECT_EQ(show(run(keys, query("", "/", "boo/", 1)).page), "| cquux/");
  EXPECT_EQ(show(run(keys, query("", "/", "", 2)).page), "asdf | boo/ +boo/");
  EXPECT_EQ(show(run(keys, query("", "/", "boo/", 2)).page), "| cquux/");
  EXPECT_EQ(show(run(keys, query("boo/", "/", "", 1)).page), "boo/bar | +boo/bar");
  EXPECT_EQ(show(run(keys, query("boo/", "/", "boo/bar", 1)).page), "| boo/baz/");
  EXPECT_EQ(show(run(keys, query("boo/", "/", "", 2)).page), "boo/bar | boo/baz/");
}

TEST(Listing, Edges) {
  const Keys keys{"a", "b/1", "b/2", "c"};
  EXPECT_EQ(show(run(keys, query("", "/", "", 0)).page), "|");
  EXPECT_EQ(show(run(keys, query("", "/", "", 3)).page), "a c | b/");
  EXPECT_EQ(show(run(keys, query("", "/", "b/1", 9)).page), "c |");  // inside the common prefix
  EXPECT_EQ(show(run(keys, query("", "", "b/1", 9)).page), "b/2 c |");
  EXPECT_EQ(show(run(keys, query("b", "", "a", 9)).page), "b/1 b/2 |");
  EXPECT_EQ(show(run(keys, query("b", "", "zz", 9)).page), "|");
  EXPECT_EQ(show(run(keys, query("x", "/", "", 9)).page), "|");
  EXPECT_EQ(show(run({"asdf/"}, query("asdf/", "/", "", 9)).page), "asdf/ |");
  EXPECT_EQ(show(run({"\xff/a", "\xff\xff"}, query("\xff", "/", "\xff/", 9)).page), "\xff\xff |");
  EXPECT_EQ(show(run({"\xff\xff"
                      "1",
                      "\xff\xff"
                      "2"},
                     query("", "\xff\xff", "", 9))
                     .page),
            "| \xff\xff");
}

TEST(Listing, CommonPrefixesAreSkippedNotScanned) {
  Keys keys;
  for (int group = 0; group < 10; ++group) {
    for (int i = 0; i < 5000; ++i) {
      keys.insert(std::to_string(group) + "/" + std::to_string(i));
    }
  }
  const auto out = run(keys, query("", "/", "", 1000));
  EXPECT_EQ(out.page.common_prefixes.size(), 10U);
  EXPECT_LE(out.rows, 100U);
  const auto flat = run(keys, query("", "", "", 1000));
  EXPECT_EQ(flat.scans, 1U);
  EXPECT_EQ(flat.rows, 1001U);
}

// What a listing means, without any cleverness.
Lister::Page expected(const Keys& keys, const ListQuery& query) {
  Lister::Page page;
  for (const std::string& key : keys) {
    if (!key.starts_with(query.prefix) || query.limit == 0) continue;
    std::string item = key;
    bool is_prefix = false;
    if (!query.delimiter.empty()) {
      const auto at = key.find(query.delimiter, query.prefix.size());
      if (at != std::string::npos) {
        item = key.substr(0, at + query.delimiter.size());
        is_prefix = true;
      }
    }
    if (!query.after.empty() && item <= query.after) continue;
    if (is_prefix && !page.common_prefixes.empty() && page.common_prefixes.back() == item) continue;
    if (page.entries.size() + page.common_prefixes.size() == query.limit) {
      page.truncated = true;
      break;
    }
    page.last = item;
    if (is_prefix) {
      page.common_prefixes.push_back(item);
    } else {
      page.entries.push_back({item, "", "", 0});
    }
  }
  return page;
}

TEST(Listing, AgreesWithThePlainMeaning) {
  std::mt19937_64 rng(11);
  const auto word = [&rng](std::size_t longest) {
    static constexpr std::string_view kBytes{"ab//\0\xff", 6};
    std::string out(rng() % (longest + 1), '\0');
    for (char& c : out) c = kBytes[rng() % kBytes.size()];
    return out;
  };
  for (int i = 0; i < 3000; ++i) {
    Keys keys;
    for (std::size_t count = rng() % 60; count > 0; --count) keys.insert("k" + word(5));
    const ListQuery one = query(rng() % 2 ? "" : "k" + word(1), rng() % 3 ? word(2) : "/",
                                rng() % 2 ? "" : "k" + word(4), rng() % 12);
    ASSERT_EQ(show(run(keys, one).page), show(expected(keys, one)))
        << "prefix " << one.prefix << " delimiter " << one.delimiter << " after " << one.after
        << " limit " << one.limit << " round " << i;
  }
}

TEST(Listing, PagesTogetherAreTheWhole) {
  std::mt19937_64 rng(5);
  Keys keys;
  for (int i = 0; i < 500; ++i) {
    keys.insert(std::to_string(rng() % 30) + "/" + std::to_string(rng() % 30) +
                (rng() % 2 ? "/x" : ""));
  }
  for (const char* delimiter : {"", "/"}) {
    for (const std::size_t limit : {1UL, 3UL, 7UL}) {
      std::string all;
      std::string after;
      for (;;) {
        const auto page = run(keys, query("1", delimiter, after, limit)).page;
        for (const auto& entry : page.entries) all += entry.key + " ";
        for (const auto& prefix : page.common_prefixes) all += prefix + " ";
        if (!page.truncated) break;
        after = page.last;
      }
      std::set<std::string> items;
      const auto whole = run(keys, query("1", delimiter, "", 100'000)).page;
      for (const auto& entry : whole.entries) items.insert(entry.key);
      items.insert(whole.common_prefixes.begin(), whole.common_prefixes.end());
      std::size_t spaces = 0;
      for (const char c : all) spaces += c == ' ' ? 1 : 0;
      EXPECT_EQ(spaces, items.size());
      for (const auto& item : items)
        EXPECT_NE((" " + all).find(" " + item + " "), std::string::npos);
    }
  }
}

TEST(Listing, HiddenRowsDoNotCount) {
  Lister lister(query("", "/", "", 2),
                [](const Lister::Row& row) -> muzn::Result<bool> { return row.value == "hidden"; });
  ASSERT_TRUE(lister.next());
  ASSERT_TRUE(lister.feed({{row::escape("a/1"), "hidden"},
                           {row::escape("b"), "x"},
                           {row::escape("c/1"), "hidden"},
                           {row::escape("c/2"), "x"},
                           {row::escape("d"), "hidden"}},
                          true));
  EXPECT_FALSE(lister.next());
  EXPECT_EQ(show(lister.take()), "b | c/");
}

}  // namespace
}  // namespace muzn::object
