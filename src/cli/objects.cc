// `muzn ls` and `muzn presign`: a first look; aws-cli and rclone are the clients.
#include <fmt/core.h>

#include <charconv>
#include <optional>

#include "base/system.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "codec/uri.h"
#include "codec/xml.h"

namespace muzn::cli {
namespace {

struct Location {
  std::string bucket;
  std::string key;
};

std::optional<Location> parse_location(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  const auto slash = text.find('/');
  Location out{std::string(text.substr(0, slash)), ""};
  if (slash != std::string_view::npos) out.key = std::string(text.substr(slash + 1));
  if (out.bucket.empty()) return std::nullopt;
  return out;
}

// The document of a successful answer, or what the server said instead.
Result<codec::XmlNode> document(const Result<net::ClientResponse>& response) {
  if (!response) return std::unexpected(response.error());
  auto parsed = codec::parse_xml(response->body);
  if (response->status == 200) return parsed;
  if (!parsed) return fail(Code::kInternal, fmt::format("HTTP status {}", response->status));
  return fail(Code::kDenied,
              fmt::format("{}: {}", parsed->child_text("Code"), parsed->child_text("Message")));
}

void print_entry(bool json, const codec::Json& entry, const std::string& line) {
  fmt::print("{}\n", json ? codec::dump_json(entry) : line);
}

Result<void> list_buckets(const Connection& where, bool json, Time now) {
  TRY(const auto root, document(call(where, "s3", "GET", "/", "", "", now)));
  const auto* buckets = root.child("Buckets");
  if (buckets == nullptr) return fail(Code::kInvalid, "this is no S3 endpoint");
  for (const auto& bucket : buckets->children) {
    const std::string name(bucket.child_text("Name"));
    const std::string created(bucket.child_text("CreationDate"));
    print_entry(json, {{"name", name}, {"created", created}}, fmt::format("{}  {}", created, name));
  }
  return {};
}

Result<void> list_objects(const Connection& where, const Location& location, bool json,
                          const Clock& clock) {
  std::string token;
  do {
    std::string query = "delimiter=%2F&list-type=2";
    if (!token.empty())
      query = "continuation-token=" + codec::uri_encode(token, true) + "&" + query;
    query += "&prefix=" + codec::uri_encode(location.key, true);
    TRY(const auto page,
        document(call(where, "s3", "GET", "/" + location.bucket, query, "", clock.now())));
    for (const auto& child : page.children) {
      if (child.name == "CommonPrefixes") {
        const std::string prefix(child.child_text("Prefix"));
        print_entry(json, {{"prefix", prefix}}, fmt::format("{:>24}  {:>14}  {}", "", "-", prefix));
      } else if (child.name == "Contents") {
        const std::string key(child.child_text("Key"));
        const std::string modified(child.child_text("LastModified"));
        std::int64_t size = 0;
        const auto text = child.child_text("Size");
        std::from_chars(text.data(), text.data() + text.size(), size);
        print_entry(json, {{"key", key}, {"last_modified", modified}, {"size", size}},
                    fmt::format("{}  {:>14}  {}", modified, size, key));
      }
    }
    token = page.child_text("NextContinuationToken");
  } while (!token.empty());
  return {};
}

}  // namespace

int run_ls(const Words& words) {
  const auto args = parse_args(words, {"json", "help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("muzn ls [s3://BUCKET[/PREFIX]] [--endpoint URL] [--profile NAME] [--json]\n");
    return 0;
  }
  if (const auto known = only(*args, {"endpoint", "profile", "region", "json"}); !known) {
    return complain(known.error().what, 2);
  }
  const auto where = connection(*args);
  if (!where) return complain(where.error().what, 2);
  const SystemClock clock;
  Result<void> done;
  if (args->words.empty()) {
    done = list_buckets(*where, args->has("json"), clock.now());
  } else {
    const auto location = parse_location(args->words[0]);
    if (!location) return complain("'" + args->words[0] + "' is not s3://BUCKET[/PREFIX]", 2);
    done = list_objects(*where, *location, args->has("json"), clock);
  }
  return done ? 0 : complain(done.error().what, 1);
}

int run_presign(const Words& words) {
  const auto args = parse_args(words, {"help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help") || args->words.size() != 1) {
    fmt::print(
        "muzn presign s3://BUCKET/KEY [--method GET] [--expires SECONDS] [--endpoint URL] "
        "[--profile NAME]\n");
    return args->has("help") ? 0 : 2;
  }
  if (const auto known = only(*args, {"endpoint", "profile", "region", "method", "expires"});
      !known) {
    return complain(known.error().what, 2);
  }
  const auto location = parse_location(args->words[0]);
  if (!location || location->key.empty()) {
    return complain("'" + args->words[0] + "' is not s3://BUCKET/KEY", 2);
  }
  const std::string expires = args->get("expires", "3600");
  std::int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  constexpr std::int64_t kWeek = 604'800;  // AWS: presigned URLs live at most seven days
  if (error != std::errc{} || end != expires.data() + expires.size() || seconds < 1 ||
      seconds > kWeek) {
    return complain("--expires needs 1 to 604800 seconds", 2);
  }
  const auto where = connection(*args);
  if (!where) return complain(where.error().what, 2);
  const auto host = endpoint_host(where->endpoint);
  if (!host) return complain(host.error().what, 2);
  const std::string path = "/" + location->bucket + "/" + codec::uri_encode(location->key, false);
  const SystemClock clock;
  fmt::print("{}{}?{}\n", where->endpoint, path,
             sigv4::presign(args->get("method", "GET"), *host, path, "", where->key, where->region,
                            seconds, clock.now()));
  return 0;
}

}  // namespace muzn::cli
