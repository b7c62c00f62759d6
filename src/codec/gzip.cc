#include "codec/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace muzn::codec {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;  // with the header of gzip instead of zlib's
constexpr int kMemLevel = 8;                 // zlib's default
constexpr std::size_t kStep = 64U << 10;
constexpr std::size_t kPieceMax = 1U << 30;  // zlib counts in 32 bits

// zlib takes what it only reads as not const.
Bytef* input_of(std::string_view bytes) {
  return static_cast<Bytef*>(static_cast<void*>(const_cast<char*>(bytes.data())));
}
Bytef* output_of(std::array<char, kStep>& buffer) {
  return static_cast<Bytef*>(static_cast<void*>(buffer.data()));
}

// Gives zlib the next bytes when it has none.
void feed(z_stream& stream, std::string_view& rest) {
  if (stream.avail_in > 0) return;
  const std::size_t size = std::min(rest.size(), kPieceMax);
  stream.next_in = input_of(rest);
  stream.avail_in = static_cast<uInt>(size);
  rest.remove_prefix(size);
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  std::array<char, kStep> buffer;
  for (int done = Z_OK; done != Z_STREAM_END;) {
    feed(stream, bytes);
    stream.next_out = output_of(buffer);
    stream.avail_out = buffer.size();
    done = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    CHECK(done == Z_OK || done == Z_STREAM_END || done == Z_BUF_ERROR);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view file, std::size_t bytes_max) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  std::string out;
  std::array<char, kStep> buffer;
  int done = Z_OK;
  while (done == Z_OK && out.size() <= bytes_max) {
    feed(stream, file);
    stream.next_out = output_of(buffer);
    stream.avail_out = buffer.size();
    done = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  const bool whole = done == Z_STREAM_END && stream.avail_in == 0 && file.empty();
  inflateEnd(&stream);
  if (out.size() > bytes_max) return fail(Code::kLimit, "gzip: more bytes than are taken");
  if (!whole) return fail(Code::kCorrupt, "gzip: no whole file");
  return out;
}

}  // namespace muzn::codec
