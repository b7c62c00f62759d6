// Persons with keys, who sign acts, and charters for them to sign.
#pragma once
#include <initializer_list>
#include <string>

#include "codec/base64.h"
#include "control/state.h"
#include "crypto/ed25519.h"
#include "policy/acceptable_use.h"

namespace muzn::control {

// The same person for the same letter.
class Person {
 public:
  explicit Person(char letter)
      : key_(
            crypto::Ed25519Key::from_seed(std::string(crypto::kEd25519SeedBytes, letter)).value()) {
  }
  std::string key() const { return codec::hex_encode(key_.public_key()); }
  std::string sign(const audit::Subject& subject) const {
    return codec::hex_encode(key_.sign(audit::statement(subject)));
  }

 private:
  crypto::Ed25519Key key_;
};

inline AppointOfficer appointment(const Person& who, std::set<std::string> duties) {
  return {.officer = {.public_key = who.key(),
                      .name = "Layla",
                      .duties = std::move(duties),
                      .appointed = from_micros(7),
                      .nonce = std::string(64, '5')},
          .approvals = {}};
}

// From the year 2000 to the year 2100.
inline Charter sample_charter(std::string account, const Person& signatory,
                              std::uint64_t version = 1) {
  return {.account = std::move(account),
          .version = version,
          .legal_name = "Ministry of Painting",
          .jurisdictions = {"DE", "PS"},
          .services = {"ai", "storage"},
          .purposes = {{.id = "archive",
                        .use = "archive",
                        .text = "What was painted, for good",
                        .services = {"storage"}},
                       {.id = "search",
                        .use = "research",
                        .text = "Finding paintings",
                        .services = {"ai", "storage"}}},
          .default_purpose = "archive",
          .acceptable_use = std::string(policy::kAcceptableUse),
          .rules = {},
          .quotas = {.bytes = 1000},
          .contacts = {{.role = "owner", .name = "Zaynab", .email = "zaynab@example.org"}},
          .from = from_micros(946'684'800'000'000),
          .until = from_micros(4'102'444'800'000'000),
          .prices = "of 2026",
          .signatory = signatory.key(),
          .nonce = std::string(64, '6')};
}

// To read all of an account for an hour from the year 2025 on, when samples act.
inline Grant sample_grant(std::string account, const User& who,
                          Time from = from_micros(1'763'800'000'000'000), char id = '1') {
  return {.id = std::string(64, id),
          .account = std::move(account),
          .bucket = {},
          .bucket_id = {},
          .prefix = {},
          .rights = std::string(kRightRead),
          .reason = "legal_order",
          .reference = "Painters' court, 7/25",
          .document = std::string(64, 'd'),
          .text = "Layla's paintings",
          .who = arn_of(who),
          .who_id = who.id,
          .from = from,
          .until = from + std::chrono::hours(1),
          .nonce = std::string(64, '7')};
}

// The act with the signatures of these.
template <class Act>
Act signed_by(const State& state, Act act, std::initializer_list<const Person*> who) {
  const audit::Subject subject = subject_of(state, act);
  for (const Person* person : who) act.approvals[person->key()] = person->sign(subject);
  return act;
}

}  // namespace muzn::control
