#include "cli/bench_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "codec/split.h"

namespace muzn::cli {
namespace {

constexpr std::uint64_t kKeysDefault = 1000;
constexpr std::uint64_t kPreparedBytes = 1ULL << 30;  // more is put only when --keys asks for it

struct Unit {
  std::string_view suffix;
  std::uint64_t bytes;
};
constexpr std::array kUnits = {Unit{"KiB", 1ULL << 10},
                               Unit{"MiB", 1ULL << 20},
                               Unit{"GiB", 1ULL << 30},
                               Unit{"KB", 1'000ULL},
                               Unit{"MB", 1'000'000ULL},
                               Unit{"GB", 1'000'000'000ULL},
                               Unit{"TiB", 1ULL << 40},
                               Unit{"PiB", 1ULL << 50},
                               Unit{"TB", 1'000'000'000'000ULL},
                               Unit{"PB", 1'000'000'000'000'000ULL},
                               Unit{"B", 1ULL}};

template <class T>
std::optional<T> number(std::string_view text) {
  T out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

Result<void> read(const Args& args, std::string_view flag, std::uint64_t least, std::uint64_t most,
                  std::uint64_t* into) {
  if (!args.has(flag)) return {};
  const auto value = number<std::uint64_t>(args.get(flag));
  if (!value || *value < least || *value > most) {
    return fail(Code::kInvalid,
                fmt::format("--{} needs a whole number from {} to {}", flag, least, most));
  }
  *into = *value;
  return {};
}

Result<void> read(const Args& args, std::string_view flag, double least, double most,
                  double* into) {
  if (!args.has(flag)) return {};
  const auto value = number<double>(args.get(flag));
  if (!value || !std::isfinite(*value) || *value < least || *value > most) {
    return fail(Code::kInvalid,
                fmt::format("--{} needs a number from {} to {}", flag, least, most));
  }
  *into = *value;
  return {};
}

std::optional<BenchOp> op_named(std::string_view text) {
  for (const BenchOp op : kBenchOps) {
    std::string lower(name(op));
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    if (text == lower) return op;
  }
  return std::nullopt;
}

// "get=60,put=25,list=5,delete=10".
Result<std::vector<std::pair<BenchOp, unsigned>>> parse_mix(std::string_view text) {
  std::vector<std::pair<BenchOp, unsigned>> out;
  for (const auto piece : codec::split(text, ',')) {
    const auto equals = piece.find('=');
    const auto op = op_named(piece.substr(0, equals));
    const auto weight = equals == std::string_view::npos
                            ? std::nullopt
                            : number<unsigned>(piece.substr(equals + 1));
    if (!op || !weight || *weight > 1000) {
      return fail(Code::kInvalid,
                  "--mix needs weights to 1000, like get=60,head=10,put=20,list=5,delete=5");
    }
    if (*weight > 0) out.emplace_back(*op, *weight);
  }
  if (out.empty()) return fail(Code::kInvalid, "--mix needs a weight above 0");
  return out;
}

Result<KeyOrder> parse_order(std::string_view text) {
  if (text == "in-turn") return KeyOrder::kInTurn;
  if (text == "uniform") return KeyOrder::kUniform;
  if (text == "zipf") return KeyOrder::kZipf;
  return fail(Code::kInvalid, "--choice needs in-turn, uniform or zipf");
}

Result<void> read_verb(const Args& args, BenchOptions& out) {
  if (args.words.size() != 1) {
    return fail(Code::kInvalid, "say what to measure: muzn bench get|head|put|list|delete|mixed");
  }
  out.verb = args.words[0];
  if (out.verb == "mixed") {
    TRY(out.mix, parse_mix(args.get("mix", "get=60,head=10,put=20,list=5,delete=5")));
    return {};
  }
  const auto op = op_named(out.verb);
  if (!op) {
    return fail(Code::kInvalid,
                "'" + out.verb + "' is none of get, head, put, list, delete, mixed");
  }
  if (args.has("mix")) return fail(Code::kInvalid, "--mix is for `muzn bench mixed`");
  out.mix = {{*op, 1}};
  if (*op == BenchOp::kPut || *op == BenchOp::kDelete) out.order = KeyOrder::kInTurn;
  return {};
}

Result<void> read_numbers(const Args& args, BenchOptions& out) {
  constexpr double kDay = 86'400;
  TRY_VOID(read(args, "connections", 1, 100'000, &out.connections));
  TRY_VOID(read(args, "threads", 1, 1024, &out.threads));
  TRY_VOID(read(args, "seconds", 0.1, 7 * kDay, &out.seconds));
  TRY_VOID(read(args, "warmup", 0, kDay, &out.warmup));
  TRY_VOID(read(args, "requests", 1, 1'000'000'000'000, &out.requests));
  TRY_VOID(read(args, "rate", 0.001, 1e9, &out.rate));
  TRY_VOID(read(args, "keys", 1, 1'000'000'000, &out.keys));
  TRY_VOID(read(args, "page", 1, 1000, &out.page));
  TRY_VOID(read(args, "seed", 0, UINT64_MAX, &out.seed));
  if (args.has("size")) {
    TRY(out.sizes, parse_sizes(args.get("size")));
  }
  if (out.requests > 0 && args.has("seconds")) {
    return fail(Code::kInvalid, "give --seconds or --requests, not both");
  }
  // Nothing that is done once only may pass unseen.
  if ((out.requests > 0 || out.verb == "delete") && !args.has("warmup")) out.warmup = 0;
  if (out.keys == 0) {
    const std::uint64_t fits = kPreparedBytes / std::max<std::uint64_t>(out.sizes.mean(), 1);
    out.keys = std::clamp<std::uint64_t>(fits, 1, kKeysDefault);
  }
  return {};
}

}  // namespace

std::string_view name(BenchOp op) {
  switch (op) {
    case BenchOp::kGet:
      return "GET";
    case BenchOp::kHead:
      return "HEAD";
    case BenchOp::kPut:
      return "PUT";
    case BenchOp::kList:
      return "LIST";
    case BenchOp::kDelete:
      return "DELETE";
  }
  return "";
}

bool BenchOptions::has(BenchOp op) const {
  return std::ranges::any_of(mix, [op](const auto& entry) { return entry.first == op; });
}

std::uint64_t BenchSizes::pick(std::uint64_t random) const {
  const auto& [least, most] = ranges[random % ranges.size()];
  return least + (random / ranges.size()) % (most - least + 1);
}

std::uint64_t BenchSizes::mean() const {
  std::uint64_t sum = 0;
  for (const auto& [least, most] : ranges) sum += least / 2 + most / 2 + (least & most & 1);
  return sum / ranges.size();
}

std::uint64_t BenchSizes::largest() const {
  std::uint64_t out = 0;
  for (const auto& [least, most] : ranges) out = std::max(out, most);
  return out;
}

std::string BenchSizes::text() const {
  const auto one = [](std::uint64_t bytes) {
    for (const Unit& unit : {kUnits[2], kUnits[1], kUnits[0]}) {
      if (bytes >= unit.bytes && bytes % unit.bytes == 0) {
        return fmt::format("{} {}", bytes / unit.bytes, unit.suffix);
      }
    }
    return fmt::format("{} B", bytes);
  };
  std::string out;
  for (const auto& [least, most] : ranges) {
    out += (out.empty() ? "" : ", ") + one(least) + (most == least ? "" : " to " + one(most));
  }
  return out;
}

Result<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t most) {
  std::uint64_t unit = 1;
  std::string_view digits = text;
  for (const auto& [suffix, bytes] : kUnits) {
    if (!text.ends_with(suffix)) continue;
    unit = bytes;
    digits.remove_suffix(suffix.size());
    break;
  }
  const auto value = number<std::uint64_t>(digits);
  if (!value || *value > most / unit) {
    return fail(Code::kInvalid,
                fmt::format("'{}' is no size up to {}, like 4096, 4KiB or 1MB", text, most));
  }
  return *value * unit;
}

Result<BenchSizes> parse_sizes(std::string_view text) {
  BenchSizes out;
  out.ranges.clear();
  for (const auto piece : codec::split(text, ',')) {
    const auto dash = piece.find('-');
    TRY(const std::uint64_t least, parse_bytes(piece.substr(0, dash)));
    std::uint64_t most = least;
    if (dash != std::string_view::npos) {
      TRY(most, parse_bytes(piece.substr(dash + 1)));
    }
    if (most < least) {
      return fail(Code::kInvalid, fmt::format("'{}': the second size is smaller", piece));
    }
    out.ranges.emplace_back(least, most);
  }
  return out;
}

Result<BenchOptions> parse_bench(const Args& args) {
  TRY_VOID(only(args, {"endpoint",  "profile", "region",         "mix",     "bucket",   "prefix",
                       "keys",      "choice",  "size",           "seconds", "requests", "warmup",
                       "rate",      "threads", "connections",    "page",    "seed",     "verify",
                       "presigned", "expect",  "signed-payload", "cleanup", "prepared", "insecure",
                       "json",      "csv",     "progress"}));
  BenchOptions out;
  TRY_VOID(read_verb(args, out));
  TRY_VOID(read_numbers(args, out));
  if (args.has("choice")) {
    TRY(out.order, parse_order(args.get("choice")));
  }
  out.bucket = args.get("bucket", out.bucket);
  out.prefix = args.get("prefix", out.prefix);
  out.presigned = args.has("presigned");
  out.signed_payload = args.has("signed-payload");
  out.expect = args.has("expect");
  out.verify = args.has("verify");
  out.prepared = args.has("prepared");
  out.cleanup = args.has("cleanup");
  out.insecure = args.has("insecure");
  out.json = args.has("json");
  out.csv = args.has("csv");
  out.progress = args.has("progress");
  if (out.json && out.csv) return fail(Code::kInvalid, "give --json or --csv, not both");
  if (out.presigned && out.signed_payload) {
    return fail(Code::kInvalid,
                "a presigned URL does not sign the body: leave --signed-payload out");
  }
  return out;
}

}  // namespace muzn::cli
