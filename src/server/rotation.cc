#include "server/rotation.h"

#include "base/system.h"
#include "control/reseal.h"
#include "crypto/aead.h"
#include "crypto/sealing.h"
#include "meta/rocks_store.h"
#include "server/keys.h"
#include "server/log_keys.h"
#include "server/offline.h"
#include "trail/keys.h"

namespace muzn::server {
namespace {

Result<void> step(const BeforeStep& before) {
  return before ? before() : Result<void>{};
}

// "": it was overwritten, which happens when nothing needs it any more.
Result<std::string> old_key(const fs::Dir& data) {
  auto key = read_master_key(data, kMasterKeyFile);
  if (!key && key.error().code == Code::kCorrupt) return std::string();
  return key;
}

// Where a disk writes in place, what a deleted file held is gone with this.
Result<void> overwrite(const fs::Dir& data, const char* name) {
  TRY(fs::File file, data.open_write(name));
  TRY(const std::uint64_t size, file.size());
  TRY_VOID(file.write_at(0, std::string(static_cast<std::size_t>(size), '\0')));
  return file.sync_data();
}

}  // namespace

Result<void> reseal(meta::Store& rows, Rng& rng, const std::string& from, const std::string& to,
                    const BeforeStep& before_step) {
  TRY_VOID(step(before_step));
  TRY_VOID(run_sync(control::reseal_secrets(rows, rng, from, to)));
  TRY_VOID(step(before_step));
  TRY_VOID(run_sync(trail::reseal_keys(rows, rng, from, to)));
  TRY_VOID(step(before_step));
  TRY_VOID(LogKeys::keep(rows, rng, from, to));
  TRY_VOID(step(before_step));
  return run_sync(control::set_sealing_key(rows, crypto::key_fingerprint(to)));
}

Result<void> finish_rotation(const fs::Dir& data, meta::Store& rows, Rng& rng,
                             const BeforeStep& before_step) {
  if (!data.exists(kNextMasterKeyFile)) return {};
  TRY(const std::string to, read_master_key(data, kNextMasterKeyFile));
  TRY(const std::string from, old_key(data));
  TRY_VOID(reseal(rows, rng, from, to, before_step));
  TRY_VOID(step(before_step));
  TRY_VOID(overwrite(data, kMasterKeyFile));
  TRY_VOID(step(before_step));
  TRY_VOID(data.rename(kNextMasterKeyFile, kMasterKeyFile));
  TRY_VOID(step(before_step));
  return data.sync();
}

Result<std::string> rotate_master_key(const fs::Dir& data, meta::Store& rows, Rng& rng,
                                      const BeforeStep& before_step) {
  if (!data.exists(kNextMasterKeyFile)) {
    TRY_VOID(read_master_key(data, kMasterKeyFile));  // else there is nothing to go on from
    TRY_VOID(step(before_step));
    TRY_VOID(keep_store_id(data));
    TRY_VOID(step(before_step));
    TRY_VOID(data.write_durably(
        kNextMasterKeyFile, master_key_text(rng.bytes(crypto::kAeadKeyBytes)), fs::kPrivateFile));
  }
  TRY_VOID(finish_rotation(data, rows, rng, before_step));
  TRY(const std::string key, read_master_key(data, kMasterKeyFile));
  return crypto::key_fingerprint(key);
}

void tell_rotation(meta::Store& rows, control::Controller& controller, Log& log) {
  const auto key = run_sync(control::sealing_key_in(rows));
  const control::Snapshot state = controller.state();
  if (key && (key->empty() || *key == state->sealing_key)) return;
  std::string why = key ? "" : key.error().what;
  if (key) {
    // Who can change it has the data directory: that is the operator.
    const auto told =
        run_sync(controller.propose("arn:aws:iam::" + state->operator_account().id + ":root", "",
                                    control::ChangeSealingKey{*key}));
    // kExists: it is in the list, and not in force yet.
    if (told || told.error().code == Code::kExists) return;
    why = told.error().what;
  }
  log.warn("the public log does not tell of the new master key yet", {{"why", why}});
}

Result<std::string> rotate_master_key_offline(const std::string& data) {
  TRY(const fs::Dir dir, open_store_directory(data));
  TRY(const fs::Fd lock, dir.lock(kLockFile));
  const SystemClock clock;
  SystemRng rng;
  TRY(const auto rows, meta::open_rocks_store({.directory = data + "/rows"}, clock));
  return rotate_master_key(dir, *rows, rng);
}

}  // namespace muzn::server
