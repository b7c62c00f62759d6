#include "server/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "s3/public_access_xml.h"

// Header-only, since Debian's library of it is built with exceptions.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace muzn::server {
namespace {

struct Option {
  const char* name;  // as in the file; the flag has '-' for '_'
  const char* help;
  std::function<Result<void>(Config&, std::string_view)> set;
  std::function<std::string(const Config&)> show;  // TOML value
  std::function<void(Config&)> clear;              // lists: a stronger source replaces, repeats add
};

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Option text_option(const char* name, std::string Config::* member, const char* help) {
  return {name,
          help,
          [member](Config& config, std::string_view value) -> Result<void> {
            config.*member = std::string(value);
            return {};
          },
          [member](const Config& config) { return toml_string(config.*member); },
          {}};
}

Option list_option(const char* name, std::vector<std::string> Config::* member, const char* help) {
  Option option{name,
                help,
                [member](Config& config, std::string_view value) -> Result<void> {
                  auto& list = config.*member;
                  while (!value.empty()) {
                    const auto comma = value.find(',');
                    const auto item = value.substr(0, comma);
                    if (!item.empty()) list.emplace_back(item);
                    if (comma == std::string_view::npos) break;
                    value.remove_prefix(comma + 1);
                  }
                  return {};
                },
                [member](const Config& config) {
                  std::string out = "[";
                  for (const auto& item : config.*member) {
                    out += (out.size() > 1 ? ", " : "") + toml_string(item);
                  }
                  return out + "]";
                },
                {}};
  option.clear = [member](Config& config) { (config.*member).clear(); };
  return option;
}

Option number_option(const char* name, std::uint64_t Config::* member, std::uint64_t least,
                     std::uint64_t most, const char* help) {
  return {name,
          help,
          [member, least, most](Config& config, std::string_view value) -> Result<void> {
            std::uint64_t number = 0;
            const auto [end, error] =
                std::from_chars(value.data(), value.data() + value.size(), number);
            if (error != std::errc{} || end != value.data() + value.size() || number < least ||
                number > most) {
              return fail(Code::kInvalid,
                          fmt::format("needs a whole number from {} to {}", least, most));
            }
            config.*member = number;
            return {};
          },
          [member](const Config& config) { return std::to_string(config.*member); },
          {}};
}

Option bool_option(const char* name, bool Config::* member, const char* help) {
  return {name,
          help,
          [member](Config& config, std::string_view value) -> Result<void> {
            if (value != "true" && value != "false") {
              return fail(Code::kInvalid, "needs true or false");
            }
            config.*member = value == "true";
            return {};
          },
          [member](const Config& config) { return config.*member ? "true" : "false"; },
          {}};
}

Option log_option() {
  return {
      "log",
      "json or text: the form of log lines on standard error",
      [](Config& config, std::string_view value) -> Result<void> {
        if (value != "json" && value != "text") {
          return fail(Code::kInvalid, "needs json or text");
        }
        config.log = value == "json" ? LogFormat::kJson : LogFormat::kText;
        return {};
      },
      [](const Config& config) { return config.log == LogFormat::kJson ? "\"json\"" : "\"text\""; },
      {}};
}

Option ownership_option() {
  return {
      "object_ownership",
      "ObjectWriter, BucketOwnerPreferred or BucketOwnerEnforced (no ACLs): of new buckets",
      [](Config& config, std::string_view value) -> Result<void> {
        const auto ownership = s3::ownership_of(value);
        if (!ownership) {
          return fail(Code::kInvalid,
                      "needs ObjectWriter, BucketOwnerPreferred or BucketOwnerEnforced");
        }
        config.object_ownership = *ownership;
        return {};
      },
      [](const Config& config) { return toml_string(s3::ownership_name(config.object_ownership)); },
      {}};
}

// Labels of where bytes lie.
std::vector<Option> site_options() {
  return {
      text_option("site", &Config::site,
                  "label of the site where `data` lies (docs/residency.md); for good once given"),
      list_option("blob_site", &Config::blob_site,
                  "DIR=SITE: the same of a directory that blob_dir names; may be repeated"),
      text_option("backup_site", &Config::backup_site, "the same of backup_dir"),
  };
}

std::vector<Option> record_options() {
  return {
      text_option("ledger_origin", &Config::ledger_origin,
                  "name of the public log, as cloud.example.org/-/log; for good from the first "
                  "start on"),
      text_option("ledger_policy", &Config::ledger_policy,
                  "file of witnesses, and of the quorum that acts need (c2sp.org/tlog-policy)"),
      text_option("ledger_ca", &Config::ledger_ca,
                  "roots, PEM, that are trusted for witnesses besides the system's"),
      number_option("ledger_seconds", &Config::ledger_seconds, 1, 3600,
                    "interval of the summaries that the public log gets of requests"),
      bool_option("ledger_private", &Config::ledger_private,
                  "witnesses' names may resolve to addresses that are not public"),
      text_option("oidc_ca", &Config::oidc_ca,
                  "roots, PEM, that are trusted for identity providers besides the system's"),
      bool_option("oidc_private", &Config::oidc_private,
                  "accounts' identity providers may be at addresses that are not public"),
      number_option("lifecycle_day_seconds", &Config::lifecycle_day_seconds, 1, 86'400,
                    "what lifecycle rules take for a day; less than a real one is for tests"),
      number_option("access_log_seconds", &Config::access_log_seconds, 1, 86'400,
                    "time between deliveries of buckets' access logs"),
      number_option("access_log_keep_seconds", &Config::access_log_keep_seconds, 1, 86'400 * 365,
                    "how long lines of an access log wait for a target that refuses them"),
      number_option("journal_mib", &Config::journal_mib, 1, 1U << 20, "records that wait, MiB"),
      number_option("trail_seconds", &Config::trail_seconds, 1, 3600,
                    "time between deliveries of trails' log files"),
      number_option("trail_history_days", &Config::trail_history_days, 1, 90,
                    "how long management events are kept for LookupEvents"),
      number_option("trail_digest_seconds", &Config::trail_digest_seconds, 1, 86'400,
                    "time that a digest of trails' log files covers"),
  };
}

std::vector<Option> options() {
  constexpr std::uint64_t kHourMs = 3'600'000;
  std::vector<Option> out = {
      text_option("data", &Config::data, "directory of the embedded engine (required)"),
      list_option("blob_dir", &Config::blob_dir,
                  "a further directory for blobs, on a disk of its own; may be repeated"),
      text_option("listen", &Config::listen, "HOST:PORT to listen on; port 0 takes a free one"),
      text_option("tls_cert", &Config::tls_cert, "certificate chain, PEM; with tls_key: serve TLS"),
      text_option("tls_key", &Config::tls_key, "private key, PEM"),
      list_option("domain", &Config::domain, "answer <bucket>.NAME too; comma-separated"),
      text_option("region", &Config::region, "the region that clients sign for"),
      list_option("external_host", &Config::external_host,
                  "host[:port] that clients sign when a proxy rewrites Host"),
      list_option("trusted_proxy", &Config::trusted_proxy,
                  "addresses or CIDR blocks whose X-Forwarded-For is believed"),
      bool_option("proxy_protocol", &Config::proxy_protocol,
                  "trusted proxies speak PROXY protocol v1 or v2"),
      bool_option("sigv2", &Config::sigv2,
                  "take Signature Version 2 of S3 requests, too: for old devices"),
      ownership_option(),
      bool_option("block_public_access", &Config::block_public_access,
                  "new buckets refuse and ignore public ACLs until told otherwise"),
      log_option(),
      number_option("loops", &Config::loops, 0, 1024, "event loops; 0 = one for each core"),
      number_option("workers", &Config::workers, 1, 1024, "threads for file I/O and hashing"),
      number_option("cache_mib", &Config::cache_mib, 1, 1U << 20, "cache of blocks of rows, MiB"),
      number_option("row_cache_mib", &Config::row_cache_mib, 0, 1U << 20,
                    "cache of rows used of late, MiB; 0 = none"),
      number_option("hot_mib", &Config::hot_mib, 0, 1U << 24,
                    "memory for bytes of objects that are read again, MiB; 0 = none"),
      number_option("inline_bytes_max", &Config::inline_bytes_max, 0, 65536,
                    "bodies up to this many bytes lie in their row"),
      number_option("in_flight_max", &Config::in_flight_max, 1, 1'000'000,
                    "requests at once; further ones get 503 SlowDown"),
      number_option("writes_max", &Config::writes_max, 1, 1'000'000,
                    "writes at once; further ones get 503 SlowDown"),
      number_option("large_bodies_max", &Config::large_bodies_max, 1, 1'000'000,
                    "bodies above 128 KiB that a loop receives at once; further ones wait"),
      number_option("upload_memory_mib", &Config::upload_memory_mib, 1, 1U << 20,
                    "memory for bodies on their way in; further uploads get 503 SlowDown"),
      number_option("connections_max", &Config::connections_max, 1, 1'000'000, "open at once"),
      number_option("head_timeout_ms", &Config::head_timeout_ms, 1, kHourMs,
                    "time for a whole request head"),
      number_option("idle_timeout_ms", &Config::idle_timeout_ms, 1, kHourMs,
                    "time a connection may lie idle"),
      number_option("body_timeout_ms", &Config::body_timeout_ms, 1, kHourMs,
                    "time without progress in a body"),
      number_option("stop_timeout_ms", &Config::stop_timeout_ms, 1, kHourMs,
                    "time that running requests have when the server stops"),
      number_option("sweep_seconds", &Config::sweep_seconds, 1, 86'400,
                    "time between passes of the sweeper"),
      number_option("garbage_mib", &Config::garbage_mib, 1, 1U << 20,
                    "deleted and replaced bytes after which the sweeper comes at once, MiB"),
      number_option("garbage_seconds", &Config::garbage_seconds, 1, 86'400 * 365,
                    "how long deleted and replaced bytes stay at most for who reads them"),
      number_option("log_archive_mib", &Config::log_archive_mib, 0, 1U << 20,
                    "logs of rows kept for `muzn engine recover` to replay behind a backup"),
      text_option("backup_dir", &Config::backup_dir,
                  "directory beneath which the admin API may put backups"),
      number_option("scrub_mib_per_second", &Config::scrub_mib_per_second, 0, 1U << 20,
                    "pace of the scrub, an eighth of it while clients wait; 0 = no scrub"),
      number_option("scrub_days", &Config::scrub_days, 0, 3650,
                    "time between begins of the scrub's passes; 0 = one after another"),
  };
  for (const auto& more : {record_options(), site_options()})
    std::ranges::copy(more, std::back_inserter(out));
  return out;
}

std::string flag_name(std::string name) {
  for (char& c : name) c = c == '_' ? '-' : c;
  return name;
}

std::string environment_name(std::string_view name) {
  std::string out = "MUZN_";
  for (const char c : name) {
    out += (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

Result<void> apply(const Option& option, Config& config, std::string_view value,
                   std::string_view from) {
  auto done = option.set(config, value);
  if (!done) return fail(Code::kInvalid, fmt::format("{}: {}", from, done.error().what));
  return {};
}

// A TOML value as the text that Option::set takes.
Result<std::string> plain(const toml::node& node, const Option& option) {
  if (const auto* list = node.as_array(); list != nullptr && option.clear) {
    std::string out;
    for (const auto& item : *list) {
      const auto text = item.value<std::string>();
      if (!text) return fail(Code::kInvalid, "needs a list of strings");
      out += *text + ",";
    }
    return out;
  }
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* text = node.as_string()) return text->get();
  return fail(Code::kInvalid, "has the wrong type");
}

Result<void> apply_file(const std::vector<Option>& table, Config& config, std::string_view text) {
  const auto parsed = toml::parse(text);
  if (!parsed) {
    return fail(Code::kInvalid,
                fmt::format("configuration file, line {}: {}", parsed.error().source().begin.line,
                            parsed.error().description()));
  }
  for (const auto& [key, node] : parsed.table()) {
    const Option* found = nullptr;
    for (const auto& option : table) {
      if (key.str() == option.name) found = &option;
    }
    const auto from = fmt::format("configuration file, {}", std::string(key.str()));
    if (found == nullptr) return fail(Code::kInvalid, from + ": no such option");
    auto value = plain(node, *found);
    if (!value) return fail(Code::kInvalid, fmt::format("{}: {}", from, value.error().what));
    TRY_VOID(apply(*found, config, *value, from));
  }
  return {};
}

}  // namespace

Result<Config> load_config(const Flags& flags, const Environment& environment,
                           std::string_view file_text) {
  const auto table = options();
  Config config;
  TRY_VOID(apply_file(table, config, file_text));
  for (const auto& option : table) {
    const auto name = environment_name(option.name);
    const auto found = environment.find(name);
    if (found == environment.end()) continue;
    if (option.clear) option.clear(config);
    TRY_VOID(apply(option, config, found->second, "environment, " + name));
  }
  std::set<std::string> seen;
  for (const auto& [name, value] : flags) {
    const Option* found = nullptr;
    for (const auto& option : table) {
      if (flag_name(option.name) == name) found = &option;
    }
    if (found == nullptr) return fail(Code::kInvalid, "--" + name + ": no such option");
    if (seen.insert(name).second && found->clear) found->clear(config);
    TRY_VOID(apply(*found, config, value, "--" + name));
  }
  if (config.data.empty()) {
    return fail(Code::kInvalid, "--data DIR is needed: where Muzn keeps everything");
  }
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    return fail(Code::kInvalid, "--tls-cert and --tls-key go together");
  }
  TRY(const auto parts, split_listen(config.listen));
  (void)parts;
  return config;
}

std::string describe(const Config& config) {
  std::string out;
  for (const auto& option : options()) {
    out += fmt::format("{} = {}\n", option.name, option.show(config));
  }
  return out;
}

std::string config_help() {
  std::string out;
  for (const auto& option : options()) {
    out += fmt::format("  --{:<18} {}\n", flag_name(option.name), option.help);
  }
  return out;
}

Result<std::pair<std::string, std::uint16_t>> split_listen(std::string_view listen) {
  const auto colon = listen.rfind(':');
  const auto bad = fail(Code::kInvalid, fmt::format("listen: '{}' is not HOST:PORT", listen));
  if (colon == std::string_view::npos) return bad;
  auto host = listen.substr(0, colon);
  const auto digits = listen.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || digits.empty() || end != digits.data() + digits.size()) return bad;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad;
  }
  if (host.empty()) host = "0.0.0.0";
  return std::pair{std::string(host), port};
}

}  // namespace muzn::server
