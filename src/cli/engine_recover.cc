// `muzn engine recover`: rows made anew, and what it can't give back said plainly.
#include <fmt/core.h>

#include <cstdlib>

#include "cli/commands.h"
#include "cli/engine.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "server/engine_json.h"
#include "server/recover.h"

namespace muzn::cli {
namespace {

codec::Json to_json(const object::AdoptEvent& event) {
  codec::Json out = {{"what", object::to_text(event.what)},
                     {"blob", codec::hex_encode(event.blob)},
                     {"bucket", event.bucket},
                     {"key", event.key},
                     {"size", event.size},
                     {"written", codec::iso8601_millis(event.written)}};
  if (!event.upload_id.empty()) out["upload_id"] = event.upload_id;
  if (event.part_number > 0) out["part_number"] = event.part_number;
  return out;
}

class Listener final : public server::RecoverListener {
 public:
  Listener(bool json, bool progress) : json_(json), engine_(json, false, progress) {}

  void found(const object::Finding& finding) override { engine_.found(finding); }
  void progress(const object::VerifyTotals& so_far) override { engine_.progress(so_far); }
  void adopted(const object::AdoptEvent& event) override {
    if (json_) {
      blobs.push_back(to_json(event));
      return;
    }
    std::string line = fmt::format("{:<10} {}", object::to_text(event.what),
                                   event.bucket.empty() ? "blob " + codec::hex_encode(event.blob)
                                                        : event.bucket + "/" + event.key);
    if (event.part_number > 0) line += fmt::format(", part {}", event.part_number);
    if (!event.bucket.empty()) {
      line += fmt::format(" ({} bytes, {})", event.size, codec::iso8601_millis(event.written));
    }
    fmt::print("{}\n", printable(line));
  }

  codec::Json blobs = codec::Json::array();
  codec::Json& errors() { return engine_.errors; }

 private:
  const bool json_;
  EngineListener engine_;
};

// What the rows lack, as far as it is known; "" = nothing.
std::string loss_of(const server::Recovered& done) {
  if (!done.backup) {
    return "There was no backup: accounts, users, keys, policies, small objects (which lay in the "
           "rows), tags and lists that were changed after the upload, and deletions are lost. What "
           "was found belongs to the operator's account.";
  }
  const auto& rows = *done.rows;
  if (!rows.acked) {
    return fmt::format(
        "How many changes behind {} there were is not known: the mark is damaged. "
        "Deletions among them are undone, small objects lost.",
        rows.logs.to);
  }
  if (rows.lost() == 0) return "";
  return fmt::format(
      "Changes {} to {} (and perhaps later ones) are lost: deletions among them are "
      "undone, small objects and what was said of buckets and accounts are gone.",
      rows.logs.to + 1, *rows.acked);
}

void print_report(const server::Recovered& done, bool applied) {
  if (done.backup) {
    const auto& logs = done.rows->logs;
    fmt::print("rows of backup {} ({}), and {} records of the logs behind it: up to change {}\n",
               done.backup->id, codec::iso8601_millis(done.backup->time), logs.records, logs.to);
  }
  for (const auto& [what, count] : done.adopted) {
    fmt::print("{:<10} {}\n", object::to_text(what), count);
  }
  if (applied) {
    fmt::print("{} blobs copied from the backup, {} lost\n", done.copied_blobs, done.lost_blobs);
    if (!done.damaged.empty()) fmt::print("the old rows are in {}\n", done.damaged);
    return;
  }
  fmt::print("made {} to look at; nothing else was changed: --apply puts it in place\n", done.made);
}

codec::Json report_of(const server::Recovered& done, Listener& listener) {
  codec::Json out = {{"made", done.made},
                     {"damaged", done.damaged},
                     {"copied_blobs", done.copied_blobs},
                     {"lost_blobs", done.lost_blobs},
                     {"loss", loss_of(done)},
                     {"blobs", std::move(listener.blobs)},
                     {"errors", std::move(listener.errors())}};
  out["adopted"] = codec::Json::object();
  for (const auto& [what, count] : done.adopted) out["adopted"][object::to_text(what)] = count;
  if (!done.backup) return out;
  out["backup"] = server::to_json(*done.backup);
  out["records"] = done.rows->logs.records;
  out["reached"] = done.rows->logs.to;
  out["lost_changes"] = done.rows->lost();
  return out;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

int engine_recover(const Args& args) {
  server::RecoverOrder order;
  order.data = args.get("data");
  order.from = args.get("from");
  order.backup = args.get("backup", "newest");
  order.region = args.get("region", "us-east-1");
  order.although_open = args.has("although-open");
  order.complete_uploads = args.has("complete-uploads");
  order.apply = args.has("apply");
  order.root = {variable("MUZN_ROOT_ACCESS_KEY"), variable("MUZN_ROOT_SECRET_KEY")};
  if (order.data.empty() || order.from.empty() != args.has("without-backup")) {
    return complain("--data and either --from BACKUP or --without-backup are needed", kCannot);
  }
  Listener listener(args.has("json"), wants_progress(args));
  const auto done = server::recover(order, listener);
  if (!done) return complain(done.error().what, kCannot);
  const std::string loss = loss_of(*done);
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(report_of(*done, listener)));
  } else {
    print_report(*done, order.apply);
    if (!loss.empty()) fmt::print("{}\n", loss);
  }
  return loss.empty() && done->lost_blobs == 0 ? 0 : 1;
}

}  // namespace muzn::cli
