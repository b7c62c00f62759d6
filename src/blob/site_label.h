// The label of a directory that holds bytes: at which site it is (docs/residency.md). Written into
// the directory itself when it is given first, and never changed: a disk that was moved, or a start
// that says something else, is noticed. docs/formats/placement.md
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "fs/dir.h"

namespace muzn::blob {

inline constexpr const char* kSiteName = "site";  // of the file

// Pure; one value has one form. REQUIRES a site's id. Errors: kInvalid (a version that this program
// does not know), kCorrupt.
std::string encode_site(std::string_view site);
Result<std::string> decode_site(std::string_view text);

// The label, after writing `given` where there was none. "" = none, and none is given. Blocks.
// Errors: kInvalid (no site's id; another label stands), kCorrupt, and those of reading and
// writing.
Result<std::string> settle_site(const fs::Dir& dir, std::string_view given);

}  // namespace muzn::blob
