// Complaints of people outside: what is taken has its fields within their bounds, and is the same
// again from what lies beside its act. An address is of a network, whatever it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "control/suspension.h"
#include "server/complaints.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (server::network_of(text).empty()) std::abort();
  for (const char* type :
       {"application/json", "application/x-www-form-urlencoded; charset=utf-8", "text/plain"}) {
    const auto given = server::read_complaint(type, text);
    if (!given) continue;
    const std::string kept = server::to_text(*given);
    const auto back = server::read_complaint("application/json", kept);
    if (given->text.size() > control::kComplaintBytesMax || given->about.empty() || !back ||
        back->about != given->about || back->text != given->text ||
        back->contact != given->contact) {
      std::abort();
    }
  }
  return 0;
}
