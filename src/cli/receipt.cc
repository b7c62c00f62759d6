// `muzn receipt`: judges a receipt, as whoever keeps it does.
#include <fmt/core.h>

#include "audit/receipt.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "fs/dir.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn receipt: judge the receipt of an answer (header x-muzn-receipt)

  muzn receipt verify RECEIPT|FILE --key VKEY

  --key VKEY     key of the server's public log, which must have signed the promise
  --record FILE  the record's JSON line: it must be the one that was promised
  --json         one JSON object on standard output

  Exit status: 0 the promise was given, 1 it was not, 2 it could not be judged (or wrong usage).
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

void print(const audit::Receipt& receipt, const Result<void>& judged, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", codec::dump_json({{"ok", judged.has_value()},
                                         {"fault", judged ? "" : judged.error().what},
                                         {"log", receipt.log},
                                         {"entry", receipt.first + receipt.index},
                                         {"leaf", codec::hex_encode(receipt.leaf.view())},
                                         {"deadline", receipt.deadline}}));
  } else if (judged) {
    fmt::print(
        "promised: entry {} of {} is the record with leaf hash {}, under each checkpoint from {} "
        "on\n",
        receipt.first + receipt.index, receipt.log, codec::hex_encode(receipt.leaf.view()),
        receipt.deadline);
  }
}

}  // namespace

int run_receipt(const Words& words) {
  const auto args = parse_args(words, {"json", "help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (args->words.size() != 2 || args->words[0] != "verify" || !args->has("key")) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  if (const auto known = only(*args, {"key", "record", "json"}); !known) {
    return complain(known.error().what, 2);
  }
  const auto key = merkle::parse_vkey(args->get("key"));
  if (!key) return complain(key.error().what, 2);
  const auto text = text_of(args->words[1]);
  if (!text) return complain(text.error().what, 2);
  const auto receipt = audit::decode_receipt(*text);
  if (!receipt) return complain(receipt.error().what, 1);
  const Result<void> judged = judge(*receipt, *key, args->get("record"));
  const bool unread =
      !judged && judged.error().code != Code::kDenied && judged.error().code != Code::kInvalid;
  print(*receipt, judged, args->has("json"));
  if (!judged) return complain(judged.error().what, unread ? 2 : 1);
  return 0;
}

}  // namespace muzn::cli
