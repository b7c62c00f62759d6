// The witness itself: rules on what logs ask (merkle/ruling.h), remembers (views.h), cosigns.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "merkle/ruling.h"
#include "merkle/signer.h"
#include "witness/views.h"

namespace muzn::witness {

struct Answer {
  merkle::Verdict verdict = merkle::Verdict::kInconsistent;
  std::string cosignature;       // a signature line when cosigned
  bool is_new = false;           // the log grew, or was seen for the first time
  std::string why;               // for people, when not
  std::uint64_t known_size = 0;  // kConflict
};

class Cosigner {
 public:
  // `logs`: the keys that are believed, each for the origin that is its name; several of one name
  // while a log changes its key. `clock` must outlive it. Errors: kInvalid (a key twice, one of
  // another type than logs sign with, or the witness's own), and those of Views::load().
  static Result<Cosigner> open(merkle::Signer signer, const std::vector<merkle::VerifierKey>& logs,
                               Views views, const Clock& clock);

  const merkle::VerifierKey& key() const { return signer_.verifier(); }

  // What will be answered unless the log is cosigned: anything but kCosign stands. Does not block.
  Answer preview(const merkle::AddCheckpoint& request) const;
  // Blocks: when it cosigns, the new view is durable before it returns. Two at a time for one
  // origin: one after the other. Errors: kUnavailable (it can't remember, or its clock is wrong),
  // and those of fs. Threads: safe, as is all below.
  Result<Answer> add(const merkle::AddCheckpoint& request);

  // The last cosigned checkpoint of the origin with this hash; nullopt when there is none.
  std::optional<std::string> view(std::string_view origin_hash) const;
  bool has_failed() const { return views_.has_failed(); }

 private:
  struct Log {
    std::vector<merkle::VerifierKey> keys;  // none: no longer known, its view is still served
    std::mutex turn;           // held while its view is replaced; the view is read by its holder
    mutable std::mutex mutex;  // guards view, shortly
    std::shared_ptr<const View> view;  // shared because it may be replaced while it is sent
  };

  Cosigner(merkle::Signer signer, Views views, const Clock& clock)
      : signer_(std::move(signer)), views_(std::move(views)), clock_(clock) {}
  Log* find(std::string_view origin) const;
  static std::shared_ptr<const View> view_of(const Log& log);
  Result<std::uint64_t> time_after(const View* last) const;

  merkle::Signer signer_;
  Views views_;
  const Clock& clock_;
  // By origin_hash(). Not changed after open().
  std::map<std::string, std::unique_ptr<Log>, std::less<>> logs_;
};

}  // namespace muzn::witness
