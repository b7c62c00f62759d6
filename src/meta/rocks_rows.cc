#include "meta/rocks_rows.h"

#include "meta/full_key.h"

namespace muzn::meta {
namespace {

constexpr std::size_t kFormatBytesMax = 256;

}  // namespace

Result<bool> check_rows_format(const fs::Dir& dir) {
  const auto format = dir.read_file(kFormatName, kFormatBytesMax);
  if (!format && format.error().code == Code::kNotFound) return false;
  if (!format) return std::unexpected(format.error());
  if (*format != kRowsFormat) {
    return fail(Code::kInvalid, dir.path() +
                                    " was written in a format that this version does not know: " +
                                    format->substr(0, format->find('\n')));
  }
  if (!dir.exists(std::string(kDatabaseName) + "/CURRENT")) {
    return fail(Code::kCorrupt, dir.path() + " has a format file but no database");
  }
  return true;
}

Result<void> check_acked(const kv::Database& database, std::uint64_t acked,
                         const std::string& name) {
  if (database.sequence() >= acked) return {};
  return fail(Code::kCorrupt, "rows were lost: change " + std::to_string(acked) +
                                  " was acknowledged, but the database in " + name + " ends at " +
                                  std::to_string(database.sequence()));
}

Result<std::vector<Row>> scan_shard(const kv::Rows& rows, ShardId shard, const std::string& from,
                                    const std::string& to, std::size_t limit, RowsScan scan) {
  std::vector<Row> out;
  if (limit == 0 || (!to.empty() && from >= to)) return out;
  const std::string low = encode_full_key(shard, from);
  const std::string high = to.empty() ? shard_range(shard).to : encode_full_key(shard, to);
  TRY_VOID((rows.*scan)(low, high, [&](std::string_view key, std::string_view value) {
    out.push_back({std::string(key.substr(kShardBytes)), std::string(value)});
    return out.size() < limit;
  }));
  return out;
}

}  // namespace muzn::meta
