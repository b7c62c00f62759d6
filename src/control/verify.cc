#include "control/verify.h"

#include <algorithm>
#include <map>

#include "control/rows.h"
#include "control/state.h"

namespace muzn::control {
namespace {

constexpr std::size_t kPage = 512;

class Acts {
 public:
  explicit Acts(meta::Store& rows) : rows_(rows) {}

  ActsReport run() {
    std::string from;
    for (;;) {
      const auto page = run_sync(rows_.scan(meta::kControlShard, from, "", kPage));
      if (!page) {
        error("rows can't be read: " + page.error().what);
        break;
      }
      for (const meta::Row& row : *page) read(row);
      if (page->size() < kPage) break;
      from = page->back().key + '\0';
    }
    // Of a list that broke off it is not known which keys are in force.
    if (!broken_) judge_secrets();
    if (state_.acts == 0) error("there is no act, not even of the first start");
    out_.acts = state_.acts;
    return std::move(out_);
  }

 private:
  void error(std::string what) { out_.errors.push_back("control: " + std::move(what)); }

  // Act rows sort before secret rows.
  void read(const meta::Row& row) {
    ++out_.rows;
    if (row.key.starts_with(kActPrefix)) {
      if (!broken_) read_act(row);
    } else if (row.key.starts_with(kSecretPrefix)) {
      secrets_.push_back(row.key);
    } else {
      error("a row of an unknown tag");
    }
  }

  void read_act(const meta::Row& row) {
    const std::string where = "act " + std::to_string(state_.acts);
    if (row.key != act_row(state_.acts)) return break_off(where + " is missing");
    const Result<Act> act = act_from_json(row.value);
    if (!act) return break_off(where + ": " + act.error().what);
    if (const auto* body = std::get_if<CreateKey>(&act->body)) {
      makers_[body->key.access_key] = act->sequence;
    }
    const Result<void> applied = apply_in_place(state_, *act);
    if (!applied) break_off(where + " does not apply: " + applied.error().what);
  }

  void break_off(const std::string& what) {
    broken_ = true;
    error(what + "; the acts behind it are not judged");
  }

  void judge_secrets() {
    std::vector<std::string> wanted;
    for (const auto& [access_key, key] : state_.keys) {
      wanted.push_back(secret_row(makers_.at(access_key)));
      if (!std::ranges::binary_search(secrets_, wanted.back())) {
        error("the secret of access key " + access_key + " is missing");
      }
    }
    std::ranges::sort(wanted);
    for (const std::string& secret : secrets_) {
      if (!std::ranges::binary_search(wanted, secret)) error("a secret row of no key in force");
    }
  }

  meta::Store& rows_;
  ActsReport out_;
  State state_;
  std::map<std::string, std::uint64_t, std::less<>> makers_;  // of access keys: the act
  std::vector<std::string> secrets_;                          // ascending
  bool broken_ = false;
};

}  // namespace

ActsReport verify_acts(meta::Store& rows) {
  return Acts(rows).run();
}

}  // namespace muzn::control
