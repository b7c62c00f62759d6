// One pass in the order of the keys: the cursor, events, keys, states, what waits.
#include "trail/verify.h"

#include <algorithm>
#include <map>
#include <optional>

#include "codec/date.h"
#include "codec/json.h"
#include "codec/varint.h"
#include "control/names.h"
#include "trail/rows.h"

namespace muzn::trail {
namespace {

constexpr std::size_t kPageRows = 256;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kEventKeyBytes = 1 + kAccountChars + 2 * kNumberBytes;
constexpr std::int64_t kSecondMicros = 1'000'000;

std::uint64_t number_at(std::string_view key, std::size_t at) {
  return codec::FieldReader(key.substr(at, kNumberBytes)).be64().value_or(0);
}

// Of a trail, while its rows are read.
struct Seen {
  TrailState state;
  bool is_there = true;  // by the acts
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  bool has_planned = false;  // the last event of the planned file
};

class Check {
 public:
  Check(meta::Store& rows, const control::Trails* trails) : rows_(rows), trails_(trails) {}

  object::OtherRows run() {
    std::string from;
    for (;;) {
      const auto page = run_sync(rows_.scan(kTrailShard, from, "", kPageRows));
      if (!page) {
        error("rows can't be read: " + page.error().what);
        return std::move(out_);
      }
      for (const meta::Row& row : *page) take(row);
      if (page->size() < kPageRows) break;
      from = page->back().key + '\0';
    }
    for (const auto& [id, seen] : seen_) judge(id, seen);
    return std::move(out_);
  }

 private:
  void error(const std::string& what) { out_.errors.push_back("trails: " + what); }

  void take(const meta::Row& row) {
    ++out_.rows;
    if (row.key == kCursorRow) return cursor(row);
    if (row.key.starts_with(kEventPrefix)) return event(row);
    if (row.key.starts_with(kKeyPrefix)) return key(row);
    if (row.key.starts_with(kStatePrefix)) return state(row);
    if (row.key.starts_with(kWaitingPrefix)) return waiting(row);
    error("a row of an unknown tag");
  }

  void cursor(const meta::Row& row) {
    const auto next = decode_cursor(row.value);
    if (!next) return error(next.error().what);
    cursor_ = *next;
  }

  // Rows of events come with a cursor that has passed them.
  void judge_sequence(std::uint64_t sequence, const char* of) {
    if (sequence < cursor_) return;
    error(std::string(of) + " of sequence " + std::to_string(sequence) +
          " that was not taken from the journal");
  }

  void event(const meta::Row& row) {
    if (row.key.size() != kEventKeyBytes) return error("an event's key is none");
    const std::string account = row.key.substr(1, kAccountChars);
    if (!control::is_account_id(account)) return error("an event's key has no account");
    judge_sequence(number_at(row.key, row.key.size() - kNumberBytes), "an event");
    const auto json = codec::parse_json(row.value);
    if (!json || !json->is_object()) return error("an event of " + account + " does not read");
    const auto time = codec::parse_iso8601(codec::json_string(*json, "eventTime"));
    const auto micros = static_cast<std::int64_t>(number_at(row.key, 1 + kAccountChars));
    if (!time || to_micros(*time) / kSecondMicros != micros / kSecondMicros) {
      error("an event of " + account + " lies at another time than its own");
    }
    if (codec::json_string(*json, "recipientAccountId") != account) {
      error("an event of " + account + " is another account's");
    }
  }

  void key(const meta::Row& row) {
    const auto found = decode_key(row.value);
    if (!found) return error(found.error().what);
    if (row.key != key_row(found->from)) error("a signing key lies at another time than its own");
    if (found->from >= found->to) error("a signing key ends before it begins");
    if (found->public_der.empty() || found->sealed.empty()) error("a signing key has no key");
  }

  void state(const meta::Row& row) {
    const auto id = trail_of_state_row(row.key);
    if (!id || !control::is_account_id(id->first) || id->second.empty()) {
      return error("a state's key names no trail");
    }
    const auto found = decode_state(row.value);
    if (!found) {
      unread_ = true;
      return error("the state of " + name(*id) + ": " + found.error().what);
    }
    Seen seen{.state = *found};
    if (trails_ != nullptr) {
      const auto known = trails_->find(*id);
      seen.is_there = known != trails_->end() && known->second.trail.created == found->created;
    }
    if (!seen.is_there) {
      out_.warnings.push_back("trails: rows of " + name(*id) +
                              ", which is gone, wait to be dropped");
    }
    seen_.emplace(*id, std::move(seen));
  }

  void waiting(const meta::Row& row) {
    // w account / trail / be64
    const std::string_view rest = std::string_view(row.key).substr(kWaitingPrefix.size());
    const std::size_t slash = rest.find('/');
    const std::size_t end = rest.size() - std::min(rest.size(), kNumberBytes + 1);
    if (slash == std::string_view::npos || slash >= end || rest[end] != '/') {
      return error("the key of a waiting event is none");
    }
    const TrailId id(rest.substr(0, slash), rest.substr(slash + 1, end - slash - 1));
    const std::uint64_t sequence = number_at(row.key, row.key.size() - kNumberBytes);
    judge_sequence(sequence, "a waiting event");
    const auto found = decode_waiting(row.value);
    if (!found) error("an event that waits for " + name(id) + ": " + found.error().what);
    const auto seen = seen_.find(id);
    if (seen == seen_.end()) {
      // Told already of a state that does not read.
      if (!unread_) error("an event waits for " + name(id) + ", which has no state");
      return;
    }
    ++seen->second.waiting;
    if (found) seen->second.waiting_bytes += found->event.size();
    const auto& plan = seen->second.state.file_plan;
    if (plan && plan->last == sequence) seen->second.has_planned = true;
  }

  void judge(const TrailId& id, const Seen& seen) {
    if (!seen.is_there) return;  // it may have gone halfway
    if (seen.waiting != seen.state.waiting || seen.waiting_bytes != seen.state.waiting_bytes) {
      error("the state of " + name(id) + " says that " + std::to_string(seen.state.waiting) +
            " events of " + std::to_string(seen.state.waiting_bytes) + " bytes wait, its rows " +
            std::to_string(seen.waiting) + " of " + std::to_string(seen.waiting_bytes));
    }
    if (seen.state.file_plan && !seen.has_planned) {
      error("the file that " + name(id) + " is to write next ends with an event that is not there");
    }
  }

  static std::string name(const TrailId& id) { return "the trail " + id.first + "/" + id.second; }

  meta::Store& rows_;
  const control::Trails* trails_;
  object::OtherRows out_;
  std::uint64_t cursor_ = 0;
  bool unread_ = false;  // a state
  std::map<TrailId, Seen> seen_;
};

}  // namespace

object::OtherRows verify_rows(meta::Store& rows, const control::Trails* trails) {
  return Check(rows, trails).run();
}

}  // namespace muzn::trail
