#include "witness/cosigner.h"

#include <algorithm>

namespace muzn::witness {
namespace {

// By so much the clock may have gone back since the last cosignature (it was set right): until it
// is there again the old time is stated. Beyond, a time would be stated that is not true.
constexpr std::uint64_t kClockStepSeconds = 60;

std::optional<merkle::TreeHead> head_of(const View* view) {
  if (view == nullptr) return std::nullopt;
  const merkle::Checkpoint& checkpoint = view->checkpoint.checkpoint;
  return merkle::TreeHead{.size = checkpoint.size, .root = checkpoint.root};
}

Answer to_answer(merkle::Ruling ruling) {
  return {.verdict = ruling.verdict,
          .cosignature = {},
          .is_new = false,
          .why = std::move(ruling.why),
          .known_size = ruling.known_size};
}

// The line of `key` in a view of its own.
std::string cosignature_in(const View& view, const merkle::VerifierKey& key) {
  const auto& signatures = view.checkpoint.note.signatures;
  const auto own = std::ranges::find_if(signatures, [&](const merkle::Signature& one) {
    return one.name == key.name && one.key_id == key.key_id;
  });
  CHECK(own != signatures.end());
  return merkle::format_signature(*own);
}

}  // namespace

Result<Cosigner> Cosigner::open(merkle::Signer signer, const std::vector<merkle::VerifierKey>& logs,
                                Views views, const Clock& clock) {
  Cosigner out(std::move(signer), std::move(views), clock);
  for (const merkle::VerifierKey& key : logs) {
    if (key.type != merkle::KeyType::kEd25519) {
      return fail(Code::kInvalid, key.name + ": not the key of a log");
    }
    if (key.public_key == out.key().public_key) {
      return fail(Code::kInvalid, key.name + ": its key is this witness's own");
    }
    auto& log = out.logs_[origin_hash(key.name)];
    if (!log) log = std::make_unique<Log>();
    if (std::ranges::find(log->keys, key) != log->keys.end()) {
      return fail(Code::kInvalid, key.name + ": a log's key twice");
    }
    log->keys.push_back(key);
  }
  TRY(std::vector<View> found, out.views_.load(out.key()));
  for (View& view : found) {
    auto& log = out.logs_[origin_hash(view.checkpoint.checkpoint.origin)];
    if (!log) log = std::make_unique<Log>();
    log->view = std::make_shared<const View>(std::move(view));
  }
  return out;
}

Cosigner::Log* Cosigner::find(std::string_view origin) const {
  const auto found = logs_.find(origin_hash(origin));
  return found == logs_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const View> Cosigner::view_of(const Log& log) {
  const std::lock_guard lock(log.mutex);
  return log.view;
}

Answer Cosigner::preview(const merkle::AddCheckpoint& request) const {
  const Log* log = find(request.checkpoint.checkpoint.origin);
  if (log == nullptr) return to_answer(merkle::rule_on(request, {}, std::nullopt));
  return to_answer(merkle::rule_on(request, log->keys, head_of(view_of(*log).get())));
}

// A cosignature says that no larger tree was seen by its time: times never go back.
Result<std::uint64_t> Cosigner::time_after(const View* last) const {
  const std::int64_t now = to_micros(clock_.now()) / 1'000'000;
  if (now <= 0) return fail(Code::kUnavailable, "the clock is not set");
  const std::uint64_t least = last == nullptr ? 0 : last->time;
  const auto time = static_cast<std::uint64_t>(now);
  if (time + kClockStepSeconds < least) {
    return fail(Code::kUnavailable, "the clock is behind what was cosigned last");
  }
  return std::max(time, least);
}

Result<Answer> Cosigner::add(const merkle::AddCheckpoint& request) {
  Log* const log = find(request.checkpoint.checkpoint.origin);
  if (log == nullptr) return to_answer(merkle::rule_on(request, {}, std::nullopt));
  const std::lock_guard turn(log->turn);
  const std::shared_ptr<const View> last = view_of(*log);
  merkle::Ruling ruling = merkle::rule_on(request, log->keys, head_of(last.get()));
  if (ruling.verdict != merkle::Verdict::kCosign) return to_answer(std::move(ruling));

  auto next = std::make_shared<View>();
  TRY(next->time, time_after(last.get()));
  next->checkpoint = std::move(ruling.accepted);
  merkle::Note& note = next->checkpoint.note;
  Answer answer = to_answer(std::move(ruling));
  answer.is_new = !last || last->checkpoint.checkpoint.size != next->checkpoint.checkpoint.size;
  // Anybody can send a log's last checkpoint again: that costs one write a second at most.
  if (last && last->time == next->time && last->checkpoint.note.text == note.text) {
    answer.cosignature = cosignature_in(*last, key());
    return answer;
  }
  const merkle::Signature cosignature = signer_.sign(note.text, next->time);
  note.signatures.push_back(cosignature);
  next->note = merkle::format_note(note);
  TRY_VOID(views_.save(*next));
  {
    const std::lock_guard lock(log->mutex);
    log->view = std::move(next);
  }
  answer.cosignature = merkle::format_signature(cosignature);
  return answer;
}

std::optional<std::string> Cosigner::view(std::string_view origin_hash) const {
  const auto found = logs_.find(origin_hash);
  if (found == logs_.end()) return std::nullopt;
  const auto view = view_of(*found->second);
  if (!view) return std::nullopt;
  return view->note;
}

}  // namespace muzn::witness
