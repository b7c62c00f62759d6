// `muzn receipt`: judges a receipt, as whoever keeps it does.
#include <fmt/core.h>

#include <optional>

#include "audit/receipt.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/receipt_kept.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "fs/dir.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn receipt: judge the receipt of an answer (header x-muzn-receipt)

  muzn receipt verify RECEIPT|FILE --key VKEY [--url ENDPOINT]

  --key VKEY     key of the server's public log, which must have signed the promise; or
  --policy FILE  the same, and the witnesses that its checkpoints need (c2sp.org/tlog-policy)
  --record FILE  the record's JSON line: it must be the one that was promised
  --url ENDPOINT the server, or a mirror: was the promise kept? Reads the public log, and with the
                 account's credentials (AWS_ACCESS_KEY_ID ..., --profile, --region) its own log
  --timeout SECONDS  for each file; 30
  --json         one JSON object on standard output

  Exit status: 0 the promise was given (and kept), 1 it was not, 2 it could not be judged, as it is
  not due yet (or wrong usage).
)";

constexpr std::size_t kRecordBytesMax = 1U << 20;

// The receipt itself, or a file that holds it.
Result<std::string> text_of(const std::string& word) {
  std::string text = word;
  if (!word.starts_with("v=")) {
    TRY(text, fs::read_file(word, audit::kReceiptBytesMax + 2));
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

Result<void> check_record(const audit::Receipt& receipt, const std::string& file) {
  TRY(std::string line, fs::read_file(file, kRecordBytesMax));
  if (line.ends_with('\n')) line.pop_back();
  if (merkle::leaf_hash(line) == receipt.leaf) return {};
  return fail(Code::kDenied, "receipt: it promises another record");
}

Result<void> judge(const audit::Receipt& receipt, const merkle::VerifierKey& key,
                   const std::string& record) {
  TRY_VOID(audit::verify_receipt(receipt, key));
  if (!record.empty()) TRY_VOID(check_record(receipt, record));
  return {};
}

codec::Json to_json(const Kept& kept) {
  codec::Json out{{"why", kept.why}, {"kept", nullptr}};
  if (kept.verdict == Kept::Verdict::kNotYet) return out;
  out["kept"] = kept.verdict == Kept::Verdict::kKept;
  out["public_entry"] = kept.leaf;
  if (kept.entry) out["entry"] = *kept.entry;
  return out;
}

void print(const audit::Receipt& receipt, const Result<void>& judged,
           const std::optional<Kept>& kept, bool as_json) {
  if (as_json) {
    codec::Json out{{"ok", judged.has_value()},
                    {"fault", judged ? "" : judged.error().what},
                    {"log", receipt.log},
                    {"entry", receipt.entry() ? codec::Json(*receipt.entry()) : codec::Json()},
                    {"leaf", codec::hex_encode(receipt.leaf.view())},
                    {"deadline", receipt.deadline}};
    if (kept) out["outcome"] = to_json(*kept);
    fmt::print("{}\n", codec::dump_json(out));
  } else if (judged) {
    const std::string entry =
        receipt.entry() ? fmt::format("entry {}", *receipt.entry()) : "an entry";
    fmt::print(
        "promised: {} of {} is the record with leaf hash {}, under each checkpoint from {} on\n",
        entry, receipt.log, codec::hex_encode(receipt.leaf.view()), receipt.deadline);
    if (kept && kept->verdict == Kept::Verdict::kKept) fmt::print("kept: {}\n", kept->why);
  }
}

// Of the server's --url: does it show that it kept its promise?
Result<Kept> look(const audit::Receipt& receipt, const Args& args, const merkle::Policy& policy) {
  const SystemClock clock;
  std::string endpoint = args.get("url");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string handle = receipt.log.substr(receipt.log.rfind('/') + 1);
  TRY(const auto public_log, open_log_files(endpoint + "/-/log/", args, clock));
  TRY(const auto own_log, open_log_files(endpoint + "/-/log/private/" + handle + "/", args, clock));
  return find_kept(receipt, *public_log, *own_log, policy);
}

int status_of(const Result<void>& judged, const std::optional<Kept>& kept) {
  if (!judged) {
    const Code code = judged.error().code;
    return complain(judged.error().what, code == Code::kDenied || code == Code::kInvalid ? 1 : 2);
  }
  if (!kept || kept->verdict == Kept::Verdict::kKept) return 0;
  const bool is_broken = kept->verdict == Kept::Verdict::kBroken;
  return complain((is_broken ? "the promise was not kept: " : "can't be judged: ") + kept->why,
                  is_broken ? 1 : 2);
}

}  // namespace

int run_receipt(const Words& words) {
  const auto args = parse_args(words, {"json", "help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (args->words.size() != 2 || args->words[0] != "verify") {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  if (const auto known =
          only(*args, {"key", "policy", "record", "url", "profile", "region", "timeout", "json"});
      !known) {
    return complain(known.error().what, 2);
  }
  const auto policy = policy_of(*args);
  if (!policy) return complain(policy.error().what, 2);
  if (policy->logs.size() != 1) return complain("the policy must name one log", 2);
  const auto text = text_of(args->words[1]);
  if (!text) return complain(text.error().what, 2);
  const auto receipt = audit::decode_receipt(*text);
  if (!receipt) return complain(receipt.error().what, 1);
  const Result<void> judged = judge(*receipt, policy->logs.front().key, args->get("record"));
  std::optional<Kept> kept;
  if (judged && args->has("url")) {
    auto found = look(*receipt, *args, *policy);
    if (!found) return complain(found.error().what, 2);
    kept = std::move(*found);
  }
  print(*receipt, judged, kept, args->has("json"));
  return status_of(judged, kept);
}

}  // namespace muzn::cli
