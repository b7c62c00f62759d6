// Listings of objects and versions: parameters in, documents out. Pure.
// Sources: AWS "ListObjects", "ListObjectsV2", "ListObjectVersions" of the S3 API reference.
#pragma once
#include <string>
#include <string_view>

#include "codec/uri.h"
#include "codec/xml.h"
#include "control/state.h"
#include "object/store.h"
#include "s3/error.h"

namespace muzn::s3 {

// What all three listings share.
struct ListParams {
  std::string prefix;
  std::string delimiter;
  std::size_t max_keys = 1000;  // clipped to AWS's page
  bool url_encoding = false;
};
// Errors: InvalidArgument (max-keys, encoding-type).
Outcome<ListParams> parse_list_params(const codec::Query& query);

// A number of a query parameter: absent or "" is `fallback`. Errors: InvalidArgument unless it is a
// decimal number of low..high.
Outcome<std::size_t> parse_count(const codec::Query& query, std::string_view name, std::size_t low,
                                 std::size_t high, std::size_t fallback);

// Keys, prefixes, delimiters and markers as the client asked to have them: raw, or percent-encoded
// with encoding-type=url. Never percent-encoded unasked: a client that didn't ask takes the text
// for the key. What XML 1.0 cannot carry is then a character reference, as AWS has it: a strict
// parser stumbles over it, and clients that know (rclone) ask again with encoding-type=url.
class ListWriter {
 public:
  ListWriter(std::string_view root, const ListParams& params, const control::State& state);

  codec::XmlWriter& xml() { return xml_; }
  void text(std::string_view element, std::string_view value);
  // Name, Prefix; then the caller's markers; then the rest.
  void begin(std::string_view bucket);
  void page(bool truncated);
  void object(const object::ListEntry& entry, bool with_owner);
  void version(const object::ListEntry& entry);  // Version or DeleteMarker
  void common_prefixes(const object::ListPage& page);
  std::string finish() { return xml_.finish(); }

 private:
  void contents(const object::Version& version);

  const ListParams& params_;
  const control::State& state_;
  codec::XmlWriter xml_;
};

// Owner with ID and DisplayName of an account.
void write_owner(codec::XmlWriter& xml, const control::State& state, std::string_view account);

// Whole seconds, as AWS lists times.
std::string list_time(Time time);

}  // namespace muzn::s3
