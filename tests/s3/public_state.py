"""Folds the leaves of a public log into the public state, from docs/formats/state.md alone."""
import hashlib

ASPECTS = {
    "genesis": "made", "create_account": "made", "create_user": "made", "create_group": "made",
    "create_role": "made", "create_policy": "made", "create_key": "made", "set_key_status": "status",
    "put_account_public_access_block": "public_access_block",
    "delete_account_public_access_block": "public_access_block",
    "put_public_access_block": "public_access_block",
    "delete_public_access_block": "public_access_block",
    "put_bucket_policy": "policy", "delete_bucket_policy": "policy",
    "put_lock_default": "lock_default", "delete_lock_default": "lock_default",
    "set_granularity": "granularity", "set_limits": "limits", "set_account_alias": "alias",
    "put_trail": "trails", "delete_trail": "trails", "set_trail_logging": "trails",
    "rename_iam": "name", "update_role": "role", "put_trust_policy": "trust",
    "put_inline_policy": "inline_policies", "delete_inline_policy": "inline_policies",
    "create_policy_version": "versions", "delete_policy_version": "versions",
    "set_default_policy_version": "versions", "put_tags": "tags", "delete_tags": "tags",
    "put_charter": "charter", "change_sealing_key": "sealing_key", "appoint_officer": "officers",
    "dismiss_officer": "officers", "set_bucket_purpose": "purpose",
    "open_break_glass": "break_glass", "close_break_glass": "break_glass",
    "give_notice": "cases", "answer_case": "cases", "decide_case": "cases",
    "decide_appeal": "cases", "restrict_at_once": "cases", "close_export": "cases",
    "file_complaint": "complaints",
    "set_residency": "residency",
}
OF_ACCOUNT = {"alias", "trails", "charter", "sealing_key", "officers", "break_glass", "cases",
              "complaints"}


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def text(value):
    return varint(len(value)) + value.encode()


def be64(value):
    return value.to_bytes(8, "big")


def flag(value):
    return bytes([1 if value else 0])


def rows(items):
    return varint(len(items)) + b"".join(b"".join(row) for row in items)


class State:
    def __init__(self):
        self.continued, self.acts, self.size, self.operator = False, 0, 0, ""
        self.accounts, self.things, self.keys = {}, {}, {}
        self.links, self.boundaries, self.buckets, self.standing = set(), {}, {}, {}

    def take(self, index, leaf):
        """The next entry; of acts that break no rule."""
        if leaf["kind"] == "continues":
            self.continued = True
        if leaf["class"] != "control":
            return
        self.acts, self.size = leaf["sequence"] + 1, index + 1
        kind, facts, account = leaf["kind"], leaf["facts"], leaf["account"]
        thing, bucket = facts.get("thing", facts.get("user")), facts.get("bucket")
        if kind in ("genesis", "create_account"):
            self.accounts[account] = [False, 0, False]
            self.operator = account if kind == "genesis" else self.operator
        elif kind == "delete_account":
            self.accounts[account] = [True, leaf["time_micros"], False]
            for made_by in [key for key, row in self.keys.items() if row[0] == account]:
                self.forget(str(made_by))
                del self.keys[made_by]
            return self.forget(account)
        elif kind.endswith("_account_public_access_block"):
            self.accounts[account][2] = kind.startswith("put")
        elif kind in ("create_user", "create_group", "create_role", "create_policy"):
            self.things[thing] = [account, False]
        elif kind in ("delete_user", "delete_iam") and thing != "provider":
            self.things[thing][1] = True
            self.boundaries.pop(thing, None)
            return self.forget(thing)
        elif kind == "create_key":
            self.keys[leaf["sequence"]] = [account, facts["user"], facts["active"]]
        elif kind == "set_key_status":
            self.keys[facts["made_by"]][2] = facts["active"]
        elif kind == "delete_key":
            del self.keys[facts["made_by"]]
            return self.forget(str(facts["made_by"]))
        elif kind in ("add_user_to_group", "remove_user_from_group"):
            self.tie((facts["user"], thing), kind.startswith("add"))
        elif kind in ("attach_policy", "detach_policy"):
            self.tie((thing, facts["policy"]), kind.startswith("attach"))
        elif kind == "forget_bucket":
            self.buckets.pop(bucket)
            return self.forget(bucket)
        if kind in ("create_user", "create_role", "set_boundary"):
            self.boundaries.pop(thing, None)
            if "boundary" in facts:
                self.boundaries[thing] = facts["boundary"]
        if bucket:
            self.buckets.setdefault(bucket, False)
            if kind.endswith("_bucket_policy"):
                self.buckets[bucket] = kind.startswith("put")
        self.remember(index, leaf)

    def remember(self, index, leaf):
        kind, facts, account = leaf["kind"], leaf["facts"], leaf["account"]
        aspect = ASPECTS.get(kind)
        if facts.get("thing") == "provider":
            self.standing[account, "providers"] = index
        elif kind == "declare":
            self.standing["", f"declared {facts['what']}"] = index
        elif kind in ("put_site", "delete_site"):
            self.standing["", f"site {facts['site']}"] = index
        elif kind == "create_key":
            self.standing[str(leaf["sequence"]), aspect] = index
        elif kind == "set_key_status":
            self.standing[str(facts["made_by"]), aspect] = index
        elif aspect in ("granularity", "limits", "residency"):
            self.standing[facts.get("bucket") or facts.get("user") or account, aspect] = index
        elif aspect in OF_ACCOUNT or kind in ("genesis", "create_account"):
            self.standing[account, aspect] = index
        elif aspect:
            of = facts.get("bucket") or facts.get("thing") or facts.get("user") or account
            self.standing[of, aspect] = index

    def tie(self, pair, is_there):
        (self.links.add if is_there else self.links.remove)(pair)

    def forget(self, subject):
        for key in [key for key in self.standing if key[0] == subject]:
            del self.standing[key]

    def encode(self):
        by = lambda things: sorted(things.items(), key=lambda one: one[0])  # noqa: E731
        return b"".join([
            b"muzn.state/1\n", flag(self.continued), be64(self.acts), text(self.operator),
            rows([(text(handle), flag(gone), be64(when), flag(block))
                  for handle, (gone, when, block) in by(self.accounts)]),
            rows([(text(name), text(account), flag(gone))
                  for name, (account, gone) in by(self.things)]),
            rows([(be64(made_by), text(account), text(user), flag(active))
                  for made_by, (account, user, active) in by(self.keys)]),
            rows([(text(holder), text(held)) for holder, held in sorted(self.links)]),
            rows([(text(name), text(policy)) for name, policy in by(self.boundaries)]),
            rows([(text(name), flag(policy)) for name, policy in by(self.buckets)]),
            rows([(text(of), text(aspect), be64(index))
                  for (of, aspect), index in by(self.standing)]),
        ])

    def hash(self):
        return hashlib.sha256(self.encode()).hexdigest()
