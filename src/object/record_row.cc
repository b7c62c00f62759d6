#include "object/record_row.h"

#include "object/row_keys.h"

namespace muzn::object {

void RecordRow::stage(Engine& engine, audit::Carried& carried, meta::Commit& commit,
                      std::string_view version_id) {
  std::string row = carried.row(version_id);
  if (row.empty()) return;
  carried_ = &carried;
  shard_ = commit.shard;
  row_key_ = row::record(engine.epoch, engine.next_sequence());
  commit.put(row_key_, std::move(row));
}

}  // namespace muzn::object
