// How long a control log takes to replay, and what an act and a question cost on its end: users
// with keys, groups and policies, as JSON that is read, as a start does, without the disk.
//   replay [acts = 100000]
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "control/state.h"

namespace muzn::control {
namespace {

constexpr std::size_t kUsersOfAccount = 1'000;
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr const char* kText =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/${aws:username}/*"]}]})";

// Seconds of this processor: whatever else the machine does.
double since(std::clock_t start) {
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

std::string numbered(std::string prefix, std::size_t width, std::size_t n) {
  std::string out = std::move(prefix) + std::string(width, 'A');
  for (std::size_t at = out.size(); n > 0; n /= kBase32.size()) {
    out[--at] = kBase32[n % kBase32.size()];
  }
  return out;
}

std::string account_id(std::size_t n) {
  return std::to_string(100'000'000'000 + n);
}
Account account_of(std::size_t n) {
  return {.id = account_id(n),
          .canonical_id = fmt::format("{:064x}", n),
          .display_name = "Account",
          .email = fmt::format("a{}@example.org", n),
          .is_operator = n == 0,
          .created = {}};
}

// The n-th thing of a house: an account, then its users, each with a key, a group and a policy.
std::vector<ActBody> acts_of_user(std::size_t n) {
  const std::string account = account_id(1 + n / kUsersOfAccount);
  const std::string name = fmt::format("user{}", n);
  std::vector<ActBody> out;
  if (n % kUsersOfAccount == 0) {
    out.emplace_back(CreateAccount{account_of(1 + n / kUsersOfAccount)});
    out.emplace_back(CreateGroup{
        {.account = account, .name = "staff", .id = numbered("AGPA", 17, n), .created = {}}});
  }
  out.emplace_back(
      CreateUser{{.account = account, .name = name, .id = numbered("AIDA", 17, n), .created = {}}});
  CreateKey key;
  key.key = {.access_key = numbered("AKIA", 16, n),
             .secret_key = {},
             .account = account,
             .user = name,
             .created = {}};
  key.commitment = std::string(64, 'c');
  out.emplace_back(std::move(key));
  out.emplace_back(AddUserToGroup{account, "staff", name});
  out.emplace_back(PutInlinePolicy{{account, IamKind::kUser, name}, "own", kText});
  return out;
}

void add(std::vector<std::string>& log, ActBody body) {
  log.push_back(act_to_json({.sequence = log.size(),
                             .time = {},
                             .actor = "arn:aws:iam::100000000000:root",
                             .request_id = "REQ",
                             .body = std::move(body)}));
}

int run(std::size_t count) {
  std::vector<std::string> log;
  add(log, Genesis{account_of(0), "us-east-1"});
  for (std::size_t user = 0; log.size() < count; ++user) {
    for (ActBody& body : acts_of_user(user)) add(log, std::move(body));
  }
  State state;
  auto start = std::clock();
  for (const std::string& json : log) {
    const auto act = act_from_json(json);
    if (!act || !apply_in_place(state, *act)) return 1;
  }
  fmt::print("replay of {} acts, {} users: {:.2f} s\n", log.size(), state.users.size(),
             since(start));

  constexpr std::size_t kRounds = 1'000;
  start = std::clock();
  const std::string last = state.users.begin()->first.second;
  for (std::size_t i = 0; i < kRounds; ++i) {
    Act act{.sequence = state.acts, .time = {}, .actor = "a", .request_id = "", .body = Genesis{}};
    act.body = PutTags{{account_id(1), IamKind::kUser, last}, {{"k", std::to_string(i)}}};
    if (!apply(state, act)) return 1;
  }
  fmt::print("an act on it, state copied: {:.1f} us\n", since(start) / kRounds * 1e6);

  start = std::clock();
  std::size_t found = 0;
  for (std::size_t i = 0; i < kRounds * 100; ++i) {
    const AccessKey* key = state.key(numbered("AKIA", 16, i * 7919 % state.users.size()));
    if (key != nullptr && state.user(key->account, key->user) != nullptr) ++found;
  }
  fmt::print("a key and its user: {:.2f} us ({} found)\n", since(start) / (kRounds * 100) * 1e6,
             found);
  return 0;
}

}  // namespace
}  // namespace muzn::control

int main(int count, char** words) {
  const std::size_t acts = count > 1 ? std::strtoull(words[1], nullptr, 10) : 100'000;
  return muzn::control::run(acts);
}
