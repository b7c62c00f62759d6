// `muzn witness`: a witness's server and key, and asking witnesses to cosign a log's checkpoint.
#include <fmt/core.h>

#include <cstdio>

#include "base/system.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/stop.h"
#include "cli/submit.h"
#include "server/witness.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn witness: vouch that a log shows everybody the same, and never takes anything back

  muzn witness key --data DIR [--name NAME]       print the verifier key; made when it is not there
  muzn witness serve --data DIR --log VKEY ...    cosign what these logs submit
  muzn witness submit --policy FILE --log DIR     ask the policy's witnesses for a log's checkpoint

serve:
  --data DIR           its key and what it remembers: never restore it from a backup
  --name NAME          what it is called for good, like witness.example.org/w1 (at the first start)
  --log VKEY           a log's verifier key, whose name is the log's origin; again for more
  --listen HOST:PORT   127.0.0.1:9010
  --tls-cert FILE --tls-key FILE
  --json               the log on standard error as JSON
  --welcome            print the endpoint and the verifier key

submit:
  --policy FILE        which logs and witnesses, and how many of them (c2sp.org/tlog-policy)
  --log DIR            a copy of the log: checkpoint and tile/ (c2sp.org/tlog-tiles)
  --out FILE           where the cosigned checkpoint goes; else standard output
  --ca FILE            a root that is trusted besides the system's
  --private            witnesses' names may resolve to addresses that are not public
  --timeout-ms N       for each request; 5000
  exit status 0 with the policy's quorum, 1 without it
)";

int key_command(const Args& args) {
  if (const auto known = only(args, {"data", "name"}); !known) {
    return complain(known.error().what, 2);
  }
  if (!args.has("data")) return complain("--data is needed", 2);
  const auto key = server::witness_key(args.get("data"), args.get("name"));
  if (!key) return complain(key.error().what, 1);
  fmt::print("{}\n", *key);
  return 0;
}

int serve_command(const Args& args) {
  const auto known =
      only(args, {"data", "name", "log", "listen", "tls-cert", "tls-key", "json", "welcome"});
  if (!known) return complain(known.error().what, 2);
  if (!args.has("data")) return complain("--data is needed", 2);
  server::WitnessConfig config;
  config.data = args.get("data");
  config.name = args.get("name");
  config.listen = args.get("listen", config.listen);
  config.tls_cert = args.get("tls-cert");
  config.tls_key = args.get("tls-key");
  config.log = args.has("json") ? server::LogFormat::kJson : server::LogFormat::kText;
  for (const auto& [name, value] : args.ordered) {
    if (name == "log") config.logs.push_back(value);
  }
  const StopSignals signals;
  const auto node = server::start_witness(config);
  if (!node) return complain(node.error().what, node.error().code == Code::kInvalid ? 2 : 1);
  if (args.has("welcome")) {
    fmt::print("endpoint {}\nkey {}\n", (*node)->endpoint(), (*node)->verifier_key());
    std::fflush(stdout);
  }
  signals.run([&node] { (*node)->run(); }, [&node] { (*node)->stop(); });
  return 0;
}

}  // namespace

int run_witness(const Words& words) {
  const std::string verb = words.empty() ? "" : words[0];
  const auto args = parse_args(words, {"help", "json", "welcome", "private"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (args->words.size() == 1 && verb == "key") return key_command(*args);
  if (args->words.size() == 1 && verb == "serve") return serve_command(*args);
  if (args->words.size() == 1 && verb == "submit") return submit_command(*args);
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

}  // namespace muzn::cli
