// Writes a log of leaves as files: a random history of an installation, always the same.
//
// usage: tlog_leaves DIR SIZE [NAME=NUMBER ...]
//
//   fork=N       from entry N on another history
//   bad=N        entry N has a sequence that is not its own
//   newer=N      entry N is of a kind that nobody knows
//   state=N      entry N, which says the public state, says another
//   cosigned=T   the checkpoint has a witness's cosignature of that time (seconds since 1970)
//
// DIR gets the log's files (tests/tlog/log_files.h), policy, and leaves.json: for each entry its
// leaf and, of acts, the salt and what the leaf hides.
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "audit/commitment.h"
#include "codec/base64.h"
#include "leaves/history.h"
#include "merkle/note.h"
#include "meta/mem_store.h"
#include "tlog/log_files.h"

namespace muzn::tlog {
namespace {

constexpr std::uint64_t kSeed = 7;

struct Plan {
  std::filesystem::path dir;
  std::uint64_t size = 0;
  std::map<std::string, std::uint64_t, std::less<>> more = {};

  bool is(std::string_view name, std::uint64_t index) const {
    const auto found = more.find(name);
    return found != more.end() && found->second == index;
  }
};

merkle::Signer log_key() {
  return merkle::Signer::make("log.example/leaves", merkle::KeyType::kEd25519, std::string(32, 'l'))
      .value();
}
merkle::Signer witness_key() {
  return merkle::Signer::make("witness.example/w", merkle::KeyType::kCosignature,
                              std::string(32, 'w'))
      .value();
}

std::vector<std::string> entries_of(const Plan& plan) {
  control::History history(kSeed);
  std::vector<std::string> out;
  auto said = nlohmann::json::array();
  while (out.size() < plan.size) {
    if (plan.is("fork", out.size())) history.diverge(kSeed + 1);
    const control::History::Step step = history.next();
    audit::Leaf leaf = step.leaf;
    if (plan.is("bad", out.size())) leaf.sequence += 7;
    if (plan.is("newer", out.size())) leaf.kind = "of_tomorrow";
    if (plan.is("state", out.size())) leaf.facts["hash"] = std::string(64, '0');
    std::string entry = audit::encode_leaf(leaf);
    auto salts = nlohmann::json::object();
    for (const auto& [name, value] : step.values) {
      salts[name] = {{"value", value},
                     {"salt", codec::hex_encode(audit::name_salt(step.salt, name))}};
    }
    said.push_back({{"leaf", entry}, {"hidden", std::move(salts)}});
    out.push_back(std::move(entry));
  }
  write_file(plan.dir / "leaves.json", said.dump());
  return out;
}

Result<std::string> cosign(const Plan& plan, std::string checkpoint) {
  const auto time = plan.more.find("cosigned");
  if (time == plan.more.end()) return checkpoint;
  TRY(merkle::Note note, merkle::parse_note(checkpoint));
  note.signatures.push_back(witness_key().sign(note.text, time->second));
  return merkle::format_note(note);
}

Result<void> write_log(const Plan& plan) {
  meta::MemStore rows;
  TRY(const std::unique_ptr<Log> log, run_sync(open_log(rows, log_key(), {})));
  TRY_VOID(run_sync(log->append_all(entries_of(plan))));
  TRY(std::string checkpoint, run_sync(log->sign()));
  TRY(checkpoint, cosign(plan, std::move(checkpoint)));
  TRY_VOID(run_sync(log->publish(std::move(checkpoint))));
  write_file(plan.dir / "policy", fmt::format("log {}\nwitness w {}\nquorum {}\n",
                                              merkle::format_vkey(log_key().verifier()),
                                              merkle::format_vkey(witness_key().verifier()),
                                              plan.more.contains("cosigned") ? "w" : "none"));
  return write_log_files(*log, plan.dir, plan.size);
}

Result<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || at != text.data() + text.size()) {
    return fail(Code::kInvalid, "no number: " + std::string(text));
  }
  return out;
}

Result<Plan> plan_of(const std::vector<std::string>& words) {
  if (words.size() < 2)
    return fail(Code::kInvalid, "usage: tlog_leaves DIR SIZE [NAME=NUMBER ...]");
  Plan out{.dir = words[0]};
  TRY(out.size, number(words[1]));
  for (std::size_t i = 2; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos) return fail(Code::kInvalid, words[i]);
    TRY(out.more[words[i].substr(0, equals)], number(words[i].substr(equals + 1)));
  }
  return out;
}

}  // namespace
}  // namespace muzn::tlog

int main(int argc, char** argv) {
  const auto plan = muzn::tlog::plan_of({argv + 1, argv + argc});
  const auto done =
      plan ? muzn::tlog::write_log(*plan) : muzn::Result<void>(std::unexpected(plan.error()));
  if (!done) fmt::print(stderr, "tlog_leaves: {}\n", done.error().what);
  return done ? 0 : 1;
}
