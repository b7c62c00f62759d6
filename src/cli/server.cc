// `muzn server`: configuration from flags, environment and file; signals; the welcome of ./run.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "cli/args.h"
#include "cli/commands.h"
#include "cli/stop.h"
#include "fs/dir.h"
#include "server/config.h"
#include "server/wire.h"

namespace muzn::cli {
namespace {

constexpr std::size_t kConfigFileMax = 1U << 20;

server::Environment environment() {
  server::Environment out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && text.starts_with("MUZN_")) {
      out[std::string(text.substr(0, equals))] = std::string(text.substr(equals + 1));
    }
  }
  return out;
}

std::string value_of(const server::Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

void welcome(const server::Node& node, const std::string& region) {
  const std::string keys = node.root_keys_path();
  fmt::print(
      "Muzn is up.\n\n"
      "  endpoint    {0}\n"
      "  access key  {1}\n"
      "  secret key  {2}{3}\n\n"
      "Try it (paste as it is):\n\n"
      "  AWS_ACCESS_KEY_ID={1} AWS_SECRET_ACCESS_KEY={2} AWS_DEFAULT_REGION={4} "
      "aws --endpoint-url {0} s3 mb s3://hello\n\n"
      "Logs follow on standard error; Ctrl-C stops.\n",
      node.endpoint(), node.root_access_key(), node.root_secret_key(),
      keys.empty() ? "" : "  (kept in " + keys + ")", region);
  std::fflush(stdout);
}

Result<server::Config> configure(const Args& args, const server::Environment& environment) {
  server::Flags flags;
  std::string file = value_of(environment, "MUZN_CONFIG");
  for (const auto& [name, value] : args.ordered) {
    if (name == "config") {
      file = value;
    } else if (name == "proxy-protocol") {
      flags.emplace_back(name, value.empty() ? "true" : value);
    } else if (name != "check-config" && name != "welcome") {
      flags.emplace_back(name, value);
    }
  }
  std::string text;
  if (!file.empty()) {
    TRY(text, fs::read_file(file, kConfigFileMax));
  }
  return server::load_config(flags, environment, text);
}

}  // namespace

int run_server(const Words& words) {
  const auto args = parse_args(words, {"help", "check-config", "welcome", "proxy-protocol"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print(
        "muzn server: serve. Every option is also MUZN_NAME in the environment and a key "
        "of the file.\n\n  --config FILE        TOML file of options\n"
        "  --check-config       print the configuration in force and stop\n{}"
        "\nRoot keys: MUZN_ROOT_ACCESS_KEY and MUZN_ROOT_SECRET_KEY, or made at first start "
        "in DATA/root-keys.json.\n",
        server::config_help());
    return 0;
  }
  if (!args->words.empty()) return complain("'" + args->words[0] + "' is not an option", 2);
  const auto variables = environment();
  const auto config = configure(*args, variables);
  if (!config) return complain(config.error().what, 2);
  if (args->has("check-config")) {
    fmt::print("{}", server::describe(*config));
    return 0;
  }
  const StopSignals signals;
  const server::RootEnvironment root{value_of(variables, "MUZN_ROOT_ACCESS_KEY"),
                                     value_of(variables, "MUZN_ROOT_SECRET_KEY")};
  auto node = server::start(*config, root);
  if (!node && node.error().code == Code::kCorrupt) {
    return complain(node.error().what +
                        "; nothing was changed: see `muzn engine recover` in docs/operations.md",
                    1);
  }
  if (!node) return complain(node.error().what, 1);
  if (args->has("welcome")) welcome(**node, config->region);

  signals.run([&node] { (*node)->run(); }, [&node] { (*node)->stop(); });
  return 0;
}

}  // namespace muzn::cli
