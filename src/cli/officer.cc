// `muzn officer`: keys of officers and accounts, and their signatures. Needs no server: the key
// need never be on a machine that has one.
#include <fmt/core.h>

#include <cstdio>

#include "audit/approval.h"
#include "base/system.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/officer_words.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "fs/dir.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn officer: keys of officers and of accounts, and what they sign (docs/charters.md)

  muzn officer key --file FILE              print the public key; the key is made when it is not there
  muzn officer sign --file FILE --request REQUEST.json [--out APPROVAL.json]
        Says on standard error what is signed, and what it would do. The approval is one JSON object:
        the public key, and the signature.
  muzn officer show --request REQUEST.json  only say it

  Exit status: 0 done, 1 the request is not what it says it is, 2 wrong usage.
)";

constexpr std::size_t kRequestBytesMax = 256U << 10;

Result<crypto::Ed25519Key> read_key(const std::string& file) {
  TRY(const std::string text, fs::read_file(file, 2 * crypto::kEd25519SeedBytes + 1));
  std::string_view digits = text;
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  const auto seed = codec::hex_decode(digits);
  if (!seed) return fail(Code::kInvalid, file + " is no key of muzn officer key");
  return crypto::Ed25519Key::from_seed(*seed);
}

int key_command(const Args& args) {
  const std::string file = args.get("file");
  if (file.empty()) return complain("--file is needed", 2);
  auto key = read_key(file);
  if (!key && key.error().code == Code::kNotFound) {
    SystemRng rng;
    const std::string seed = codec::hex_encode(rng.bytes(crypto::kEd25519SeedBytes));
    if (const auto done = fs::write_durably(file, seed + "\n"); !done) {
      return complain(done.error().what, 1);
    }
    key = read_key(file);
  }
  if (!key) return complain(key.error().what, 1);
  fmt::print("{}\n", codec::hex_encode(key->public_key()));
  return 0;
}

// The subject of a request whose parts fit together.
Result<audit::Subject> subject_of(const codec::Json& request) {
  if (!request.is_object() || !request.contains("said")) {
    return fail(Code::kInvalid, "the request is not one that muzn admin prints");
  }
  audit::Subject out{.installation = codec::json_string(request, "installation"),
                     .kind = codec::json_string(request, "kind"),
                     .about = codec::json_string(request, "about"),
                     .step = static_cast<std::uint64_t>(codec::json_int(request, "step")),
                     .body = codec::hex_encode(crypto::sha256(codec::dump_json(request["said"])))};
  if (codec::json_string(request, "statement") != audit::statement(out)) {
    return fail(Code::kInvalid, "the statement is not of what the request says: do not sign it");
  }
  return out;
}

int sign_command(const Args& args, bool signs) {
  const std::string path = args.get("request");
  if (path.empty()) return complain("--request is needed", 2);
  const auto text = fs::read_file(path, kRequestBytesMax);
  if (!text) return complain(text.error().what, 1);
  const auto request = codec::parse_json(*text);
  if (!request) return complain(path + " is not JSON", 1);
  const auto subject = subject_of(*request);
  if (!subject) return complain(subject.error().what, 1);
  fmt::print(stderr, "{}", in_words(*subject, (*request)["said"]));
  if (!signs) return 0;
  if (!args.has("file")) return complain("--file is needed", 2);
  const auto key = read_key(args.get("file"));
  if (!key) return complain(key.error().what, 1);
  const codec::Json approval = {{codec::hex_encode(key->public_key()),
                                 codec::hex_encode(key->sign(audit::statement(*subject)))}};
  const std::string line = codec::dump_json(approval) + "\n";
  if (!args.has("out")) {
    fmt::print("{}", line);
    return 0;
  }
  const auto done = fs::write_durably(args.get("out"), line);
  return done ? 0 : complain(done.error().what, 1);
}

}  // namespace

int run_officer(const Words& words) {
  const auto args = parse_args(words, {"help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (const auto known = only(*args, {"file", "request", "out"}); !known) {
    return complain(known.error().what, 2);
  }
  const std::string verb = args->words.empty() ? "" : args->words[0];
  if (verb == "key") return key_command(*args);
  if (verb == "sign") return sign_command(*args, true);
  if (verb == "show") return sign_command(*args, false);
  return complain("which command? muzn officer --help", 2);
}

}  // namespace muzn::cli
