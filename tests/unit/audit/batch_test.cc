#include "audit/batch.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "codec/base64.h"

namespace muzn::audit {
namespace {

const std::string kHandle(64, 'a');
constexpr Time kFrom = from_micros(1'763'800'000'000'000);
constexpr Time kTo = from_micros(1'763'800'060'000'000);

Record record_of(std::string service, std::string principal, int status, std::uint64_t in,
                 std::uint64_t out) {
  Record record;
  record.service = std::move(service);
  record.principal_type = std::move(principal);
  record.status = status;
  record.bytes_in = in;
  record.bytes_out = out;
  return record;
}

Tally tally_of(const Record& record, std::string_view purpose = "") {
  Tally out;
  out.add(record, purpose);
  return out;
}

merkle::Hash line_of(const Record& record) {
  return merkle::leaf_hash(to_json(record));
}

// The tree by RFC 6962's definition, without a frontier.
merkle::Hash brute_root(const std::vector<merkle::Hash>& leaves) {
  if (leaves.empty()) return merkle::empty_root();
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
  return merkle::node_hash(brute_root({leaves.begin(), middle}),
                           brute_root({middle, leaves.end()}));
}

TEST(Batch, Golden) {
  Batch batch(kFrom);
  const Record put = record_of("s3", "user", 200, 4096, 0);
  const Record refused = record_of("s3", "", 403, 0, 300);
  const Record list = record_of("admin", "root", 200, 0, 50);
  batch.add(tally_of(put, "billing"), {line_of(put)});
  batch.add(tally_of(refused), {line_of(refused)});
  batch.add(tally_of(list), {line_of(list)});
  const std::string root =
      codec::hex_encode(brute_root({line_of(put), line_of(refused), line_of(list)}).view());
  EXPECT_EQ(encode_leaf(batch.summary(kHandle, 4, kTo)),
            R"({"account":")" + kHandle +
                R"(","class":"data","facts":{"from_micros":1763800000000000,)"
                R"("principals":{"root":1,"unknown":1,"user":1},"purposes":{"billing":1},)"
                R"("records":3,"root":")" +
                root +
                R"(","services":{"admin":{"bytes_in":0,"bytes_out":50,"errors":0,"requests":1},)"
                R"("s3":{"bytes_in":4096,"bytes_out":300,"errors":1,"requests":2}},)"
                R"("to_micros":1763800060000000},"hidden":{},"kind":"summary",)"
                R"("schema":"muzn.leaf/1","sequence":4,"time_micros":1763800060000000})");
}

TEST(Batch, GapGolden) {
  EXPECT_EQ(encode_leaf(gap_leaf("", 0, kFrom, kTo, GapReason::kCrash)),
            R"({"account":"","class":"data","facts":{"from_micros":1763800000000000,)"
            R"("reason":"crash","to_micros":1763800060000000},"hidden":{},"kind":"gap",)"
            R"("schema":"muzn.leaf/1","sequence":0,"time_micros":1763800060000000})");
  EXPECT_EQ(gap_leaf("", 0, kFrom, kTo, GapReason::kOverflow).facts["reason"], "overflow");
}

// Any records, cut into any pieces: the root is that of the list, and the counts are a recount.
TEST(Batch, IsWhatItsRecordsAre) {
  std::mt19937 random(11);
  const std::vector<std::string> services = {"s3", "admin", "server"};
  const std::vector<std::string> classes = {"root", "user", "operator", "anonymous", "unknown"};
  for (std::size_t size = 0; size <= 300; size += 1 + random() % 7) {
    Batch batch(kFrom);
    std::vector<merkle::Hash> lines;
    std::map<std::string, Counts> by_service;
    std::map<std::string, std::uint64_t> by_class;
    while (lines.size() < size) {
      Tally tally;
      std::vector<merkle::Hash> piece;
      const std::size_t end = std::min(size, lines.size() + 1 + random() % 40);
      while (lines.size() < end) {
        Record record = record_of(services[random() % services.size()], "",
                                  200 + static_cast<int>(random() % 400), random(), random());
        const std::string who = classes[random() % classes.size()];
        if (who != "unknown") record.principal_type = who;
        record.request_id = std::to_string(lines.size());
        tally.add(record, "");
        lines.push_back(line_of(record));
        piece.push_back(lines.back());
        Counts& counts = by_service[record.service];
        ++counts.requests;
        counts.errors += record.status >= 400 ? 1 : 0;
        counts.bytes_in += record.bytes_in;
        counts.bytes_out += record.bytes_out;
        ++by_class[who];
      }
      batch.add(tally, piece);
    }
    EXPECT_EQ(batch.root(), brute_root(lines)) << size;
    EXPECT_EQ(batch.tally().records(), size);
    std::map<std::string, Counts> counted;
    for (const auto& [name, counts] : batch.tally().services().all()) counted[name] = counts;
    EXPECT_EQ(counted, by_service);
    std::map<std::string, std::uint64_t> classes_counted;
    for (const auto& [name, counts] : batch.tally().principals().all()) {
      classes_counted[name] = counts.requests;
    }
    EXPECT_EQ(classes_counted, by_class);
    const Leaf leaf = batch.summary(kHandle, size, kTo);
    EXPECT_EQ(decode_leaf(encode_leaf(leaf)).value(), leaf);
  }
}

// The order is a part of what the root says.
TEST(Batch, OrderMatters) {
  const Record one = record_of("s3", "user", 200, 1, 0);
  const Record two = record_of("s3", "user", 200, 2, 0);
  Batch forward(kFrom);
  forward.add(tally_of(one), {line_of(one)});
  forward.add(tally_of(two), {line_of(two)});
  Batch backward(kFrom);
  backward.add(tally_of(two), {line_of(two)});
  backward.add(tally_of(one), {line_of(one)});
  EXPECT_NE(forward.root(), backward.root());
}

// Whoever chooses names can neither fill a leaf nor write texts of his own into it.
TEST(Batch, NamesAreBounded) {
  Tally tally;
  constexpr std::size_t kRecords = 1000;
  for (std::size_t i = 0; i < kRecords; ++i) {
    tally.add(record_of("s3", "user", 200, 1, 1), "purpose-" + std::to_string(i));
  }
  for (const char* bad : {"a\"b", "a b", "gr\xc3\xbc\xc3\x9f", "\n"}) {
    tally.add(record_of("s3", "user", 200, 1, 1), bad);
  }
  tally.add(record_of("s3", "user", 200, 1, 1), std::string(65, 'x'));
  const auto& all = tally.purposes().all();
  ASSERT_EQ(all.size(), kNamesMax);
  std::uint64_t sum = 0;
  std::uint64_t others = 0;
  for (const auto& [name, counts] : all) {
    sum += counts.requests;
    if (name == kOtherName) others = counts.requests;
  }
  EXPECT_EQ(sum, kRecords + 5);
  EXPECT_EQ(others, kRecords + 5 - (kNamesMax - 1));

  // The same when two that are full come together.
  Tally more;
  for (std::size_t i = 0; i < kNamesMax; ++i) {
    more.add(record_of("s3", "user", 200, 1, 1), "another-" + std::to_string(i));
  }
  more.add(tally);
  EXPECT_EQ(more.purposes().all().size(), kNamesMax);
  EXPECT_EQ(more.records(), kRecords + 5 + kNamesMax);
  Batch batch(kFrom);
  batch.add(more, std::vector<merkle::Hash>(more.records()));
  EXPECT_LT(encode_leaf(batch.summary(kHandle, 0, kTo)).size(), 8192U);
}

TEST(Batch, NumbersStopAtWhatALeafHolds) {
  Tally tally;
  const auto huge = std::numeric_limits<std::uint64_t>::max();
  tally.add(record_of("s3", "user", 200, huge, kLeafNumberMax - 1), "");
  tally.add(record_of("s3", "user", 200, huge, 1), "");
  tally.add(record_of("s3", "user", 200, 7, 1), "");
  const Counts& counts = tally.services().all()[0].second;
  EXPECT_EQ(counts.requests, 3U);
  EXPECT_EQ(counts.bytes_in, kLeafNumberMax);
  EXPECT_EQ(counts.bytes_out, kLeafNumberMax);
}

// A leaf is written whatever the clock does.
TEST(Batch, AClockThatGoesBack) {
  const Batch batch(kTo);
  const Leaf leaf = batch.summary("", 0, kFrom);
  EXPECT_EQ(leaf.facts["from_micros"], leaf.facts["to_micros"]);
  EXPECT_EQ(decode_leaf(encode_leaf(leaf)).value(), leaf);
  const Batch before_all(from_micros(-5));
  const Leaf early = before_all.summary("", 0, from_micros(-3));
  EXPECT_EQ(early.facts["from_micros"], 0);
  EXPECT_EQ(decode_leaf(encode_leaf(early)).value(), early);
  EXPECT_TRUE(
      decode_leaf(encode_leaf(gap_leaf("", 0, Time::min(), Time::max(), GapReason::kCrash))));
}

}  // namespace
}  // namespace muzn::audit
