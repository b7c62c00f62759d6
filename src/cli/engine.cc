// `muzn engine`: looks after a store: check, stat, backup, restore, recover.
#include "cli/engine.h"

#include <fmt/core.h>

#include "cli/commands.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn engine: look after a store

  muzn engine check [--no-bytes]               verify every row and every byte
  muzn engine stat                             what is stored, and how the engine is
  muzn engine backup --to NAME [--keep N]      back up; only what is new is copied
  muzn engine jobs [ID [--cancel]]             jobs of the server: look, end one

  Of a server that runs: --endpoint URL (or MUZN_ENDPOINT), keys from AWS_ACCESS_KEY_ID and
  AWS_SECRET_ACCESS_KEY or --profile NAME; NAME is a directory beneath the server's --backup-dir.
  Of a data directory that no server has open: --data DIR; then backup takes --to DIRECTORY (and
  --site ID: where that is), and nothing in DIR is changed by check and stat.

  muzn engine backups --from BACKUP            the backups in a directory
      --verify [--backup ID]                   read all of one (the newest) and verify it
  muzn engine restore --from BACKUP --data NEWDIR [--backup ID] [--no-check]
                                               make a new data directory from a backup

  muzn engine recover --data DIR (--from BACKUP [--backup ID] | --without-backup)
      [--although-open] [--complete-uploads] [--region R] [--apply]
                                               make rows anew that can't be opened, or are rotten:
                                               from a backup, the logs behind it and the labels of
                                               blobs; says what is lost; only --apply changes DIR

  muzn engine rotate-key --data DIR            another master key: seals all secrets anew, ends all
                                               temporary credentials; with no server on DIR

  --json       one JSON object on standard output
  --no-bytes   check that blobs are there and of the right size, but do not read them
  --keep N     remove all but the newest N backups, after a complete one
  --progress   tell how far it is on standard error, also when that is no terminal

  Exit status: 0 all is well (there may be warnings), 1 errors were found (a backup is made all the
  same, but may be incomplete), 2 it could not be done (or wrong usage).
)";

// The flags of each verb, of a directory at hand and of a server.
Result<void> check_flags(const std::string& verb, const Args& args, bool remote) {
  if (verb == "restore") {
    return only(args, {"from", "backup", "data", "no-check", "json", "progress"});
  }
  if (verb == "recover") {
    return only(args, {"data", "from", "backup", "without-backup", "although-open",
                       "complete-uploads", "region", "apply", "json", "progress"});
  }
  if (verb == "backups") return only(args, {"from", "backup", "verify", "json", "progress"});
  if (verb == "rotate-key") return only(args, {"data", "json"});
  if (!remote) {
    if (verb == "check") return only(args, {"data", "json", "no-bytes", "progress"});
    if (verb == "stat") return only(args, {"data", "json", "progress"});
    return only(args, {"data", "to", "keep", "site", "json", "progress"});
  }
  if (verb == "jobs") return only(args, {"endpoint", "profile", "region", "json", "cancel"});
  if (verb == "stat") return only(args, {"endpoint", "profile", "region", "json"});
  if (verb == "check") {
    return only(args, {"endpoint", "profile", "region", "json", "no-bytes", "progress"});
  }
  return only(args, {"endpoint", "profile", "region", "json", "to", "keep", "progress"});
}

bool is_verb(const Args& args) {
  if (args.words.empty()) return false;
  for (const char* verb :
       {"check", "stat", "backup", "backups", "restore", "recover", "jobs", "rotate-key"}) {
    if (args.words[0] == verb) {
      return args.words.size() == 1 || (args.words[0] == "jobs" && args.words.size() == 2);
    }
  }
  return false;
}

}  // namespace

int run_engine(const Words& words) {
  const auto args =
      parse_args(words, {"help", "json", "no-bytes", "progress", "verify", "no-check", "cancel",
                         "without-backup", "although-open", "complete-uploads", "apply"});
  if (!args) return complain(args.error().what, kCannot);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (!is_verb(*args)) {
    fmt::print(stderr, "{}", kUsage);
    return kCannot;
  }
  const std::string& verb = args->words[0];
  const bool at_hand =
      verb == "restore" || verb == "backups" || verb == "recover" || verb == "rotate-key";
  const bool remote = !at_hand && !args->has("data");
  if (const auto known = check_flags(verb, *args, remote); !known) {
    return complain(known.error().what, kCannot);
  }
  if (verb == "restore") return engine_restore(*args);
  if (verb == "recover") return engine_recover(*args);
  if (verb == "backups") return engine_backups(*args);
  if (verb == "rotate-key") return engine_rotate_key(*args);
  if (remote) return engine_remote(verb, *args);
  if (verb == "check") return engine_check(*args, args->get("data"));
  return verb == "stat" ? engine_stat(*args) : engine_back_up(*args);
}

}  // namespace muzn::cli
