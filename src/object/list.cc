// ListObjects, ListObjectVersions.
#include "object/row_keys.h"
#include "object/row_values.h"
#include "object/scan.h"
#include "object/shard.h"
#include "object/verbs.h"
#include "object/version_id.h"
#include "object/versions.h"

namespace muzn::object {
namespace {

ListQuery to_query(const ListArgs& args) {
  ListQuery query;
  query.prefix = args.prefix;
  query.delimiter = args.delimiter;
  query.after = args.after;
  query.limit = args.limit;
  return query;
}

Result<bool> is_delete_marker(const Lister::Row& row) {
  return row::is_delete_marker(row.value);
}

Outcome<ListPage> to_page(Lister::Page raw) {
  ListPage page;
  page.entries.reserve(raw.entries.size());
  for (Lister::Entry& entry : raw.entries) {
    TRY(Version version, row::decode_version(entry.value));
    page.entries.push_back({std::move(entry.key), std::move(version), entry.tag == row::kHeadTag});
  }
  page.common_prefixes = std::move(raw.common_prefixes);
  page.truncated = raw.truncated;
  if (raw.truncated) page.next_after = std::move(raw.last);
  if (raw.truncated && !raw.last_is_prefix) {
    page.next_version_id = shown_version_id(page.entries.back().version.version_id);
  }
  return page;
}

// Where a listing of versions goes on behind a version of a key. A version that is gone by now
// (clients delete page by page) makes it go on at the key's first.
Task<Outcome<std::string>> behind_version(Engine& engine, meta::ShardId shard, std::string key,
                                          std::string version_id) {
  CO_TRY(const Head head, co_await read_head(engine, shard, key));
  CO_TRY(const auto found, co_await find_version(engine, shard, key, head, version_id));
  if (!found) co_return row::escape(key);
  if (found->stamp == head.version->stamp) co_return row::escape(key).append(1, '\0');
  co_return row::noncurrent(key, found->stamp).substr(1).append(1, '\0');
}

}  // namespace

Task<Outcome<ListPage>> list(Engine& engine, ListArgs args) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, args.bucket));
  Lister lister(to_query(args), is_delete_marker);
  CO_TRY(auto raw, co_await run_listing(engine, bucket.shard, row::kHeadTag, lister));
  CO_TRY(ListPage page, to_page(std::move(raw)));
  page.next_version_id.clear();
  co_return page;
}

Task<Outcome<ListPage>> list_versions(Engine& engine, ListVersionsArgs args) {
  CO_TRY(const Bucket bucket, co_await find_bucket(engine, args.list.bucket));
  ListQuery query = to_query(args.list);
  if (!args.version_marker.empty() && !query.after.empty()) {
    CO_TRY(query.resume,
           co_await behind_version(engine, bucket.shard, query.after, args.version_marker));
  }
  Lister lister(std::move(query));
  CO_TRY(auto raw, co_await run_versions_listing(engine, bucket.shard, lister));
  co_return to_page(std::move(raw));
}

}  // namespace muzn::object
