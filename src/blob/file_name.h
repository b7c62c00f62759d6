// Where a blob's file lies, relative to the directory of blobs: xx/yy/<hex id>. Pure.
#pragma once
#include <string>

#include "blob/store.h"

namespace muzn::blob {

std::string outer_dir(const BlobId& id);  // xx
std::string inner_dir(const BlobId& id);  // xx/yy
std::string file_name(const BlobId& id);
// One number for each xx/yy: below 65536, its upper byte that of xx.
std::size_t dir_index(const BlobId& id);

}  // namespace muzn::blob
