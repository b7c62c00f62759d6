// A signing key of a log or a witness, in a file that only its owner may read (0600). One line:
//
//     PRIVATE+KEY+<name>+<hex key id>+<base64(<type> ‖ 32-byte Ed25519 seed)>
//
// which is the form that Go's x/mod/sumdb/note gives private keys. The name and the type are part
// of it, since a key is never used under two names, nor for two kinds of signatures: cosignatures
// do not say by which name they were made.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/rng.h"
#include "fs/dir.h"
#include "merkle/signer.h"

namespace muzn::tlog {

// Errors: kInvalid (also: of another type).
Result<merkle::Signer> parse_key(std::string_view line, merkle::KeyType type);

// The key in `file` of `data`, made there when it has none. `name`: what it is called; "" takes the
// name of the key that is there. Errors: kInvalid (a bad name, or another one than the key's; no
// name and no key), kCorrupt (a damaged file), and those of fs.
Result<merkle::Signer> open_key(const fs::Dir& data, const char* file, merkle::KeyType type,
                                std::string_view name, Rng& rng);

}  // namespace muzn::tlog
