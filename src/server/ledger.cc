#include "server/ledger.h"

#include "audit/leaf.h"
#include "codec/base64.h"
#include "server/keys.h"
#include "tlog/key.h"
#include "witness/client.h"

namespace muzn::server {
namespace {

// Of an installation that gave its log no name: nobody else's, and no place that can be asked.
constexpr std::string_view kUnnamed = "muzn.invalid/";

constexpr std::size_t kNameTailBytes = 4;

struct Logs {
  std::vector<std::unique_ptr<tlog::Log>> past;
  std::unique_ptr<tlog::Log> log;
};

// Of a log's name: itself, or one that was made from it for a log that went on.
bool is_named(const std::string& name, const std::string& asked) {
  return asked.empty() || name == asked || name.starts_with(asked + "/");
}

// A name that no log of the store had: with a tail of chance behind what was asked for, if that was
// taken.
Result<std::string> new_name(const fs::Dir& data, const std::string& asked,
                             const std::string& before, Rng& rng) {
  const std::string tail = "/" + codec::hex_encode(rng.bytes(kNameTailBytes));
  if (!asked.empty()) return before.empty() || !is_named(before, asked) ? asked : asked + tail;
  TRY(const std::string id, store_id(data));
  return std::string(kUnnamed) + id + tail;
}

Result<void> go_on(tlog::Log& log, const tlog::Log& before, const Clock& clock) {
  const tlog::Figures end = before.figures();
  const audit::Leaf leaf{.leaf_class = std::string(audit::kLogClass),
                         .kind = std::string(audit::kContinuesKind),
                         .account = {},
                         .sequence = 0,
                         .time = clock.now(),
                         .facts = {{"origin", before.key().name},
                                   {"size", end.size},
                                   {"root", codec::hex_encode(end.root.view())},
                                   {"reason", "the key of that log is gone"}},
                         .hidden = {}};
  TRY_VOID(run_sync(log.append(audit::encode_leaf(leaf))));
  return {};
}

// That `log` says of `before` how it ended.
Result<void> check_goes_on(tlog::Log& log, const tlog::Log& before) {
  const tlog::Figures end = before.figures();
  TRY(const auto first, run_sync(log.entries(0, 1)));
  const auto leaf = audit::decode_leaf(first[0]);
  const bool is_so = leaf && leaf->leaf_class == audit::kLogClass &&
                     leaf->kind == audit::kContinuesKind &&
                     codec::json_string(leaf->facts, "origin") == before.key().name &&
                     leaf->facts.value("size", end.size + 1) == end.size &&
                     codec::json_string(leaf->facts, "root") == codec::hex_encode(end.root.view());
  if (is_so) return {};
  return fail(Code::kCorrupt,
              "log: " + log.key().name + " does not go on where " + before.key().name + " ended");
}

Result<Logs> open_logs(meta::Store& rows, const fs::Dir& data, const std::string& asked,
                       const Clock& clock, Rng& rng) {
  std::uint64_t count = 0;
  std::string last;  // the newest log's name
  for (;; ++count) {
    TRY(std::string origin, run_sync(tlog::origin_in(rows, tlog::log_shard(count))));
    if (origin.empty()) break;
    last = std::move(origin);
  }
  std::string name;
  if (!data.exists(kLogKeyFile)) {
    TRY(name, new_name(data, asked, last, rng));
  }
  TRY(merkle::Signer signer,
      tlog::open_key(data, kLogKeyFile, merkle::KeyType::kEd25519, name, rng));
  const std::string own = signer.verifier().name;
  if (!is_named(own, asked)) {
    return fail(Code::kInvalid, "ledger_origin: the log is " + own + ", for good");
  }
  // A key that is newer than all logs: the start that made it got no further.
  const std::uint64_t number = count > 0 && own == last ? count - 1 : count;
  Logs out;
  for (std::uint64_t i = 0; i < number; ++i) {
    TRY(auto past, run_sync(tlog::open_frozen_log(rows, {.shard = tlog::log_shard(i)})));
    if (i > 0) TRY_VOID(check_goes_on(*past, *out.past.back()));
    out.past.push_back(std::move(past));
  }
  TRY(out.log,
      run_sync(tlog::open_log(rows, std::move(signer), {.shard = tlog::log_shard(number)})));
  if (number == 0) return out;
  if (out.log->figures().size == 0) TRY_VOID(go_on(*out.log, *out.past.back(), clock));
  TRY_VOID(check_goes_on(*out.log, *out.past.back()));
  return out;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(meta::Store& rows, const fs::Dir& data,
                                             const Config& config, const Clock& clock, Rng& rng,
                                             Log& log) {
  std::unique_ptr<Ledger> out(new Ledger);
  TRY(Logs logs, open_logs(rows, data, config.ledger_origin, clock, rng));
  out->past_ = std::move(logs.past);
  out->log_ = std::move(logs.log);
  std::string witnesses = "quorum none\n";
  if (!config.ledger_policy.empty()) {
    TRY(witnesses, fs::read_file(config.ledger_policy, merkle::kPolicyBytesMax));
  }
  out->policy_text_ = "log " + merkle::format_vkey(out->log_->key()) + "\n" + witnesses;
  auto policy = merkle::parse_policy(out->policy_text_);
  if (!policy || policy->logs.size() != 1) {
    return fail(Code::kInvalid, "ledger_policy: " + (policy ? "names a log: the log is this node's"
                                                            : policy.error().what));
  }
  out->policy_ = *std::move(policy);
  std::optional<egress::Door> door;
  if (out->policy_.needs_witnesses) {
    TRY(egress::Door towards_witnesses,
        egress::Door::make({.allowed = witness::witness_urls(out->policy_),
                            .private_names = config.ledger_private,
                            .ca_file = config.ledger_ca},
                           clock));
    door.emplace(std::move(towards_witnesses));
  }
  out->publishing_ = std::make_unique<Publishing>(*out->log_, out->policy_, std::move(door), clock,
                                                  log, PublishingOptions{});
  out->state_ = std::make_unique<control::PublicState>(rows, *out->log_, out->past_.size(), clock);
  return out;
}

control::Ledger Ledger::parts() {
  control::Ledger out{*log_, *publishing_, policy_, {}, state_.get()};
  for (const auto& log : past_) out.past.push_back(log.get());
  return out;
}

}  // namespace muzn::server
