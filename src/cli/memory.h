// What happens when memory ends.
#pragma once

namespace muzn::cli {

// From now on it is the end of the process, at once: a crash is what the store is made for
// (docs/durability.md), an exception half-way through a commit or through RocksDB is not. Also for
// what our libraries allocate without looking whether they got it. REQUIRES that nothing has used
// OpenSSL yet.
void end_with_memory();

}  // namespace muzn::cli
