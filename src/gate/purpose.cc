#include "gate/purpose.h"

#include "http/grammar.h"

namespace muzn::gate {

std::string purpose_of_bucket(const control::State& state, std::string_view bucket_id_hex,
                              std::string_view bucket_owner) {
  if (state.charters.empty()) return "";
  const control::BucketControls* const controls = state.bucket(bucket_id_hex);
  if (controls != nullptr && !controls->purpose.empty()) return controls->purpose;
  const control::Charter* const charter = state.charter(bucket_owner);
  return charter == nullptr ? "" : charter->default_purpose;
}

std::string purpose_of(const Held& held, std::string_view bucket_id_hex,
                       std::string_view bucket_owner) {
  const Principal& who = held.principal();
  if (who.session != nullptr) {
    for (const auto& [name, value] : who.session->tags) {
      if (http::equal_ignoring_case(name, kPurposeTag)) return value;
    }
  }
  const bool is_own = !bucket_id_hex.empty() && bucket_owner == who.account;
  return purpose_of_bucket(*held.state(), is_own ? bucket_id_hex : "", who.account);
}

}  // namespace muzn::gate
