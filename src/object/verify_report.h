// Where the parts of verify() put what they find and count. Internal to object/.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "object/judge.h"
#include "object/verify.h"

namespace muzn::object {

// What a finding is about.
struct Place {
  std::string bucket;
  std::string key;
  std::string version_id;
};
inline Place place_of_bucket(std::string name) {
  return {std::move(name), "", ""};
}

class VerifyReport {
 public:
  explicit VerifyReport(VerifyListener& listener) : listener_(listener) {}

  void error(const Place& place, std::string what) { add(true, place, std::move(what)); }
  void errors(const Place& place, Problems problems) {
    for (std::string& what : problems) error(place, std::move(what));
  }
  void warning(const Place& place, std::string what) { add(false, place, std::move(what)); }
  void progress() {
    listener_.progress(totals);
    if (!listener_.go_on()) totals.stopped = true;
  }
  bool stopped() const { return totals.stopped; }

  VerifyTotals totals;

 private:
  void add(bool is_error, const Place& place, std::string what) {
    if (totals.stopped) return;  // a walk that was cut short can't judge
    ++(is_error ? totals.errors : totals.warnings);
    listener_.found({is_error, place.bucket, place.key, place.version_id, std::move(what)});
  }

  VerifyListener& listener_;
};

// Rows of one shard, for walks that nothing stops.
class VerifyRows {
 public:
  VerifyRows(meta::Store& rows, VerifyReport& report) : rows_(rows), report_(report) {}

  using Visit = std::function<void(const meta::Row& row)>;
  // Every row with from <= key < to, also those behind a stretch that can't be read, which is told
  // as an error of `place`.
  void each(meta::ShardId shard, const std::string& from, const std::string& to, const Place& place,
            const Visit& visit);
  // nullopt when it is absent or can't be read, which is told.
  std::optional<std::string> get(meta::ShardId shard, std::string key, const Place& place);
  // The same, and absence is an error of that text.
  std::optional<std::string> need(meta::ShardId shard, std::string key, const Place& place,
                                  const char* absent);
  // How often rows could not be read: what grows meanwhile is not all there is.
  std::uint64_t unreadable() const { return unreadable_; }

 private:
  void each_around(meta::ShardId shard, std::string from, std::string to, const Visit& visit);

  meta::Store& rows_;
  VerifyReport& report_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace muzn::object
