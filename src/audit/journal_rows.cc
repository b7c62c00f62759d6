#include "audit/journal_rows.h"

#include <algorithm>

#include "codec/varint.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kItemsKeyBytes = 9;
constexpr std::size_t kSequenceBytes = 8;

}  // namespace

std::string_view name(Queue queue) {
  constexpr std::array<std::string_view, kQueues.size()> kNames = {"access", "private", "trail"};
  return kNames.at(index_of(queue));
}

std::string items_row(Queue queue, std::uint64_t first) {
  std::string out(1, static_cast<char>(queue));
  codec::put_be64(out, first);
  return out;
}

Result<std::uint64_t> first_of(std::string_view items_row) {
  codec::FieldReader in(items_row.substr(std::min<std::size_t>(1, items_row.size())));
  TRY(const std::uint64_t first, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "journal: a bad key of items");
  return first;
}

std::string delivered_row(Queue queue) {
  return {kDeliveredTag, static_cast<char>(queue)};
}

std::string note_row(Queue queue) {
  return {kNoteTag, static_cast<char>(queue)};
}

std::string intent_row(Queue queue, std::string_view id) {
  std::string out = {kIntentTag, static_cast<char>(queue)};
  return out.append(id);
}

void put_item(std::string& row, std::string_view item) {
  codec::put_bytes(row, item);
}

Result<std::vector<std::string_view>> items_of(std::string_view row) {
  std::vector<std::string_view> out;
  codec::FieldReader in(row);
  do {
    TRY(const std::string_view item, in.bytes());
    out.push_back(item);
  } while (!in.at_end());
  return out;
}

Result<void> check_journal_row(const meta::Row& row) {
  if (row.key == kLifeRow) {
    if (row.value == kLifeOpen || row.value == kLifeClosed) return {};
    const bool is_newer = !row.value.empty() && row.value.front() > kLifeOpen.front();
    return fail(is_newer ? Code::kUnsupported : Code::kCorrupt, "journal: a bad row of its life");
  }
  const auto has_queue = [](char byte) {
    return std::ranges::any_of(kQueues,
                               [byte](Queue one) { return static_cast<char>(one) == byte; });
  };
  if (row.key.size() == 2 && row.key[0] == kDeliveredTag && has_queue(row.key[1])) {
    if (row.value.size() == kSequenceBytes) return {};
    return fail(Code::kCorrupt, "journal: a bad sequence");
  }
  if (row.key.size() == 2 && row.key[0] == kNoteTag && has_queue(row.key[1])) return {};
  if (row.key.size() > 2 && row.key[0] == kIntentTag && has_queue(row.key[1])) return {};
  if (row.key.size() != kItemsKeyBytes || !has_queue(row.key[0])) {
    return fail(Code::kCorrupt, "journal: a row of another kind");
  }
  TRY_VOID(first_of(row.key));
  const auto items = items_of(row.value);
  return items ? Result<void>() : std::unexpected(items.error());
}

}  // namespace muzn::audit
