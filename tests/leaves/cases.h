// Steps of cases for tests.
#pragma once
#include <chrono>
#include <string>

#include "leaves/signers.h"

namespace muzn::control {

inline CaseRef case_ref(std::string account, std::uint64_t step, char letter = '1') {
  return {.account = std::move(account),
          .id = std::string(32, letter),
          .step = step,
          .nonce = std::string(64, '7')};
}
inline GiveNotice sample_notice(CaseRef at, Time now) {
  return {.at = std::move(at),
          .services = {},
          .rule = "AU-5",
          .evidence = {std::string(64, 'e')},
          .authority = "terms of use, section 7",
          .ticket = {},
          .reply_until = now + audit::kReplyWindow,
          .approvals = {}};
}
inline AnswerCase sample_answer(const CaseRef& at, std::string what) {
  return {.account = at.account,
          .id = at.id,
          .step = at.step,
          .what = std::move(what),
          .text = {.text = {}, .salt = {}, .commitment = std::string(64, 'b')}};
}
inline DecideCase sample_decision(CaseRef at, std::string what,
                                  audit::Rung rung = audit::Rung::kNone) {
  return {.at = std::move(at),
          .what = std::move(what),
          .rung = rung,
          .export_until = {},
          .reasons = std::string(64, 'f'),
          .approvals = {}};
}
inline DecideAppeal sample_appeal_decision(CaseRef at, std::string what,
                                           audit::Rung rung = audit::Rung::kNone) {
  return {.at = std::move(at),
          .what = std::move(what),
          .rung = rung,
          .reasons = std::string(64, 'f'),
          .approvals = {}};
}
inline RestrictAtOnce sample_emergency(CaseRef at, Time until,
                                       audit::Rung rung = audit::Rung::kNoWrites) {
  return {.at = std::move(at),
          .services = {},
          .rung = rung,
          .rule = "AU-1",
          .evidence = {std::string(64, 'e')},
          .authority = "terms of use, section 8",
          .until = until,
          .approvals = {}};
}
inline CloseExport sample_order(CaseRef at, Time until) {
  return {.at = std::move(at),
          .authority = "Court of First Instance, file 7",
          .order = std::string(64, 'd'),
          .until = until,
          .approvals = {}};
}
inline FileComplaint sample_complaint(char letter = '9') {
  return {.ticket = std::string(32, letter),
          .text = {.text = {}, .salt = {}, .commitment = std::string(64, 'b')}};
}

}  // namespace muzn::control
