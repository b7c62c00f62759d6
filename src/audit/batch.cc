#include "audit/batch.h"

#include <algorithm>

#include "codec/base64.h"

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::string_view kSummaryKind = "summary";
constexpr std::string_view kGapKind = "gap";
constexpr std::string_view kUnknownClass = "unknown";
constexpr std::size_t kNameBytesMax = 64;
constexpr int kErrorStatusMin = 400;

std::uint64_t capped_sum(std::uint64_t a, std::uint64_t b) {
  return a > kLeafNumberMax || b > kLeafNumberMax - a ? kLeafNumberMax : a + b;
}

// What a leaf may show as it is, and nobody can use to write to others in a public log at length.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

// A clock that is out of its mind is no reason to have no leaf.
Time in_range(Time time) {
  return std::clamp(time, Time{}, from_micros(kLeafNumberMax));
}

std::uint64_t micros(Time time) {
  return static_cast<std::uint64_t>(to_micros(in_range(time)));
}

Json requests_json(const CountsByName& counts) {
  Json out = Json::object();
  for (const auto& [name, of_it] : counts.all()) out[name] = of_it.requests;
  return out;
}

Json counts_json(const CountsByName& counts) {
  Json out = Json::object();
  for (const auto& [name, of_it] : counts.all()) {
    out[name] = {{"requests", of_it.requests},
                 {"errors", of_it.errors},
                 {"bytes_in", of_it.bytes_in},
                 {"bytes_out", of_it.bytes_out}};
  }
  return out;
}

Leaf data_leaf(std::string_view kind, std::string account_handle, std::uint64_t sequence,
               Time time) {
  Leaf leaf;
  leaf.leaf_class = kDataClass;
  leaf.kind = kind;
  leaf.account = std::move(account_handle);
  leaf.sequence = sequence;
  leaf.time = in_range(time);
  return leaf;
}

}  // namespace

Counts& Counts::operator+=(const Counts& more) {
  requests = capped_sum(requests, more.requests);
  errors = capped_sum(errors, more.errors);
  bytes_in = capped_sum(bytes_in, more.bytes_in);
  bytes_out = capped_sum(bytes_out, more.bytes_out);
  return *this;
}

void CountsByName::add(std::string_view name, const Counts& counts) {
  const auto has_name = [&name](const auto& entry) { return entry.first == name; };
  auto found = std::ranges::find_if(all_, has_name);
  if (found == all_.end()) {
    // One place is kept for the others.
    const bool has_room = all_.size() + 1 < kNamesMax;
    if (name != kOtherName && (!has_room || !is_name(name))) return add(kOtherName, counts);
    found = all_.emplace(all_.end(), name, Counts{});
  }
  found->second += counts;
}

void CountsByName::add(const CountsByName& more) {
  for (const auto& [name, counts] : more.all_) add(name, counts);
}

void Tally::add(const Record& record, std::string_view purpose) {
  const Counts counts{.requests = 1,
                      .errors = record.status >= kErrorStatusMin ? 1U : 0U,
                      .bytes_in = record.bytes_in,
                      .bytes_out = record.bytes_out};
  ++records_;
  services_.add(record.service, counts);
  principals_.add(principal_class(record), counts);
  if (!purpose.empty()) purposes_.add(purpose, counts);
}

void Tally::add(const Tally& more) {
  records_ += more.records_;
  services_.add(more.services_);
  principals_.add(more.principals_);
  purposes_.add(more.purposes_);
}

std::string_view principal_class(const Record& record) {
  return record.principal_type.empty() ? kUnknownClass : std::string_view(record.principal_type);
}

void Batch::add(const Tally& tally, const std::vector<merkle::Hash>& lines) {
  CHECK(tally.records() == lines.size());
  tally_.add(tally);
  for (const merkle::Hash& line : lines) lines_.push(line);
}

Leaf Batch::summary(std::string account_handle, std::uint64_t sequence, Time now) const {
  Leaf leaf = data_leaf(kSummaryKind, std::move(account_handle), sequence, now);
  leaf.facts = {{"from_micros", micros(from_)},
                {"to_micros", micros(std::max(from_, now))},
                {"records", tally_.records()},
                {"root", codec::hex_encode(root().view())},
                {"services", counts_json(tally_.services())},
                {"principals", requests_json(tally_.principals())},
                {"purposes", requests_json(tally_.purposes())}};
  return leaf;
}

Leaf gap_leaf(std::string account_handle, std::uint64_t sequence, Time from, Time to,
              GapReason reason) {
  Leaf leaf = data_leaf(kGapKind, std::move(account_handle), sequence, to);
  leaf.facts = {{"from_micros", micros(from)},
                {"to_micros", micros(std::max(from, to))},
                {"reason", reason == GapReason::kCrash ? "crash" : "overflow"}};
  return leaf;
}

Leaf digest_leaf(std::string account_handle, std::uint64_t sequence, Time time,
                 std::string_view sha256, Time end) {
  Leaf leaf = data_leaf(kTrailDigestKind, std::move(account_handle), sequence, time);
  leaf.leaf_class = kLogClass;
  leaf.facts = {{"sha256", codec::hex_encode(sha256)}, {"end_micros", micros(end)}};
  return leaf;
}

Leaf log_leaf(std::string account_handle, std::uint64_t sequence, Time time,
              const merkle::Checkpoint& checkpoint) {
  Leaf leaf = data_leaf(kCheckpointKind, std::move(account_handle), sequence, time);
  leaf.leaf_class = kLogClass;
  leaf.facts = {{"origin", checkpoint.origin},
                {"size", checkpoint.size},
                {"root", codec::hex_encode(checkpoint.root.view())}};
  return leaf;
}

}  // namespace muzn::audit
