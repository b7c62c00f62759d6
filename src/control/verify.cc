#include "control/verify.h"

#include <algorithm>
#include <optional>

#include "audit/commitment.h"
#include "control/names.h"
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
    if (!broken_) judge_leaves();
    if (state_.acts == 0) error("there is no act, not even of the first start");
    out_.acts = state_.acts;
    if (!broken_) out_.trails = state_.trails;
    out_.state = std::move(state_);
    return std::move(out_);
  }

 private:
  void error(std::string what) { out_.errors.push_back("control: " + std::move(what)); }

  // Act rows sort before all others.
  void read(const meta::Row& row) {
    ++out_.rows;
    if (row.key.starts_with(kActPrefix)) {
      if (!broken_) read_act(row);
    } else if (row.key.starts_with(kSaltPrefix)) {
      if (row.value.size() != audit::kSaltBytes) error("a salt of a wrong size");
      salts_.push_back(row.key);
    } else if (row.key.starts_with(kLeafPrefix)) {
      read_leaf(row);
    } else if (row.key == kSealingKeyRow) {
      if (!is_canonical_id(row.value)) error("the sealing key's fingerprint does not read");
    } else if (row.key.starts_with(kSecretPrefix)) {
      secrets_.push_back(row.key);
    } else if (row.key.starts_with(kTextPrefix)) {
      texts_.push_back(row.key);
    } else if (row.key == kStateRow) {
      if (!decode_state_row(row.value)) error("the row of the public state does not read");
    } else {
      error("a row of an unknown tag");
    }
  }

  void read_act(const meta::Row& row) {
    const std::string where = "act " + std::to_string(state_.acts);
    if (row.key != act_row(state_.acts)) return break_off(where + " is missing");
    const Result<Act> act = act_from_json(row.value);
    if (!act) return break_off(where + ": " + act.error().what);
    const Result<void> applied = apply_in_place(state_, *act);
    if (!applied) break_off(where + " does not apply: " + applied.error().what);
  }

  void read_leaf(const meta::Row& row) {
    leaves_.push_back(row.key);
    const auto place = decode_leaf_place(row.value);
    if (!place) return error("a leaf's place does not read");
    if (last_place_ && std::pair(place->origin, place->index) <= *last_place_) {
      error("the leaves of acts are not in the order of the acts");
    }
    last_place_ = {place->origin, place->index};
  }

  void break_off(const std::string& what) {
    broken_ = true;
    error(what + "; the acts behind it are not judged");
  }

  void judge_secrets() {
    std::vector<std::string> wanted;
    for (const auto& [access_key, key] : state_.keys) {
      wanted.push_back(secret_row(key.made_by));
      if (!std::ranges::binary_search(secrets_, wanted.back())) {
        error("the secret of access key " + access_key + " is missing");
      }
    }
    std::ranges::sort(wanted);
    for (const std::string& secret : secrets_) {
      if (!std::ranges::binary_search(wanted, secret)) error("a secret row of no key in force");
    }
  }

  // An act without a leaf is an older release's, or a crash's: the next start makes it one.
  void judge_leaves() {
    if (!salts_.empty() && salts_.back() >= salt_row(state_.acts)) error("a salt of no act");
    // One that is erased is not there; which acts have one does not matter here.
    if (!texts_.empty() && texts_.back() >= text_row(state_.acts)) error("a text of no act");
    if (!leaves_.empty() && leaves_.back() >= leaf_row(state_.acts)) error("a leaf of no act");
    for (const std::string& leaf : leaves_) {
      const std::string salt = std::string(kSaltPrefix) + leaf.substr(kLeafPrefix.size());
      if (!std::ranges::binary_search(salts_, salt)) error("a leaf without its salt");
    }
  }

  meta::Store& rows_;
  ActsReport out_;
  State state_;
  std::vector<std::string> salts_;  // keys of rows, ascending; and the next two
  std::vector<std::string> leaves_;
  std::vector<std::string> secrets_;
  std::vector<std::string> texts_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> last_place_;
  bool broken_ = false;
};

}  // namespace

ActsReport verify_acts(meta::Store& rows) {
  return Acts(rows).run();
}

}  // namespace muzn::control
