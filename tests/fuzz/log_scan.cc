// RocksDB's logs, from a disk that may hold anything. The input is scanned as it is, and then taken
// for a plan: records of a log that is written here, a crash that tears its last record, a byte of
// it that rots. A crash raises no alarm; rot in front of a whole record does.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/crc.h"
#include "kv/log_scan.h"

namespace {

using muzn::kv::kLogBlockBytes;

constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kSectorBytes = 512;
constexpr std::uint64_t kFirstSequence = 1000;

bool is_sound(std::string_view log) {
  muzn::kv::LogScan scan("1.log", kFirstSequence - 1);
  for (std::size_t at = 0; at < log.size(); at += kLogBlockBytes) {
    if (!scan.take(log.substr(at, kLogBlockBytes))) return false;
  }
  return true;
}

void append_le(std::string& out, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(value >> (8 * i));
}

void append_fragment(std::string& log, char type, std::string_view payload) {
  const std::string typed = type + std::string(payload);
  const auto crc = static_cast<std::uint32_t>(
      muzn::crypto::crc_update(muzn::crypto::Algorithm::kCrc32c, 0, typed));
  append_le(log, ((crc >> 15) | (crc << 17)) + 0xa282ead8U, 4);
  append_le(log, payload.size(), 2);
  log += typed;
}

// As RocksDB's log::Writer.
void append_record(std::string& log, std::string_view record) {
  for (bool is_first = true, is_last = false; !is_last; is_first = false) {
    std::size_t left = kLogBlockBytes - log.size() % kLogBlockBytes;
    if (left < kHeaderBytes) {
      log.append(left, '\0');
      left = kLogBlockBytes;
    }
    const std::string_view piece = record.substr(0, left - kHeaderBytes);
    record.remove_prefix(piece.size());
    is_last = record.empty();
    append_fragment(log, is_first ? (is_last ? 1 : 2) : (is_last ? 4 : 3), piece);
  }
}

std::string batch(std::uint64_t sequence, std::uint64_t changes, std::string_view body) {
  std::string out;
  append_le(out, sequence, 8);
  append_le(out, changes, 4);
  return out.append(body);
}

// A byte or more of the input at a time; zeros when it is over.
class Plan {
 public:
  explicit Plan(std::string_view bytes) : bytes_(bytes) {}
  std::size_t take(std::size_t count) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      out = out << 8 | (at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_]) : 0);
    }
    return out;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

struct Log {
  std::string bytes;
  std::vector<std::size_t> ends;  // of the records
};

// Bodies are noise, since a body may be nearly anything but a record that could follow this one;
// some hold logs of other databases.
Log write_log(Plan& plan, std::mt19937_64& noise) {
  Log out;
  std::uint64_t sequence = kFirstSequence;
  const std::size_t count = 2 + plan.take(1) % 8;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = plan.take(2) % 12'000;
    const std::size_t kind = plan.take(1);
    std::string body;
    if (kind % 4 == 0) {
      append_record(body, batch(1, 1, "foreign"));
      append_record(body, batch(sequence + (1ULL << 40), 1, "foreign"));
    }
    while (body.size() < size) append_le(body, noise(), 8);
    const std::size_t changes = 1 + kind;
    append_record(out.bytes, batch(sequence, changes, body));
    out.ends.push_back(out.bytes.size());
    sequence += changes;
  }
  return out;
}

// The last record is torn in any way: each of its sectors is there or not, and so is the end.
void check_torn(const Log& log, Plan& plan, std::mt19937_64& noise) {
  const std::size_t begin = log.ends[log.ends.size() - 2];
  const std::size_t end = begin + plan.take(3) % (log.bytes.size() - begin + 1);
  CHECK(is_sound(log.bytes.substr(0, end)));
  std::string torn = log.bytes.substr(0, end);
  for (std::size_t at = begin; at < end;) {
    const std::size_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
    if (noise() % 2 == 0) {
      std::fill(torn.begin() + static_cast<std::ptrdiff_t>(at),
                torn.begin() + static_cast<std::ptrdiff_t>(next), '\0');
    }
    at = next;
  }
  CHECK(is_sound(torn));
}

// Fewer bytes than a header at the end of a block, behind a record, are read by nobody.
bool is_padding(const Log& log, std::size_t at) {
  const std::size_t block_end = (at / kLogBlockBytes + 1) * kLogBlockBytes;
  return std::ranges::any_of(log.ends, [&](std::size_t end) {
    return end <= at && end < block_end && block_end - end < kHeaderBytes;
  });
}

void check_rot(const Log& log, Plan& plan) {
  const std::size_t last = log.ends[log.ends.size() - 2];
  const std::size_t at = plan.take(3) % log.bytes.size();
  std::string rotten = log.bytes;
  rotten[at] ^= static_cast<char>(1 + plan.take(1) % 255);
  CHECK(is_sound(rotten) == (at >= last || is_padding(log, at)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // reinterpret_cast: libFuzzer hands out unsigned bytes
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(is_sound(bytes));
  Plan plan(bytes);
  std::mt19937_64 noise(plan.take(4));
  const Log log = write_log(plan, noise);
  CHECK(is_sound(log.bytes));
  check_torn(log, plan, noise);
  check_rot(log, plan);
  return 0;
}
