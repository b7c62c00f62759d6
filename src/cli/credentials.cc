#include "cli/credentials.h"

#include <cstdlib>

#include "fs/dir.h"

namespace muzn::cli {
namespace {

constexpr std::size_t kIniMax = 1U << 20;

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const auto& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

std::map<std::string, std::string> profile_file(const std::string& path,
                                                const std::string& section) {
  const auto text = fs::read_file(path, kIniMax);
  return text ? ini_section(*text, section) : std::map<std::string, std::string>{};
}

}  // namespace

std::map<std::string, std::string> ini_section(std::string_view text, std::string_view section) {
  std::map<std::string, std::string> out;
  bool inside = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      inside = line.back() == ']' && trim(line.substr(1, line.size() - 2)) == section;
      continue;
    }
    const auto equals = line.find('=');
    if (inside && equals != std::string_view::npos) {
      out[std::string(trim(line.substr(0, equals)))] = std::string(trim(line.substr(equals + 1)));
    }
  }
  return out;
}

Result<Connection> connection(const Args& args) {
  const std::string profile = first_of({args.get("profile"), env("AWS_PROFILE"), "default"});
  const std::string home = env("HOME");
  const auto secrets = profile_file(
      first_of({env("AWS_SHARED_CREDENTIALS_FILE"), home + "/.aws/credentials"}), profile);
  const auto settings = profile_file(first_of({env("AWS_CONFIG_FILE"), home + "/.aws/config"}),
                                     profile == "default" ? profile : "profile " + profile);
  const auto find = [](const std::map<std::string, std::string>& in, const std::string& name) {
    const auto found = in.find(name);
    return found == in.end() ? std::string() : found->second;
  };

  Connection out;
  out.endpoint = first_of({args.get("endpoint"), env("MUZN_ENDPOINT"), env("AWS_ENDPOINT_URL"),
                           find(settings, "endpoint_url")});
  if (out.endpoint.empty()) {
    return fail(Code::kInvalid, "no endpoint: give --endpoint URL or set MUZN_ENDPOINT");
  }
  while (out.endpoint.ends_with('/')) out.endpoint.pop_back();
  out.region = first_of({args.get("region"), env("AWS_REGION"), env("AWS_DEFAULT_REGION"),
                         find(settings, "region"), "us-east-1"});
  out.ca_file = env("AWS_CA_BUNDLE");
  if (!args.has("profile")) {
    out.key = {env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")};
  }
  if (out.key.access_key.empty()) {
    out.key = {find(secrets, "aws_access_key_id"), find(secrets, "aws_secret_access_key"),
               find(secrets, "aws_session_token")};
  }
  if (out.key.access_key.empty() || out.key.secret_key.empty()) {
    return fail(Code::kInvalid,
                "no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile '" +
                    profile + "' of ~/.aws/credentials");
  }
  return out;
}

}  // namespace muzn::cli
