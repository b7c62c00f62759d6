#include "s3/break_glass.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace muzn::s3 {
namespace {

// What leaves at most after a look at the clock.
constexpr std::size_t kPieceBytes = 64U << 10;

class GlassSource final : public ByteSource {
 public:
  GlassSource(const gate::Gate& gate, std::string grant, std::unique_ptr<ByteSource> inner)
      : gate_(gate), grant_(std::move(grant)), inner_(std::move(inner)) {}

  Task<Result<std::string_view>> read() override {
    if (rest_.empty()) {
      CO_TRY(rest_, co_await inner_->read());
    }
    // After the wait for the disk, and before these bytes leave.
    if (!gate_.is_glass_open(grant_)) {
      co_return fail(Code::kDenied, "the break-glass grant ended while its answer was sent");
    }
    const std::string_view piece = rest_.substr(0, kPieceBytes);
    rest_.remove_prefix(piece.size());
    co_return piece;
  }

 private:
  const gate::Gate& gate_;
  const std::string grant_;
  const std::unique_ptr<ByteSource> inner_;
  std::string_view rest_;  // of inner_'s last piece
};

}  // namespace

void cut_at_lapse(const gate::Gate& gate, std::string grant, http::Response& response) {
  if (response.stream == nullptr) {
    if (response.body.empty()) return;
    response.stream_length = response.body.size();
    response.stream = std::make_unique<StringSource>(std::exchange(response.body, {}));
  }
  response.stream =
      std::make_unique<GlassSource>(gate, std::move(grant), std::move(response.stream));
}

}  // namespace muzn::s3
