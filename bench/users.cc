// What a request costs the gate as an account has more users: authenticated by its signature, and
// allowed by the policies of its user, who is one of many. Of this processor's time, without disk
// and network.
//   users [users = 100000]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "base/system.h"
#include "gate/gate.h"
#include "sigv4/sigv4.h"

namespace muzn {
namespace {

using namespace control;

constexpr const char* kAccount = "100000000001";
constexpr const char* kPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/${aws:username}/*"]}]})";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kCallers = 1'000;  // that take turns, where there are so many
constexpr int kRequests = 20'000;        // of a round
constexpr int kRounds = 9;

std::string numbered(std::string prefix, std::size_t width, std::size_t n) {
  std::string out = std::move(prefix) + std::string(width, 'A');
  for (std::size_t at = out.size(); n > 0; n /= kBase32.size()) {
    out[--at] = kBase32[n % kBase32.size()];
  }
  return out;
}

std::string user_name(std::size_t n) {
  return fmt::format("user{:07}", n);
}
std::string access_key(std::size_t n) {
  return numbered("AKIA", 16, n);
}

void apply_next(State& state, ActBody body) {
  const Act act{
      .sequence = state.acts, .time = {}, .actor = "a", .request_id = "", .body = std::move(body)};
  const auto done = apply_in_place(state, act);
  if (done) return;
  fmt::print(stderr, "{}\n", done.error().what);
  std::abort();
}

Account account_of(const char* id, const char* name, char digit) {
  return {.id = id,
          .canonical_id = std::string(64, digit),
          .display_name = name,
          .email = fmt::format("{}@example.org", digit),
          .created = {}};
}

Snapshot make_state(std::size_t users) {
  auto out = std::make_shared<State>();
  Account root = account_of("100000000000", "Operator", 'a');
  root.is_operator = true;
  apply_next(*out, Genesis{root, "us-east-1"});
  apply_next(*out, CreateAccount{account_of(kAccount, "Tenant", 'b')});
  for (std::size_t n = 0; n < users; ++n) {
    apply_next(*out, CreateUser{{.account = kAccount,
                                 .name = user_name(n),
                                 .id = numbered("AIDA", 17, n),
                                 .created = {}}});
    CreateKey key;
    key.key = {.access_key = access_key(n),
               .secret_key = "secret-of-a-user",
               .account = kAccount,
               .user = user_name(n),
               .created = {}};
    key.commitment = std::string(64, 'c');
    apply_next(*out, std::move(key));
    apply_next(*out, PutInlinePolicy{{kAccount, IamKind::kUser, user_name(n)}, "own", kPolicy});
  }
  return out;
}

// Has a state, and takes no acts.
class Still final : public Controller {
 public:
  explicit Still(Snapshot state) : state_(std::move(state)) {}
  Snapshot state() const override { return state_; }
  Task<Result<Enacted>> propose(std::string, std::string, ActBody) override {
    co_return fail(Code::kUnsupported, "no acts");
  }
  Task<Result<void>> settle() override { co_return Result<void>{}; }
  std::size_t pending() const override { return 0; }
  Account new_account(std::string, std::string) override { return {}; }
  User new_user(std::string, std::string) override { return {}; }
  Group new_group(std::string, std::string) override { return {}; }
  Role new_role(std::string, std::string) override { return {}; }
  ManagedPolicy new_policy(std::string, std::string) override { return {}; }
  CreateKey new_key(std::string, std::string, std::string, std::string) override { return {}; }

 private:
  const Snapshot state_;
};

struct Request {
  http::RequestHead head;
  std::string resource;
};

class Journey {
 public:
  explicit Journey(std::size_t users) : controller_(make_state(users)) {
    const std::size_t callers = std::min(users, kCallers);
    for (std::size_t i = 0; i < callers; ++i) {
      const std::size_t n = i * (users / callers);
      Request& one = requests_.emplace_back();
      one.head.method = "GET";
      one.head.host = "localhost:9000";
      one.head.path = one.head.target = "/bucket/" + user_name(n) + "/key";
      one.head.headers.add("Host", one.head.host);
      sigv4::sign(one.head, "UNSIGNED-PAYLOAD", {access_key(n), "secret-of-a-user", ""},
                  "us-east-1", "s3", clock_.now());
      one.resource = "arn:aws:s3:::bucket/" + user_name(n) + "/key";
    }
  }

  // Microseconds a request.
  double round() {
    const std::clock_t start = std::clock();
    for (int i = 0; i < kRequests; ++i) {
      const Request& one = requests_[static_cast<std::size_t>(i) % requests_.size()];
      const auto who = gate_.authenticate(one.head);
      if (!who) fail_hard(who.error().message);
      gate::Ask ask;
      ask.action = "s3:GetObject";
      ask.resource = one.resource;
      ask.owner = kAccount;
      const auto allowed = gate_.authorize(*who, ask);
      if (!allowed) fail_hard(allowed.error().message);
    }
    return static_cast<double>(std::clock() - start) * 1e6 / CLOCKS_PER_SEC / kRequests;
  }

 private:
  [[noreturn]] static void fail_hard(const std::string& why) {
    fmt::print(stderr, "{}\n", why);
    std::abort();
  }

  SystemClock clock_;
  Still controller_;
  gate::Gate gate_{controller_, clock_, {.region = "us-east-1", .external_hosts = {}}};
  std::vector<Request> requests_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(std::size_t users) {
  Journey one(1);
  Journey few(kCallers);
  Journey many(users);
  std::array<std::vector<double>, 3> times;
  std::array<std::vector<double>, 2> ratios;
  for (int round = 0; round < kRounds; ++round) {  // in turn: the machine has other moods meanwhile
    times[0].push_back(one.round());
    times[1].push_back(few.round());
    times[2].push_back(many.round());
    ratios[0].push_back(times[2].back() / times[0].back());
    ratios[1].push_back(times[2].back() / times[1].back());
  }
  const auto spread = [](const std::vector<double>& values) {
    return fmt::format("{:.2f} ({:.2f}–{:.2f})", median(values), std::ranges::min(values),
                       std::ranges::max(values));
  };
  fmt::print("| 1 user | {} users | {} users | {} / 1 | {} / {} |\n", kCallers, users, users, users,
             kCallers);
  fmt::print("| {} us | {} us | {} us | {} | {} |\n", spread(times[0]), spread(times[1]),
             spread(times[2]), spread(ratios[0]), spread(ratios[1]));
  return 0;
}

}  // namespace
}  // namespace muzn

int main(int count, char** words) {
  const std::size_t users = count > 1 ? std::strtoull(words[1], nullptr, 10) : 100'000;
  return muzn::run(std::max(users, std::size_t{1'000}));
}
