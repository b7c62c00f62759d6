// What policies may ask of every request, whatever its service: who asks, from where and when.
// Source: AWS, "AWS global condition context keys".
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "gate/held.h"
#include "http/message.h"
#include "policy/facts.h"

namespace muzn::gate {

// Borrows all it is given.
class CommonFacts final : public policy::Facts {
 public:
  struct Given {
    const Held& held;
    const http::Request* request = nullptr;  // nullptr: where it came from is not known
    Time now;
    std::string_view region;
    std::string_view resource_account;
    const policy::Facts* own = nullptr;  // of the service; asked first
  };
  explicit CommonFacts(const Given& given) : given_(given) {}

  std::optional<std::vector<std::string>> values(std::string_view key) const override;

  const Given& given() const { return given_; }
  const Principal& principal() const { return given_.held.principal(); }

 private:
  std::optional<std::vector<std::string>> principal_tag(std::string_view name) const;
  std::optional<std::vector<std::string>> provider_claim(std::string_view key) const;

  const Given given_;
};

// A key that CommonFacts may have values of.
bool is_common_key(std::string_view folded);

}  // namespace muzn::gate
