// Which kind of leaf is folded by what.
#include "audit/batch.h"
#include "audit/fold.h"

namespace muzn::audit {

const std::map<std::string_view, Fold::Handler>& Fold::handlers() {
  static const std::map<std::string_view, Handler> all = [] {
    std::map<std::string_view, Handler> out = {
        {"genesis", &Fold::genesis},
        {"create_account", &Fold::create_account},
        {"delete_account", &Fold::delete_account},
        {"create_user", &Fold::create_user},
        {"delete_user", &Fold::delete_user},
        {"create_key", &Fold::create_key},
        {"set_key_status", &Fold::set_key_status},
        {"delete_key", &Fold::delete_key},
        {"put_public_access_block", &Fold::speak_of_bucket},
        {"delete_public_access_block", &Fold::speak_of_bucket},
        {"put_bucket_policy", &Fold::put_bucket_policy},
        {"delete_bucket_policy", &Fold::delete_bucket_policy},
        {"put_lock_default", &Fold::put_lock_default},
        {"delete_lock_default", &Fold::speak_of_bucket},
        {"forget_bucket", &Fold::forget_bucket},
        {"put_account_public_access_block", &Fold::put_block},
        {"delete_account_public_access_block", &Fold::delete_block},
        {"set_granularity", &Fold::speak_of_account_or_bucket},
        {"set_limits", &Fold::speak_of_account_or_bucket},
        {"change_sealing_key", &Fold::speak_of_account},
        {"put_trail", &Fold::speak_of_account},
        {"delete_trail", &Fold::speak_of_account},
        {"set_trail_logging", &Fold::speak_of_account},
        {"create_group", &Fold::create_thing},
        {"delete_iam", &Fold::delete_thing},
        {"rename_iam", &Fold::speak_of_thing},
        {"create_role", &Fold::create_thing},
        {"update_role", &Fold::speak_of_thing},
        {"put_trust_policy", &Fold::speak_of_thing},
        {"add_user_to_group", &Fold::add_member},
        {"remove_user_from_group", &Fold::remove_member},
        {"put_inline_policy", &Fold::speak_of_thing},
        {"delete_inline_policy", &Fold::speak_of_thing},
        {"attach_policy", &Fold::attach},
        {"detach_policy", &Fold::detach},
        {"set_boundary", &Fold::set_boundary},
        {"create_policy", &Fold::create_thing},
        {"create_policy_version", &Fold::speak_of_thing},
        {"delete_policy_version", &Fold::speak_of_thing},
        {"set_default_policy_version", &Fold::speak_of_thing},
        {"put_tags", &Fold::speak_of_thing},
        {"delete_tags", &Fold::speak_of_thing},
        {"put_provider", &Fold::put_provider},
        {"set_account_alias", &Fold::speak_of_account},
        {"appoint_officer", &Fold::appoint_officer},
        {"dismiss_officer", &Fold::dismiss_officer},
        {"put_charter", &Fold::put_charter},
        {"set_bucket_purpose", &Fold::set_bucket_purpose},
        {"open_break_glass", &Fold::open_break_glass},
        {"close_break_glass", &Fold::close_break_glass},
        {"file_complaint", &Fold::file_complaint},
        {"put_site", &Fold::put_site},
        {"delete_site", &Fold::delete_site},
        {"set_residency", &Fold::set_residency},
        {"summary", &Fold::summary},
        {"gap", &Fold::gap},
        {"checkpoint", &Fold::checkpoint},
        {kTrailDigestKind, &Fold::trail_digest},
        {kStateKind, &Fold::check_state},
        {"continues", &Fold::continues},
    };
    for (const std::string_view step : kCaseSteps) out.emplace(step, &Fold::take_case_step);
    return out;
  }();
  return all;
}

}  // namespace muzn::audit
