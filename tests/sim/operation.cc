#include "sim/operation.h"

#include <memory>
#include <utility>

#include "audit/carried.h"
#include "audit/outbox_row.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "object/version_id.h"

namespace muzn::sim {
namespace {

class AnyBody final : public object::BodyVerifier {
 public:
  std::vector<crypto::Algorithm> wanted() const override { return {}; }
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet&) override {
    return std::optional<object::Checksum>();
  }
};

// The record of a verb, which goes into its commit.
class StepRecord final : public audit::Carried {
 public:
  StepRecord(Machine& machine, std::string line) : machine_(machine), line_(std::move(line)) {}
  Result<void> begin() override { return {}; }
  bool is_kept() const { return is_kept_; }
  std::string row(std::string_view) override {
    return line_.empty() ? "" : audit::encode_outbox(kRecordsOf, line_);
  }
  void kept(meta::ShardId shard, std::string row_key) override {
    machine_.outbox().add({.shard = shard,
                           .row_key = std::move(row_key),
                           .handle = kRecordsOf,
                           .entry = {.line = line_, .hash = merkle::leaf_hash(line_)}});
    is_kept_ = true;
  }

 private:
  Machine& machine_;
  const std::string line_;
  bool is_kept_ = false;
};

// "" for a third of the steps: they have none.
std::string line_of(const Step& step) {
  return step.salt % 3 == 1 ? std::string() : show(step);
}

void set_record(State& state, const std::string& line) {
  if (!line.empty()) state[record_line(line)] = {"kept"};
}

template <class T>
Answer answer(const object::Outcome<T>& outcome) {
  if (!outcome) return std::unexpected(outcome.error());
  return {};
}

template <class T>
Task<Answer> only_answer(Task<object::Outcome<T>> verb) {
  co_return answer(co_await std::move(verb));
}

Task<Answer> run_put(Machine& machine, object::PutArgs args, std::string body, std::string line) {
  StepRecord record(machine, std::move(line));
  args.record = &record;
  StringSource source(std::move(body));
  AnyBody verifier;
  co_return answer(co_await machine.store().put(std::move(args), source, verifier));
}

// Those that need nothing else.
template <class T, class Args>
using Recorded = Task<object::Outcome<T>> (object::Store::*)(Args args);
template <class T, class Args>
Task<Answer> run_recorded(Machine& machine, Recorded<T, Args> verb, Args args, std::string line) {
  StepRecord record(machine, std::move(line));
  args.record = &record;
  co_return answer(co_await (machine.store().*verb)(std::move(args)));
}

Task<Answer> run_put_part(object::Store& store, object::UploadRef upload, int number,
                          std::string body) {
  StringSource source(std::move(body));
  AnyBody verifier;
  co_return answer(
      co_await store.put_part(std::move(upload), number, std::nullopt, source, verifier));
}

// `was_done`: it was, by another one, and there is no record of this.
Task<Answer> run_complete(Machine& machine, object::CompleteArgs args, std::string line,
                          std::shared_ptr<bool> was_done) {
  StepRecord record(machine, std::move(line));
  args.record = &record;
  const auto completed = co_await machine.store().complete_upload(std::move(args));
  if (completed && !record.is_kept()) *was_done = true;
  co_return answer(completed);
}

// `id` gets the upload's.
Task<Answer> run_create_upload(Machine& machine, object::CreateUpload args,
                               std::shared_ptr<std::string> id, std::string line) {
  StepRecord record(machine, std::move(line));
  args.record = &record;
  const auto made = co_await machine.store().create_upload(std::move(args));
  if (made) *id = made->id;
  co_return answer(made);
}

Task<Answer> run_enable(object::Store& store, std::string bucket) {
  const auto found = co_await store.get_bucket(bucket);
  if (!found) co_return answer(found);
  object::AmendBucket args;
  args.name = bucket;
  args.id = found->id;
  args.versioning = object::Versioning::kEnabled;
  co_return answer(co_await store.amend_bucket(std::move(args)));
}

Task<Answer> run_remove_newest(object::Store& store, std::string bucket, std::string key) {
  object::ListVersionsArgs of;
  of.list.bucket = bucket;
  of.list.prefix = key;
  of.list.limit = 1;
  const auto page = co_await store.list_versions(std::move(of));
  if (!page) co_return answer(page);
  if (page->entries.empty()) co_return Answer();
  object::RemoveArgs args;
  args.bucket = bucket;
  args.key = key;
  args.version_id = object::shown_version_id(page->entries.front().version.version_id);
  co_return answer(co_await store.remove(std::move(args)));
}

Task<Answer> run_act(control::Controller& controller, control::ActBody body) {
  const auto done = co_await controller.propose("test", "", std::move(body));
  if (!done) co_return std::unexpected(object::Failure(done.error()));
  co_return Answer();
}

Task<Answer> run_block(Machine& machine, std::string bucket, unsigned bits) {
  const auto found = co_await machine.store().get_bucket(bucket);
  if (!found) co_return answer(found);
  control::PutPublicAccessBlock act;
  act.bucket = {bucket, codec::hex_encode(found->id)};
  act.block = policy::block_of_bits(static_cast<std::uint8_t>(bits));
  co_return co_await run_act(machine.controller(), std::move(act));
}

int number_of(const Step& step) {
  return 1 + static_cast<int>(step.salt % 3);
}

struct FoundUpload {
  object::UploadRef ref;
  std::string part;  // name of the line of the step's part
};

// Names of lines that begin so, without that beginning.
std::vector<std::string> all_of(const State& state, const std::string& prefix) {
  std::vector<std::string> out;
  for (auto at = state.lower_bound(prefix); at != state.end() && at->first.starts_with(prefix);
       ++at) {
    out.push_back(at->first.substr(prefix.size()));
  }
  return out;
}

std::optional<FoundUpload> some_upload(const Step& step, const State& state) {
  const auto all = all_of(state, "upload ");
  if (all.empty()) return std::nullopt;
  const std::string& chosen = all[step.key % all.size()];
  const std::size_t space = chosen.find(' ');
  const std::string bucket = chosen.substr(0, space);
  const std::string id = chosen.substr(space + 1);
  return FoundUpload{{bucket, state.at("upload " + chosen).text, id},
                     part_line(bucket, id, number_of(step))};
}

void forget_upload(State& state, const object::UploadRef& ref) {
  std::erase_if(state, [&](const auto& line) {
    return line.first == upload_line(ref.bucket, ref.upload_id) ||
           line.first.starts_with("part " + ref.bucket + " " + ref.upload_id + " ");
  });
}

bool is_versioned(const State& state, const std::string& bucket) {
  return state.contains(versioning_line(bucket));
}

void set_object(State& state, const std::string& bucket, const std::string& key, Line line) {
  Line& place = state[object_line(bucket, key)];
  if (is_versioned(state, bucket) && !place.text.empty()) {
    line.under = std::exchange(place.under, {});
    line.under.insert(line.under.begin(), std::move(place));
  }
  place = std::move(line);
  state.erase(tags_line(bucket, key));
}

void drop_newest(State& state, const std::string& bucket, const std::string& key) {
  const auto found = state.find(object_line(bucket, key));
  if (found == state.end()) return;
  std::vector<Line> under = std::move(found->second.under);
  if (under.empty()) {
    state.erase(found);
    return;
  }
  found->second = std::move(under.front());
  under.erase(under.begin());
  found->second.under = std::move(under);
}

Operation create_bucket(Machine& machine, const std::string& name) {
  object::CreateBucket args;
  args.name = name;
  args.owner = kOwner;
  return {[&machine, args] { return only_answer(machine.store().create_bucket(args)); },
          [name](State& state) { state[bucket_line(name)] = {"there"}; }};
}

Operation delete_bucket(Machine& machine, const std::string& name) {
  return {[&machine, name] { return only_answer(machine.store().delete_bucket(name)); },
          [name](State& state) {
            std::erase_if(state, [&](const auto& line) {
              return line.first == bucket_line(name) || line.first == block_line(name) ||
                     line.first == versioning_line(name) ||
                     line.first.starts_with(upload_line(name, "")) ||
                     line.first.starts_with("part " + name + " ");
            });
          }};
}

Operation put(Machine& machine, const Step& step) {
  object::PutArgs args;
  args.bucket = bucket_of(step);
  args.key = key_of(step);
  args.owner = kOwner;
  args.size_max = 1U << 30;
  if (step.salt % 2 == 0) args.size = step.size;
  const std::string body = body_of(step);
  const std::string record = line_of(step);
  return {[&machine, args, body, record] { return run_put(machine, args, body, record); },
          [args, record, line = object_of(body)](State& state) {
            set_record(state, record);
            set_object(state, args.bucket, args.key, line);
          }};
}

Operation remove(Machine& machine, const Step& step) {
  object::RemoveArgs args;
  args.bucket = bucket_of(step);
  args.key = key_of(step);
  const std::string record = line_of(step);
  return {[&machine, args, record] {
            return run_recorded(machine, &object::Store::remove, args, record);
          },
          [args, record](State& state) {
            set_record(state, record);
            if (is_versioned(state, args.bucket)) {
              return set_object(state, args.bucket, args.key, {kMarkerText});
            }
            state.erase(object_line(args.bucket, args.key));
            state.erase(tags_line(args.bucket, args.key));
          }};
}

Operation tag(Machine& machine, const Step& step) {
  object::AmendArgs args;
  args.bucket = bucket_of(step);
  args.key = key_of(step);
  const std::string value = std::to_string(step.salt);
  args.tags = {{"salt", value}};
  args.acl = policy::encode(policy::private_acl(kOwner));
  const std::string record = line_of(step);
  return {[&machine, args, record] {
            return run_recorded(machine, &object::Store::amend, args, record);
          },
          [args, value, record](State& state) {
            set_record(state, record);
            if (!state.contains(object_line(args.bucket, args.key))) return;
            state[tags_line(args.bucket, args.key)] = {"salt=" + value};
          }};
}

// A token makes a second row; what it is remembered for is a unit test's. Small salts are written
// by hand, and may come twice.
Operation rename(Machine& machine, const Step& step) {
  object::RenameArgs args;
  args.bucket = bucket_of(step);
  args.source = key_of(step);
  args.key = new_key_of(step);
  if (step.salt > 100 && step.salt % 2 == 0) args.token = "token of " + std::to_string(step.salt);
  const std::string record = line_of(step);
  return {[&machine, args, record] {
            return run_recorded(machine, &object::Store::rename_object, args, record);
          },
          [args, record](State& state) {
            set_record(state, record);
            auto moved = state.extract(object_line(args.bucket, args.source));
            if (moved.empty()) return;
            moved.key() = object_line(args.bucket, args.key);
            state.erase(moved.key());
            state.insert(std::move(moved));
            state.erase(tags_line(args.bucket, args.key));
            auto tags = state.extract(tags_line(args.bucket, args.source));
            if (tags.empty()) return;
            tags.key() = tags_line(args.bucket, args.key);
            state.insert(std::move(tags));
          }};
}

Operation create_upload(Machine& machine, const Step& step) {
  object::CreateUpload args;
  args.bucket = bucket_of(step);
  args.key = key_of(step);
  args.owner = kOwner;
  args.initiator = kOwner;
  auto id = std::make_shared<std::string>();
  const std::string record = line_of(step);
  return {[&machine, args, id, record] { return run_create_upload(machine, args, id, record); },
          [args, id, record](State& state) {
            set_record(state, record);
            if (!id->empty()) state[upload_line(args.bucket, *id)] = {args.key};
          }};
}

Operation put_part(Machine& machine, const Step& step, const FoundUpload& upload, Bodies& bodies) {
  const std::string body = body_of(step);
  bodies[codec::hex_encode(crypto::md5(body))] = body;
  return {[&machine, ref = upload.ref, number = number_of(step), body] {
            return run_put_part(machine.store(), ref, number, body);
          },
          [name = upload.part, line = part_of(body)](State& state) { state[name] = line; }};
}

// Of the one part that the step names, when it is there.
std::optional<Operation> complete(Machine& machine, const Step& step, const FoundUpload& upload,
                                  const State& state, const Bodies& bodies) {
  const auto part = state.find(upload.part);
  if (part == state.end()) return std::nullopt;
  const std::string md5 = part->second.text.substr(0, 32);
  const auto body = bodies.find(md5);
  if (body == bodies.end()) return std::nullopt;  // of a life before, which took it along
  object::CompleteArgs args;
  args.upload = upload.ref;
  args.parts.push_back({number_of(step), md5, std::nullopt});
  const std::string record = line_of(step);
  const auto was_done = std::make_shared<bool>(false);
  return Operation{
      [&machine, args, record, was_done] { return run_complete(machine, args, record, was_done); },
      [record, was_done, ref = upload.ref,
       line = object_of(std::vector{body->second})](State& after) {
        if (!*was_done) set_record(after, record);
        // Another one completed it: that makes no second version.
        if (*was_done && !after.contains(upload_line(ref.bucket, ref.upload_id))) return;
        forget_upload(after, ref);
        set_object(after, ref.bucket, ref.key, line);
      }};
}

Operation abort(Machine& machine, const FoundUpload& upload) {
  return {[&machine, ref = upload.ref] { return only_answer(machine.store().abort_upload(ref)); },
          [ref = upload.ref](State& state) { forget_upload(state, ref); }};
}

// Tags are of no concern in a versioned bucket: those that there are come and go with their
// version.
Operation enable(Machine& machine, const std::string& bucket) {
  return {[&machine, bucket] { return run_enable(machine.store(), bucket); },
          [bucket](State& state) {
            state[versioning_line(bucket)] = {"enabled"};
            std::erase_if(state, [&](const auto& line) {
              return line.first.starts_with(tags_line(bucket, ""));
            });
          }};
}

Operation remove_newest(Machine& machine, const Step& step) {
  const std::string bucket = bucket_of(step);
  const std::string key = key_of(step);
  return {[&machine, bucket, key] { return run_remove_newest(machine.store(), bucket, key); },
          [bucket, key](State& state) { drop_newest(state, bucket, key); }};
}

Operation create_user(Machine& machine, const Step& step) {
  const control::User user =
      machine.controller().new_user(machine.account(), "user-" + std::to_string(step.key));
  return {[&machine, user] { return run_act(machine.controller(), control::CreateUser{user}); },
          [name = user.name](State& state) { state[user_line(name)] = {"there"}; }};
}

Operation create_key(Machine& machine, const std::string& user) {
  const control::CreateKey act = machine.controller().new_key(machine.account(), user, "", "");
  return {[&machine, act] { return run_act(machine.controller(), act); },
          [key = act.key](State& state) { state[key_line(key.access_key)] = key_of(key); }};
}

Operation delete_key(Machine& machine, const std::string& access_key) {
  return {[&machine, access_key] {
            return run_act(machine.controller(), control::DeleteKey{access_key});
          },
          [access_key](State& state) { state.erase(key_line(access_key)); }};
}

Operation block(Machine& machine, const Step& step) {
  const std::string bucket = bucket_of(step);
  const unsigned bits = step.salt % 16;
  return {[&machine, bucket, bits] { return run_block(machine, bucket, bits); },
          [bucket, bits](State& state) { state[block_line(bucket)] = {std::to_string(bits)}; }};
}

std::optional<Operation> plan_act(Machine& machine, const Step& step, const State& state) {
  const auto users = all_of(state, "user ");
  const auto keys = all_of(state, "key ");
  if (step.verb == Verb::kCreateUser) {
    if (state.contains(user_line("user-" + std::to_string(step.key)))) return std::nullopt;
    return create_user(machine, step);
  }
  if (step.verb == Verb::kCreateKey) {
    if (users.empty()) return std::nullopt;
    return create_key(machine, users[step.salt % users.size()]);
  }
  if (keys.empty()) return std::nullopt;
  return delete_key(machine, keys[step.salt % keys.size()]);
}

std::optional<Operation> plan_upload(Machine& machine, const Step& step, const State& state,
                                     Bodies& bodies) {
  const auto upload = some_upload(step, state);
  if (!upload) return std::nullopt;
  if (step.verb == Verb::kPutPart) return put_part(machine, step, *upload, bodies);
  if (step.verb == Verb::kComplete) return complete(machine, step, *upload, state, bodies);
  return abort(machine, *upload);
}

}  // namespace

std::optional<Operation> plan(Machine& machine, const Step& step, const State& state,
                              Bodies& bodies) {
  const std::string bucket = bucket_of(step);
  const bool has_bucket = state.contains(bucket_line(bucket));
  switch (step.verb) {
    case Verb::kCreateBucket:
      if (has_bucket) return std::nullopt;
      return create_bucket(machine, bucket);
    case Verb::kDeleteBucket:
      if (!has_bucket || !all_of(state, object_line(bucket, "")).empty()) return std::nullopt;
      return delete_bucket(machine, bucket);
    case Verb::kPut:
      if (!has_bucket) return std::nullopt;
      return put(machine, step);
    case Verb::kRemove:
      if (!has_bucket) return std::nullopt;
      return remove(machine, step);
    case Verb::kTag:
      if (!state.contains(object_line(bucket, key_of(step)))) return std::nullopt;
      if (is_versioned(state, bucket)) return std::nullopt;
      return tag(machine, step);
    case Verb::kRename:
      if (!state.contains(object_line(bucket, key_of(step)))) return std::nullopt;
      if (is_versioned(state, bucket)) return std::nullopt;
      return rename(machine, step);
    case Verb::kCreateUpload:
      if (!has_bucket) return std::nullopt;
      return create_upload(machine, step);
    case Verb::kPutPart:
    case Verb::kComplete:
    case Verb::kAbort:
      return plan_upload(machine, step, state, bodies);
    case Verb::kSweep:
      return Operation{[&machine] { return only_answer(machine.store().sweep()); }, [](State&) {}};
    case Verb::kCreateUser:
    case Verb::kCreateKey:
    case Verb::kDeleteKey:
      return plan_act(machine, step, state);
    case Verb::kBlock:
      if (!has_bucket) return std::nullopt;
      return block(machine, step);
    case Verb::kEnable:
      if (!has_bucket) return std::nullopt;
      return enable(machine, bucket);
    case Verb::kRemoveNewest:
      if (!is_versioned(state, bucket)) return std::nullopt;
      return remove_newest(machine, step);
    case Verb::kTogether:
    case Verb::kTick:
    case Verb::kJobs:
    case Verb::kRestart:
    case Verb::kMove:
      break;
  }
  return std::nullopt;
}

std::string show(const object::Failure& failure) {
  const bool is_storage = failure.fault == object::Fault::kStorage;
  return "fault " + (is_storage ? "storage" : std::to_string(static_cast<int>(failure.fault))) +
         " " + name(failure.code) + ": " + failure.what;
}

}  // namespace muzn::sim
