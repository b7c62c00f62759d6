// A call of the admin API: method, path, query and body, one a line.
#include <cstdint>
#include <string_view>

#include "admin/call.h"

namespace {

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using muzn::admin::Operation;
  // libFuzzer hands out bytes; they are characters here.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view method = take_line(rest);
  const std::string_view path = take_line(rest);
  const std::string_view query = take_line(rest);
  const auto match = muzn::admin::find_route(method, path);
  if (match.route == nullptr) return 0;

  // The path is the pattern with its parameters put in, plain or encoded, and nothing else.
  std::size_t plain = match.route->pattern.size();
  for (const auto& parameter : match.parameters) {
    CHECK(!parameter.empty() && parameter != "." && parameter != "..");
    CHECK(parameter.find_first_of("/%") == std::string::npos);
    plain += parameter.size() - 2;
  }
  CHECK(path.contains('%') || path.size() == plain);

  const auto call = muzn::admin::parse_call(match, query, rest);
  if (!call) {
    CHECK(!call.error().what.empty());
    return 0;
  }
  CHECK(call->operation == match.route->operation);
  CHECK(call->operation == Operation::kCreateKey || call->secret_key.empty());
  if (call->operation == Operation::kCreateAccount) {
    CHECK(!call->name.empty() && !call->email.empty());
  }
  if (call->operation == Operation::kCreateKey) {
    CHECK(!call->account.empty() && call->access_key.empty() == call->secret_key.empty());
  }
  return 0;
}
