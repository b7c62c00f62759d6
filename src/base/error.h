// Errors are values. A Code exists only if some caller reacts to it differently from the others;
// the text is for people. Protocol errors (S3 codes, HTTP statuses) are made once, at the border.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace muzn {

enum class Code : std::uint8_t {
  kNotFound,      // the named thing does not exist
  kExists,        // it exists already
  kPrecondition,  // a compare failed: read again and decide
  kDenied,        // authenticated or not, it may not
  kInvalid,       // input breaks its grammar or a rule
  kLimit,         // input or work exceeds a named limit
  kCorrupt,       // stored bytes fail their checksum or format
  kNoSpace,       // disk or quota is full
  kUnavailable,   // try again later: closing, overloaded, volume failed
  kTimeout,       // a deadline passed
  kClosed,        // the peer went away or the stream ended too early
  kUnsupported,   // known, not built
  kInternal,      // a defect of ours or of the system
};

struct [[nodiscard]] Error {
  Code code = Code::kInternal;
  std::string what;
};

// Name of a code for logs and tests, for example "not_found".
const char* name(Code code);

template <class T, class E = Error>
using Result = std::expected<T, E>;

inline std::unexpected<Error> fail(Code code, std::string what) {
  return std::unexpected<Error>(Error{code, std::move(what)});
}

}  // namespace muzn

#define MUZN_CONCAT_(a, b) a##b
#define MUZN_CONCAT(a, b) MUZN_CONCAT_(a, b)

// TRY(auto x, f());  binds the value or returns the error from a plain function.
#define TRY(declaration, expression) \
  MUZN_TRY_(declaration, expression, MUZN_CONCAT(muzn_result_, __COUNTER__), return)
// CO_TRY(auto x, co_await f());  the same in a coroutine.
#define CO_TRY(declaration, expression) \
  MUZN_TRY_(declaration, expression, MUZN_CONCAT(muzn_result_, __COUNTER__), co_return)
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration and a keyword cannot stand in parentheses.
#define MUZN_TRY_(declaration, expression, result, leave)        \
  auto result = (expression);                                    \
  if (!result) leave std::unexpected(std::move(result).error()); \
  declaration = std::move(result).value()
// NOLINTEND(bugprone-macro-parentheses)

// TRY_VOID(f());  for Result<void>.
#define TRY_VOID(expression)                                                            \
  do {                                                                                  \
    auto muzn_void_result = (expression);                                               \
    if (!muzn_void_result) return std::unexpected(std::move(muzn_void_result).error()); \
  } while (false)
#define CO_TRY_VOID(expression)                                                            \
  do {                                                                                     \
    auto muzn_void_result = (expression);                                                  \
    if (!muzn_void_result) co_return std::unexpected(std::move(muzn_void_result).error()); \
  } while (false)

// CHECK(condition): a broken invariant aborts, in release too.
#define CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::muzn::check_failed(#condition, __FILE__, __LINE__))

namespace muzn {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace muzn
