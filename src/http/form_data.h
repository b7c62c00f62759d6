// multipart/form-data bodies as browsers send them, read piece by piece (RFC 7578; RFC 2046 section
// 5.1; HTML, "Multipart form data"). Stricter than MIME: no preamble, CRLF only, no folded lines.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::http {

inline constexpr std::size_t kBoundaryBytesMax = 70;    // RFC 2046 section 5.1.1
inline constexpr std::size_t kPartHeadBytesMax = 8192;  // names, file names and a media type fit

// The boundary of a Content-Type that is multipart/form-data; nullopt when it is not, or has none
// that RFC 2046 allows.
std::optional<std::string> form_boundary(std::string_view content_type);

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // as sent: may hold a path
};

class FormDataParser {
 public:
  // REQUIRES a boundary of form_boundary().
  explicit FormDataParser(std::string_view boundary);

  enum class Kind : std::uint8_t {
    kMore,     // what is left is the beginning of something: again, with more bytes behind it
    kPart,     // a part begins: part()
    kData,     // bytes of that part
    kPartEnd,  // the part is whole
    kEnd,      // the form is whole; what follows means nothing
  };
  struct Step {
    Kind kind = Kind::kMore;
    std::size_t consumed = 0;
    std::string_view data;  // of kData; a view of the input
  };
  // Takes from the front of `input`. With kMore at most kPartHeadBytesMax and a few bytes are left.
  // Errors: kInvalid; the parser is dead then.
  Result<Step> feed(std::string_view input);

  const FormPart& part() const { return part_; }

 private:
  enum class State : std::uint8_t { kStart, kAfterDelimiter, kHead, kBody, kEnd };
  Result<Step> start(std::string_view input);
  Result<Step> after_delimiter(std::string_view input);
  Result<Step> head(std::string_view input);
  Step body(std::string_view input);

  std::string delimiter_;  // CRLF "--" boundary
  State state_ = State::kStart;
  FormPart part_;
};

}  // namespace muzn::http
