// A request's record in the commit of its change: a row in the same shard, which lies there until
// the record is in its account's log (audit/outbox.h). Internal to object/.
#pragma once
#include <string>
#include <string_view>

#include "audit/carried.h"
#include "object/engine.h"

namespace muzn::object {

// Of one commit.
class RecordRow {
 public:
  // Stages the row. `carried` is borrowed; null = there is none.
  RecordRow(Engine& engine, audit::Carried* carried, meta::Commit& commit,
            std::string_view version_id = "") {
    if (carried != nullptr) stage(engine, *carried, commit, version_id);
  }
  // The commit is durable.
  void kept() {
    if (carried_ != nullptr) carried_->kept(shard_, std::move(row_key_));
  }

 private:
  void stage(Engine& engine, audit::Carried& carried, meta::Commit& commit,
             std::string_view version_id);

  audit::Carried* carried_ = nullptr;  // null: no row is staged
  meta::ShardId shard_ = 0;
  std::string row_key_;
};

}  // namespace muzn::object
