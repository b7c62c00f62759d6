#include "object/body.h"

#include <algorithm>
#include <array>

#include "base/task_group.h"

namespace muzn::object {
namespace {

// Pieces of one body: one that is received, one that is hashed, and two more that may still be
// written. Then a disk has work while the slowest stage, mostly the hashing, never waits for it.
constexpr std::size_t kRing = 4;
// The only piece of a body that comes when all buffers are in use, so that clients which hold
// buffers and send nothing slow others down, but can't stop them.
constexpr std::size_t kSmallPieceBytes = blob::kBlockBytes;

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

// One body on its way in. Receiving, hashing and writing go on at the same time, each of another
// piece; hashes go in order, and each write begins in order.
class Intake {
 public:
  Intake(Engine& engine, OpenShard& shard, const BodyArgs& args, const Places& places,
         const BodyVerifier& verifier)
      : engine_(engine),
        shard_(shard),
        args_(args),
        places_(places),
        hashers_(algorithms(args, verifier)) {}

  Task<Outcome<void>> run(ByteSource& source) {
    CO_TRY(const bool is_whole, co_await gather(source));
    if (is_whole) {
      co_await engine_.small_hashes.update(hashers_, body_.inline_bytes);
    } else {
      rest_ = body_.inline_bytes;
      Outcome<void> taken = co_await take_pieces(source);
      co_await hashing_.until(0);
      co_await writing_.until(0);
      if (failure_) co_return std::unexpected(std::move(*failure_));
      CO_TRY_VOID(std::move(taken));
      body_.inline_bytes = {};
    }
    if (args_.size && body_.size != *args_.size) {
      co_return fault(Fault::kIncompleteBody, "the body is shorter than declared");
    }
    co_return Outcome<void>{};
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

  // What may lie in the row. False: more came than that.
  Task<Outcome<bool>> gather(ByteSource& source) {
    if (args_.size && *args_.size > args_.inline_max) co_return false;
    for (;;) {
      auto piece = co_await source.read();
      if (!piece) co_return std::unexpected(read_failure(std::move(piece).error()));
      if (piece->empty()) co_return true;
      CO_TRY_VOID(count(piece->size()));
      body_.inline_bytes.append(*piece);
      if (body_.inline_bytes.size() > args_.inline_max) co_return false;
    }
  }

  struct Piece {
    Buffer buffer;
    std::size_t size = 0;  // of the bytes in it
    bool is_written = true;
    bool is_hashed = true;
    std::string_view bytes() const { return buffer.first(size); }
  };

  Task<Outcome<void>> take_pieces(ByteSource& source) {
    const HashQueue::Body body(engine_.hashing);
    for (;;) {
      Piece& piece = *co_await free_piece();
      CO_TRY(const bool more, co_await fill(source, piece));
      if (piece.size > 0) CO_TRY_VOID(co_await pass_on(piece));
      if (failure_ || !more) co_return Outcome<void>{};
    }
  }

  // A piece that is not in use. Takes a further buffer only while there are plenty.
  Task<Piece*> free_piece() {
    const auto is_free = [](const Piece& piece) { return piece.is_written && piece.is_hashed; };
    for (;;) {
      for (Piece& piece : ring_) {
        if (!piece.buffer.empty() && is_free(piece)) co_return &piece;
      }
      const auto bare =
          std::ranges::find_if(ring_, [](const Piece& piece) { return piece.buffer.empty(); });
      const bool is_first = bare == ring_.begin();
      if (is_first || (bare != ring_.end() && engine_.buffers.in_use() < kPiecesMax / 2)) {
        bare->buffer = engine_.buffers.take();
        if (bare->buffer.empty() && is_first) bare->buffer = Buffer(kSmallPieceBytes);
        if (!bare->buffer.empty()) co_return &*bare;
      }
      if (writing_.running() > 0) {
        co_await writing_.until(writing_.running() - 1);
      } else {
        co_await hashing_.until(0);
      }
    }
  }

  // False: that was the end of the body.
  Task<Outcome<bool>> fill(ByteSource& source, Piece& piece) {
    piece.size = 0;
    while (piece.size < piece.buffer.size()) {
      const std::span<char> room = piece.buffer.span().subspan(piece.size);
      if (rest_.empty()) {
        auto got = co_await source.read_into(room);
        if (!got) co_return std::unexpected(read_failure(std::move(got).error()));
        if (got->empty()) co_return false;
        CO_TRY_VOID(count(got->size()));
        if (got->data() == room.data()) {
          piece.size += got->size();
          continue;
        }
        rest_ = *got;
      }
      const std::string_view taken = rest_.substr(0, room.size());
      std::ranges::copy(taken, room.begin());
      piece.size += taken.size();
      rest_.remove_prefix(taken.size());
    }
    co_return true;
  }

  Task<Outcome<void>> pass_on(Piece& piece) {
    piece.is_written = piece.is_hashed = false;
    if (writer_) co_await writing_.start(write(&piece));
    co_await hashing_.until(0);
    co_await hashing_.start(hash(&piece));
    if (writer_) co_return Outcome<void>{};
    // The first piece is hashed while the blob is registered.
    const std::uint64_t size_hint = args_.size.value_or(0);
    CO_TRY(body_.pending, co_await begin_blob(engine_, shard_, size_hint, places_));
    CO_TRY(writer_, co_await engine_.blobs.create(body_.pending->blob, size_hint, places_.permit));
    co_await writing_.start(write(&piece));
    co_return Outcome<void>{};
  }

  Task<void> write(Piece* piece) {
    auto written = co_await writer_->append(piece->bytes());
    if (!written && !failure_) failure_.emplace(std::move(written).error());
    piece->is_written = true;
  }

  Task<void> hash(Piece* piece) {
    if (piece->size < engine_.options.hash_offload_min) {
      hashers_.update(piece->bytes());
    } else {
      TaskGroup beside;
      if (hashers_.has(crypto::Cost::kSha)) co_await beside.start(hash_sha(piece->bytes()));
      co_await engine_.hashing.update(hashers_, piece->bytes());
      co_await beside.until(0);
    }
    piece->is_hashed = true;
  }

  Task<void> hash_sha(std::string_view bytes) {
    co_await offload(engine_.pool, [&] { hashers_.update(crypto::Cost::kSha, bytes); });
  }

  Engine& engine_;
  OpenShard& shard_;
  const BodyArgs& args_;
  const Places& places_;
  crypto::HasherSet hashers_;
  std::string_view rest_;  // received, and not yet in a piece
  std::array<Piece, kRing> ring_;
  std::unique_ptr<blob::Writer> writer_;
  std::optional<Failure> failure_;  // of a write
  TaskGroup hashing_;               // one at most
  TaskGroup writing_;
  Body body_;
};

}  // namespace

Task<Outcome<Body>> receive_body(Engine& engine, OpenShard& shard, BodyArgs args,
                                 ByteSource& source, BodyVerifier& verifier) {
  if (args.size && *args.size > args.size_max) {
    co_return fault(Fault::kEntityTooLarge, "the declared size is too large");
  }
  CO_TRY(const Places places, engine.places(shard.bucket));
  Intake intake(engine, shard, args, places, verifier);
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
