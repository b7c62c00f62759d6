// Asking witnesses over real connections, some of which lie.
#include "witness/client.h"

#include <functional>
#include <thread>

#include "base/system.h"
#include "merkle/judge.h"
#include "net/server.h"
#include "unit/fs/temp_dir.h"
#include "unit/witness/fixture.h"
#include "witness/service.h"

namespace muzn::witness {
namespace {

// A handler on a free port.
class Host {
 public:
  Host(http::Handler& handler, const Clock& clock) {
    net::ServerOptions options;
    options.port = 0;
    options.loops = 1;
    server_ = net::listen(std::move(options), handler, clock).value();
    thread_ = std::thread([this] { server_->run(); });
  }
  ~Host() {
    server_->stop();
    thread_.join();
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
};

// Answers what it is told to.
class Puppet final : public http::Handler {
 public:
  using Play = std::function<http::Response(const merkle::AddCheckpoint&)>;
  explicit Puppet(Play play) : play_(std::move(play)) {}
  Task<http::Response> handle(http::Request& request) override {
    ++asked;
    const auto body = co_await read_all(*request.body, 1U << 20);
    co_return play_(merkle::parse_add_checkpoint(*body).value());
  }
  http::Response refuse(int status, std::string_view /*reason*/,
                        const http::Peer& /*peer*/) override {
    return answer(status, "");
  }
  static http::Response answer(int status, std::string body) {
    http::Response out;
    out.status = status;
    out.body = std::move(body);
    return out;
  }

  std::atomic<int> asked = 0;

 private:
  Play play_;
};

merkle::Signer witness_key(char seed) {
  return merkle::witness_signer(std::string("witness.example/") + seed, seed);
}

// An honest one.
class Honest {
 public:
  Honest(char seed, const Clock& clock)
      : cosigner_(Cosigner::open(witness_key(seed), {merkle::log_signer().verifier()},
                                 Views::open(dir_.path()).value(), clock)
                      .value()),
        service_(cosigner_, pool_,
                 {.cosigned = [](const merkle::Checkpoint&) {},
                  .inconsistent = [](const merkle::AddCheckpoint&, std::string_view) {},
                  .failed = [](const Error&) {}}),
        host_(service_, system_) {}
  std::string url() const { return host_.url(); }
  Cosigner& cosigner() { return cosigner_; }

 private:
  test::TempDir dir_;
  Pool pool_{1};
  SystemClock system_;
  Cosigner cosigner_;
  Service service_;
  Host host_;
};

class ClientTest : public testing::Test {
 protected:
  // Witnesses a, b and c at these places, two of which have to cosign.
  merkle::Policy policy(const std::string& a, const std::string& b, const std::string& c) {
    std::string text = "log " + merkle::format_vkey(story_.log.verifier()) + "\n";
    for (const auto& [seed, url] : {std::pair('a', a), std::pair('b', b), std::pair('c', c)}) {
      text += std::string("witness ") + seed + " " +
              merkle::format_vkey(witness_key(seed).verifier()) + " " + url + "\n";
    }
    return merkle::parse_policy(text + "group two 2 a b c\nquorum two\n").value();
  }
  std::string note(std::size_t size) {
    return merkle::format_note(story_.grow(size, size).checkpoint.note);
  }
  Witnessing ask(const merkle::Policy& policy, std::size_t size,
                 std::vector<std::uint64_t> known = {0, 0, 0}) {
    const auto door = egress::Door::make({.allowed = witness_urls(policy)}, system_).value();
    const ProofSource prove = [this](std::uint64_t from,
                                     std::uint64_t to) -> Result<merkle::Proof> {
      if (!has_proofs_) return fail(Code::kNotFound, "no tiles");
      const std::lock_guard lock(mutex_);
      return story_.honest.request(from, to, story_.log).proof;
    };
    auto out = ask_witnesses(note(size), policy, known, prove, door, clock_,
                             {.timeout_ms = 2000, .conflicts_max = 2, .skew_seconds = 300});
    EXPECT_TRUE(out) << out.error().what;
    return *std::move(out);
  }
  // What comes of a witness `c` that plays so, beside two honest ones.
  Witnessed with_third(Puppet& puppet) {
    Host host(puppet, system_);
    const merkle::Policy three = policy(a_.url(), b_.url(), host.url());
    const Witnessing out = ask(three, 20);
    EXPECT_TRUE(out.has_quorum);
    EXPECT_TRUE(merkle::judge_checkpoint(out.checkpoint, three)) << out.checkpoint;
    return out.witnesses[2];
  }

  FakeClock clock_;
  SystemClock system_;
  Story story_;
  std::mutex mutex_;  // guards story_ while proofs are made
  bool has_proofs_ = true;
  Honest a_{'a', clock_};
  Honest b_{'b', clock_};
};

TEST_F(ClientTest, AllCosign) {
  Honest c('c', clock_);
  const merkle::Policy three = policy(a_.url(), b_.url() + "/", c.url());
  for (const std::size_t size : {0UL, 7UL, 7UL, 20UL}) {
    const Witnessing out = ask(three, size);
    EXPECT_TRUE(out.has_quorum);
    const auto judged = merkle::judge_checkpoint(out.checkpoint, three);
    ASSERT_TRUE(judged) << judged.error().what;
    EXPECT_EQ(judged->cosigned.size(), 3U);
    EXPECT_EQ(judged->newest(), 1'700'000'000U);
    for (const Witnessed& one : out.witnesses) {
      EXPECT_EQ(one.missing, Missing::kNot) << one.why;
      EXPECT_EQ(one.known_size, size);
    }
  }
}

TEST_F(ClientTest, OneDown) {
  std::string nowhere;
  {
    Honest gone('c', clock_);
    nowhere = gone.url();
  }
  const merkle::Policy three = policy(a_.url(), b_.url(), nowhere);
  const Witnessing out = ask(three, 7);
  EXPECT_TRUE(out.has_quorum);
  EXPECT_TRUE(merkle::judge_checkpoint(out.checkpoint, three));
  EXPECT_EQ(out.witnesses[2].missing, Missing::kUnreachable);
}

TEST_F(ClientTest, TwoDown) {
  const merkle::Policy three = policy(a_.url(), "", "");
  const Witnessing out = ask(three, 7);
  EXPECT_FALSE(out.has_quorum);
  EXPECT_EQ(out.witnesses[0].missing, Missing::kNot);
  EXPECT_EQ(out.witnesses[1].missing, Missing::kNoUrl);
  EXPECT_FALSE(merkle::judge_checkpoint(out.checkpoint, three));
}

TEST_F(ClientTest, WitnessAtAnotherSizeTellsIt) {
  ASSERT_EQ(status_of(a_.cosigner().add(story_.grow(0, 3))), 200);
  ASSERT_EQ(status_of(b_.cosigner().add(story_.grow(0, 20))), 200);
  const merkle::Policy three = policy(a_.url(), b_.url(), "");
  const Witnessing out = ask(three, 20, {11, 4, 0});
  EXPECT_EQ(out.witnesses[0].missing, Missing::kNot) << out.witnesses[0].why;
  EXPECT_EQ(out.witnesses[1].missing, Missing::kNot) << out.witnesses[1].why;
  EXPECT_TRUE(out.has_quorum);
}

TEST_F(ClientTest, WitnessThatSawMoreIsAWarning) {
  ASSERT_EQ(status_of(a_.cosigner().add(story_.grow(0, 30))), 200);
  const Witnessing out = ask(policy(a_.url(), b_.url(), ""), 20);
  EXPECT_EQ(out.witnesses[0].missing, Missing::kAhead);
  EXPECT_EQ(out.witnesses[0].known_size, 30U);
  EXPECT_FALSE(out.has_quorum);
}

TEST_F(ClientTest, WithoutAProofNobodyIsAsked) {
  ASSERT_EQ(status_of(a_.cosigner().add(story_.grow(0, 3))), 200);
  has_proofs_ = false;
  const Witnessing out = ask(policy(a_.url(), b_.url(), ""), 20, {3, 0, 0});
  EXPECT_EQ(out.witnesses[0].missing, Missing::kNoProof);
  EXPECT_EQ(out.witnesses[1].missing, Missing::kNot);
}

TEST_F(ClientTest, Liars) {
  const merkle::Signer own = witness_key('c');
  const merkle::Signer other = merkle::witness_signer("witness.example/c", 'x');
  const auto says = [&](const merkle::Signer& signer, std::string text, std::int64_t time) {
    return Puppet::answer(
        200, merkle::format_signature(signer.sign(text, static_cast<std::uint64_t>(time))));
  };
  const std::int64_t now = clock_.seconds;
  using Request = merkle::AddCheckpoint;
  struct Lie {
    const char* name;
    Puppet::Play play;
  };
  const std::vector<Lie> lies = {
      {"nothing", [](const Request&) { return Puppet::answer(200, ""); }},
      {"no signature line", [](const Request&) { return Puppet::answer(200, "yes\n"); }},
      {"another key",
       [&](const Request& request) { return says(other, request.checkpoint.note.text, now); }},
      {"another text", [&](const Request&) { return says(own, "log\n1\nx\n", now); }},
      {"too old",
       [&](const Request& request) { return says(own, request.checkpoint.note.text, now - 301); }},
      {"too young",
       [&](const Request& request) { return says(own, request.checkpoint.note.text, now + 301); }},
      {"no time",
       [&](const Request& request) { return says(own, request.checkpoint.note.text, 0); }},
      {"another time than was signed",
       [&](const Request& request) {
         merkle::Signature line =
             own.sign(request.checkpoint.note.text, static_cast<std::uint64_t>(now));
         line.bytes[7] = static_cast<char>(line.bytes[7] ^ 1);
         return Puppet::answer(200, merkle::format_signature(line));
       }},
      {"a signature as logs make it",
       [&](const Request& request) {
         const auto log_like =
             merkle::log_signer("witness.example/c", 'c').sign(request.checkpoint.note.text, 0);
         return Puppet::answer(200, merkle::format_signature(log_like));
       }},
      {"no size", [](const Request&) { return Puppet::answer(409, "x\n"); }},
      {"no newline", [](const Request&) { return Puppet::answer(409, "7"); }},
  };
  for (const auto& [name, play] : lies) {
    Puppet puppet(play);
    const Witnessed out = with_third(puppet);
    EXPECT_EQ(out.missing, Missing::kLied) << name << ": " << out.why;
    EXPECT_FALSE(out.why.empty());
    EXPECT_EQ(puppet.asked, 1) << name;
  }
  Puppet truth(
      [&](const Request& request) { return says(own, request.checkpoint.note.text, now - 300); });
  EXPECT_EQ(with_third(truth).missing, Missing::kNot);
}

TEST_F(ClientTest, RefusalsAndConflictsWithoutEnd) {
  Puppet refuses([](const merkle::AddCheckpoint&) { return Puppet::answer(403, "\x1b[2J no"); });
  const Witnessed refused = with_third(refuses);
  EXPECT_EQ(refused.missing, Missing::kRefused);
  EXPECT_EQ(refused.why, "it answered 403");
  int size = 0;
  Puppet moves([&](const merkle::AddCheckpoint&) {
    return Puppet::answer(409, std::to_string(++size) + "\n");
  });
  EXPECT_EQ(with_third(moves).missing, Missing::kConflict);
  EXPECT_EQ(moves.asked, 3);
  Puppet stubborn([](const merkle::AddCheckpoint& request) {
    return Puppet::answer(409, std::to_string(request.old_size) + "\n");
  });
  EXPECT_EQ(with_third(stubborn).missing, Missing::kConflict);
  EXPECT_EQ(stubborn.asked, 1);
  Puppet talks(
      [](const merkle::AddCheckpoint&) { return Puppet::answer(200, std::string(1U << 20, 'x')); });
  EXPECT_EQ(with_third(talks).missing, Missing::kUnreachable);
}

TEST_F(ClientTest, SilenceEndsAtTheTimeout) {
  Puppet sleeps([](const merkle::AddCheckpoint&) {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    return Puppet::answer(200, "");
  });
  const Witnessed out = with_third(sleeps);
  EXPECT_EQ(out.missing, Missing::kUnreachable);
  EXPECT_TRUE(out.why.contains("timed out")) << out.why;
}

TEST_F(ClientTest, OldCosignaturesDoNotComeAlong) {
  const merkle::Policy three = policy(a_.url(), b_.url(), "");
  const Witnessing first = ask(three, 7);
  const auto door = egress::Door::make({.allowed = {}}, system_).value();
  const auto second =
      ask_witnesses(first.checkpoint, three, {7, 7, 0}, {}, door, clock_, {.timeout_ms = 1000});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->checkpoint, note(7));
  EXPECT_FALSE(second->has_quorum);
  EXPECT_EQ(second->witnesses[0].missing, Missing::kUnreachable);  // the door does not open
}

}  // namespace
}  // namespace muzn::witness
