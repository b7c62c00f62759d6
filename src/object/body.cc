#include "object/body.h"

#include <algorithm>

namespace muzn::object {
namespace {

// Smaller pieces than this are hashed where they are: a trip to the pool costs about as much.
constexpr std::size_t kOffloadBytesMin = 64U << 10;
// Bytes gathered before they are hashed and appended.
constexpr std::size_t kPieceBytes = 256U << 10;

std::vector<crypto::Algorithm> algorithms(const BodyArgs& args, const BodyVerifier& verifier) {
  std::vector<crypto::Algorithm> out{crypto::Algorithm::kMd5};
  const auto wanted = verifier.wanted();
  out.insert(out.end(), wanted.begin(), wanted.end());
  out.insert(out.end(), args.wanted.begin(), args.wanted.end());
  return out;
}

Failure read_failure(Error error) {
  if (error.code == Code::kClosed) return {Fault::kIncompleteBody, std::move(error.what)};
  if (error.code == Code::kInvalid) return {Fault::kRejected, std::move(error.what)};
  return Failure(std::move(error));
}

// One body on its way in.
class Intake {
 public:
  Intake(Engine& engine, OpenShard& shard, const BodyArgs& args, const BodyVerifier& verifier)
      : engine_(engine), shard_(shard), args_(args), hashers_(algorithms(args, verifier)) {}

  Task<Outcome<void>> run(ByteSource& source) {
    for (;;) {
      auto piece = co_await source.read();
      if (!piece) co_return std::unexpected(read_failure(std::move(piece).error()));
      if (piece->empty()) break;
      CO_TRY_VOID(count(piece->size()));
      if (gathered_.empty() && piece->size() >= kPieceBytes) {
        CO_TRY_VOID(co_await consume(*piece));
        continue;
      }
      gathered_.append(*piece);
      if (gathered_.size() < kPieceBytes) continue;
      CO_TRY_VOID(co_await consume(gathered_));
      gathered_.clear();
    }
    if (args_.size && body_.size != *args_.size) {
      co_return fault(Fault::kIncompleteBody, "the body is shorter than declared");
    }
    co_return co_await finish_bytes();
  }

  Task<Outcome<Body>> judge(BodyVerifier& verifier) {
    hashers_.finish();
    CO_TRY(body_.checksum, verifier.judge(hashers_));
    body_.md5 = hashers_.get(crypto::Algorithm::kMd5).value_or("");
    body_.digests.emplace(std::move(hashers_));
    if (writer_) CO_TRY_VOID(co_await writer_->seal(args_.label ? args_.label(body_) : ""));
    co_return std::move(body_);
  }

  // Leaves nothing behind.
  Task<void> abandon() {
    writer_.reset();
    if (body_.pending) co_await drop_blob(engine_, *body_.pending);
  }

 private:
  Outcome<void> count(std::size_t bytes) {
    body_.size += bytes;
    if (body_.size > args_.size_max) return fault(Fault::kEntityTooLarge, "the body is too large");
    if (args_.size && body_.size > *args_.size) {
      return fault(Fault::kIncompleteBody, "the body is longer than declared");
    }
    return {};
  }

  Task<void> hash(std::string_view bytes) {
    if (bytes.size() < kOffloadBytesMin) {
      hashers_.update(bytes);
    } else {
      co_await offload(engine_.pool, [this, bytes] { hashers_.update(bytes); });
    }
  }

  Task<Outcome<void>> consume(std::string_view bytes) {
    co_await hash(bytes);
    if (!writer_) {
      CO_TRY(body_.pending, co_await begin_blob(engine_, shard_));
      CO_TRY(writer_, co_await engine_.blobs.create(body_.pending->blob, args_.size.value_or(0)));
    }
    CO_TRY_VOID(co_await writer_->append(bytes));
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> finish_bytes() {
    if (!writer_ && gathered_.size() <= args_.inline_max) {
      co_await hash(gathered_);
      body_.inline_bytes = std::move(gathered_);
    } else if (!gathered_.empty()) {
      CO_TRY_VOID(co_await consume(gathered_));
    }
    co_return Outcome<void>{};
  }

  Engine& engine_;
  OpenShard& shard_;
  const BodyArgs& args_;
  crypto::HasherSet hashers_;
  std::string gathered_;
  std::unique_ptr<blob::Writer> writer_;
  Body body_;
};

}  // namespace

Task<Outcome<Body>> receive_body(Engine& engine, OpenShard& shard, BodyArgs args,
                                 ByteSource& source, BodyVerifier& verifier) {
  CHECK(args.inline_max < kPieceBytes);
  if (args.size && *args.size > args.size_max) {
    co_return fault(Fault::kEntityTooLarge, "the declared size is too large");
  }
  Intake intake(engine, shard, args, verifier);
  Outcome<void> read = co_await intake.run(source);
  if (!read) {
    co_await intake.abandon();
    co_return std::unexpected(std::move(read).error());
  }
  Outcome<Body> body = co_await intake.judge(verifier);
  if (!body) co_await intake.abandon();
  co_return body;
}

}  // namespace muzn::object
