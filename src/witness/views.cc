#include "witness/views.h"

#include "codec/base64.h"
#include "crypto/sha256.h"
#include "merkle/verifier.h"

namespace muzn::witness {
namespace {

constexpr const char* kViewsDir = "/views";
constexpr std::string_view kTemporary = ".tmp";  // of fs::Dir::write_durably

// Errors: kCorrupt.
Result<View> parse_view(std::string note, const merkle::VerifierKey& cosigner) {
  View out;
  auto checkpoint = merkle::parse_signed_checkpoint(note);
  if (!checkpoint) return fail(Code::kCorrupt, checkpoint.error().what);
  const auto cosigned = merkle::verify_known(checkpoint->note, {&cosigner, 1});
  if (!cosigned) return fail(Code::kCorrupt, cosigned.error().what);
  if (cosigned->empty()) return fail(Code::kCorrupt, "not cosigned by " + cosigner.name);
  out.time = cosigned->front().time;
  out.checkpoint = *std::move(checkpoint);
  out.note = std::move(note);
  return out;
}

}  // namespace

std::string origin_hash(std::string_view origin) {
  const crypto::Sha256Sum sum = crypto::sha256_sum({origin});
  return codec::hex_encode({sum.data(), sum.size()});
}

Result<Views> Views::open(const std::string& data, fs::Disk& disk) {
  TRY(fs::Dir dir, fs::Dir::open_or_create(data + kViewsDir, disk));
  return Views(std::move(dir));
}

Result<std::vector<View>> Views::load(const merkle::VerifierKey& cosigner) {
  TRY(const std::vector<std::string> names, dir_.list("."));
  std::vector<View> out;
  for (const std::string& name : names) {
    if (name.ends_with(kTemporary)) continue;
    TRY(std::string note, dir_.read_file(name, merkle::kNoteBytesMax));
    auto view = parse_view(std::move(note), cosigner);
    if (!view) return fail(Code::kCorrupt, dir_.path() + "/" + name + ": " + view.error().what);
    if (origin_hash(view->checkpoint.checkpoint.origin) != name) {
      return fail(Code::kCorrupt, dir_.path() + "/" + name + ": of another log");
    }
    TRY_VOID(save(*view));
    out.push_back(*std::move(view));
  }
  return out;
}

Result<void> Views::save(const View& view) {
  if (has_failed()) return fail(Code::kUnavailable, "closed after a failed write");
  const std::string name = origin_hash(view.checkpoint.checkpoint.origin);
  auto saved = dir_.write_durably(name, view.note, fs::kPublicFile);
  if (!saved) *failed_ = true;
  return saved;
}

}  // namespace muzn::witness
