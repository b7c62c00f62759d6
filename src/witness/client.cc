#include "witness/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "merkle/add_checkpoint.h"
#include "merkle/decimal.h"
#include "merkle/verifier.h"

namespace muzn::witness {
namespace {

constexpr std::size_t kAnswerBytesMax = 64U << 10;

// One witness's part of the work, on a thread of its own.
class Question {
 public:
  Question(const merkle::SignedCheckpoint& checkpoint, const merkle::Policy::Witness& witness,
           const ProofSource& prove, const egress::Door& door, const Clock& clock,
           const AskOptions& options)
      : checkpoint_(checkpoint),
        witness_(witness),
        prove_(prove),
        door_(door),
        clock_(clock),
        options_(options) {}

  void run(std::uint64_t known_size);
  const Witnessed& outcome() const { return outcome_; }
  const std::optional<merkle::Signature>& cosignature() const { return cosignature_; }

 private:
  void miss(Missing missing, std::string why) {
    outcome_.missing = missing;
    outcome_.why = std::move(why);
  }
  std::uint64_t size() const { return checkpoint_.checkpoint.size; }
  Result<net::ClientResponse> send(const merkle::Proof& proof) const;
  // Whether it is to be asked again, from known_size.
  bool take(const net::ClientResponse& response, int conflicts);
  bool take_conflict(const std::string& body, int conflicts);
  void take_cosignature(const std::string& body);

  const merkle::SignedCheckpoint& checkpoint_;
  const merkle::Policy::Witness& witness_;
  const ProofSource& prove_;
  const egress::Door& door_;
  const Clock& clock_;
  const AskOptions& options_;
  Witnessed outcome_;
  std::optional<merkle::Signature> cosignature_;  // a good one
};

void Question::run(std::uint64_t known_size) {
  outcome_.known_size = known_size;
  if (witness_.url.empty()) return miss(Missing::kNoUrl, "the policy has no URL for it");
  for (int conflicts = 0;; ++conflicts) {
    const std::uint64_t from = outcome_.known_size;
    if (from > size()) {
      return miss(Missing::kAhead,
                  fmt::format("it has seen {} leaves, the checkpoint has {}", from, size()));
    }
    Result<merkle::Proof> proof = merkle::Proof();
    if (from > 0 && from < size()) proof = prove_(from, size());
    if (!proof) return miss(Missing::kNoProof, proof.error().what);
    const auto response = send(*proof);
    if (!response) return miss(Missing::kUnreachable, response.error().what);
    if (!take(*response, conflicts)) return;
  }
}

Result<net::ClientResponse> Question::send(const merkle::Proof& proof) const {
  std::string_view prefix = witness_.url;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  egress::Request request;
  request.url = fmt::format("{}/add-checkpoint", prefix);
  request.method = "POST";
  request.headers.add("Content-Type", "text/plain; charset=utf-8");
  request.body = merkle::format_add_checkpoint(
      {.old_size = outcome_.known_size, .proof = proof, .checkpoint = checkpoint_});
  request.timeout_ms = options_.timeout_ms;
  request.body_max = kAnswerBytesMax;
  // Checkpoints and proofs are public: no rule binds them.
  TRY(const policy::Permit permit,
      policy::may_send(
          {}, {.path = policy::Egress::kWitness, .what = request.url, .jurisdictions = {}}));
  return door_.fetch(request, permit);
}

bool Question::take(const net::ClientResponse& response, int conflicts) {
  if (response.status == 409) return take_conflict(response.body, conflicts);
  if (response.status == 200) {
    take_cosignature(response.body);
    return false;
  }
  // Its text is for people, and not to be trusted with their terminal.
  miss(Missing::kRefused, fmt::format("it answered {}", response.status));
  return false;
}

bool Question::take_conflict(const std::string& body, int conflicts) {
  const auto told = body.ends_with('\n')
                        ? merkle::parse_decimal(std::string_view(body).substr(0, body.size() - 1))
                        : fail(Code::kInvalid, "");
  if (!told) {
    miss(Missing::kLied, "it told no size in a conflict");
    return false;
  }
  const bool is_same = *told == outcome_.known_size;
  outcome_.known_size = *told;
  if (is_same || conflicts >= options_.conflicts_max) {
    miss(Missing::kConflict, fmt::format("it told again that it is at {}", *told));
    return false;
  }
  return true;
}

void Question::take_cosignature(const std::string& body) {
  auto lines = merkle::parse_signature_lines(body);
  if (!lines) return miss(Missing::kLied, lines.error().what);
  const merkle::VerifierKey& key = witness_.key;
  std::erase_if(*lines, [&](const merkle::Signature& line) {
    return line.name != key.name || line.key_id != key.key_id;
  });
  const merkle::Note note{.text = checkpoint_.note.text, .signatures = *lines};
  const auto verified = merkle::verify_known(note, {&key, 1});
  if (!verified) return miss(Missing::kLied, verified.error().what);
  if (verified->empty()) return miss(Missing::kLied, "no cosignature of its key");
  const std::uint64_t time = verified->front().time;
  const auto now =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_micros(clock_.now()) / 1'000'000));
  const std::uint64_t distance = std::max(time, now) - std::min(time, now);
  if (distance > options_.skew_seconds) {
    return miss(Missing::kLied, fmt::format("its cosignature is of another time: {}", time));
  }
  outcome_.time = time;
  outcome_.known_size = size();
  for (merkle::Signature& line : *lines) {
    if (merkle::verify_signature(key, note.text, line) != time) continue;
    cosignature_ = std::move(line);
    return;
  }
}

}  // namespace

const char* name(Missing missing) {
  switch (missing) {
    case Missing::kNot:
      return "";
    case Missing::kNoUrl:
      return "no_url";
    case Missing::kUnreachable:
      return "unreachable";
    case Missing::kRefused:
      return "refused";
    case Missing::kAhead:
      return "ahead";
    case Missing::kConflict:
      return "conflict";
    case Missing::kNoProof:
      return "no_proof";
    case Missing::kLied:
      return "lied";
  }
  return "";
}

std::vector<std::string> witness_urls(const merkle::Policy& policy) {
  std::vector<std::string> out;
  for (const merkle::Policy::Witness& witness : policy.witnesses) {
    if (!witness.url.empty()) out.push_back(witness.url);
  }
  return out;
}

Result<Witnessing> ask_witnesses(const std::string& checkpoint, const merkle::Policy& policy,
                                 const std::vector<std::uint64_t>& known_sizes,
                                 const ProofSource& prove, const egress::Door& door,
                                 const Clock& clock, const AskOptions& options) {
  CHECK(known_sizes.size() == policy.witnesses.size());
  TRY(merkle::SignedCheckpoint signed_checkpoint, merkle::parse_signed_checkpoint(checkpoint));
  // Cosignatures that came along are of an earlier time, and none of a witness's business.
  auto& lines = signed_checkpoint.note.signatures;
  std::erase_if(lines, [&](const merkle::Signature& line) {
    return std::ranges::any_of(policy.witnesses, [&](const merkle::Policy::Witness& witness) {
      return witness.key.name == line.name && witness.key.key_id == line.key_id;
    });
  });
  if (lines.empty()) return fail(Code::kInvalid, "checkpoint: not signed by a log");

  std::vector<Question> questions;
  questions.reserve(policy.witnesses.size());
  for (const merkle::Policy::Witness& witness : policy.witnesses) {
    questions.emplace_back(signed_checkpoint, witness, prove, door, clock, options);
  }
  {
    std::vector<std::jthread> threads;
    threads.reserve(questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
      threads.emplace_back(&Question::run, &questions[i], known_sizes[i]);
    }
  }
  Witnessing out;
  merkle::Note note = signed_checkpoint.note;
  std::vector<bool> cosigned;
  for (const Question& question : questions) {
    out.witnesses.push_back(question.outcome());
    cosigned.push_back(question.outcome().missing == Missing::kNot);
    if (question.cosignature()) note.signatures.push_back(*question.cosignature());
  }
  out.checkpoint = merkle::format_note(note);
  out.has_quorum = merkle::has_quorum(policy, cosigned);
  return out;
}

}  // namespace muzn::witness
