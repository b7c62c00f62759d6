// A browser's form (POST Object): its fields, read whole, and the file behind them, as a stream.
// Source: AWS S3 API reference, "POST Object" and "HTML form fields".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "http/form_data.h"
#include "http/message.h"
#include "s3/error.h"
#include "s3/post_policy.h"

namespace muzn::s3 {

inline constexpr std::size_t kFormBytesMax = 20U << 10;  // AWS: all but the file, 20 KB

inline constexpr std::size_t kFormFieldsMax = 1000;  // AWS names no number; ours is for checks

// Reads a form up to its file; then it is the source of the file's bytes. What follows the file is
// read and means nothing, as in AWS.
class PostForm final : public ByteSource {
 public:
  // REQUIRES a boundary of http::form_boundary().
  PostForm(ByteSource& raw, std::string_view boundary) : raw_(raw), parser_(boundary) {}

  // Errors: MalformedPOSTRequest, MaxPostPreDataLengthExceededError, InvalidArgument (a field
  // twice), IncorrectNumberOfFilesInPostRequest (none), those of the stream.
  Task<Outcome<void>> read_fields();
  // Names without case, each once; values are bytes. ${filename} is expanded.
  const http::Headers& fields() const { return fields_; }
  // "" when the form has no such field.
  std::string_view field(std::string_view name) const { return fields_.get(name).value_or(""); }
  // For policies: the bucket that the form is sent to is a field, too.
  http::Headers fields_with(std::string_view bucket) const;

  // A smaller file is refused: EntityTooSmall.
  void set_size_min(std::uint64_t bytes) { size_min_ = bytes; }

  // The file. REQUIRES read_fields() to have succeeded.
  Task<Result<std::string_view>> read() override;
  // Why reading failed, in S3's words; nullopt when it is the stream's own error.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  struct Event {
    http::FormDataParser::Kind kind = http::FormDataParser::Kind::kEnd;
    std::string_view data;
  };
  Task<Outcome<Event>> next();
  Outcome<void> end_field();
  Task<Result<std::string_view>> end_file();
  std::unexpected<muzn::Error> reject(Error refusal);

  ByteSource& raw_;
  http::FormDataParser parser_;
  std::string_view pending_;  // read and not yet parsed
  std::string carry_;         // what pending_ views when a thing spans two reads
  http::Headers fields_;
  std::string value_;            // of the field that is read
  std::size_t fields_size_ = 0;  // bytes of the form so far, until the file
  std::uint64_t size_min_ = 0;
  std::uint64_t size_ = 0;  // of the file so far
  bool done_ = false;
  std::optional<Error> refusal_;
};

// The fields as PutObject would have them in its headers: what the object is given. Pure.
// Errors: InvalidArgument (what no header can hold), MalformedXML and InvalidTag (tagging).
Outcome<http::Headers> object_headers_of(const http::Headers& fields);

// Where the form wants its sender to go; nullopt when nowhere or to no HTTP address. Pure.
std::optional<std::string> redirect_of(const http::Headers& fields, std::string_view bucket,
                                       std::string_view key, std::string_view etag);
// success_action_status: 200, 201 or 204, which is also what others become. Pure.
int success_status_of(const http::Headers& fields);

}  // namespace muzn::s3
