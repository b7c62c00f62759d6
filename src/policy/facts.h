// What a policy may ask of a request: the values of condition keys, by name. Pure.
// Source: AWS, "AWS global condition context keys" and "Actions, resources, and condition keys for
// Amazon S3".
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muzn::policy {

// A key as lookups name it: letters in lower case up to the first '/', since names of keys have no
// case; what follows is the key of a tag and stays as it is.
std::string fold_key(std::string_view key);

// Of one key; nullopt: the request does not have it.
using Values = std::optional<std::vector<std::string>>;

inline Values one(std::string_view value) {
  return std::vector<std::string>{std::string(value)};
}
inline Values one_if(bool there, std::string_view value) {
  return there ? one(value) : std::nullopt;
}

class Facts {
 public:
  virtual ~Facts() = default;
  // The values of a folded key. Called only for keys that a policy names, so nothing is computed
  // for nobody.
  virtual Values values(std::string_view key) const = 0;
  // The request goes on with what another one of the caller began, and that one was judged by this
  // key: an allow that asks for it holds as it did then, a deny has had its say.
  virtual bool settled(std::string_view /*key*/) const { return false; }
};

// Values as somebody gave them.
class GivenFacts final : public Facts {
 public:
  // In any case.
  void set(std::string_view key, std::vector<std::string> values) {
    values_[fold_key(key)] = std::move(values);
  }
  Values values(std::string_view key) const override {
    const auto found = values_.find(key);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace muzn::policy
