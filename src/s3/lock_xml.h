// The documents of Object Lock. Pure.
// Sources: PutObjectLockConfiguration, PutObjectRetention, PutObjectLegalHold, S3 API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "object/lock.h"
#include "s3/error.h"

namespace muzn::s3 {

// "GOVERNANCE", "COMPLIANCE". REQUIRES a mode. And back; nullopt for anything else.
std::string_view mode_name(object::RetentionMode mode);
std::optional<object::RetentionMode> mode_of(std::string_view name);
// "ON", "OFF".
std::string_view hold_name(object::LegalHold hold);
std::optional<object::LegalHold> hold_of(std::string_view name);

// An ObjectLockConfiguration; nullopt is one without a rule. Errors: MalformedXML (also when it
// does not say that Object Lock is enabled), InvalidRetentionPeriod.
Outcome<std::optional<object::DefaultRetention>> parse_lock_configuration(
    std::string_view document);
std::string lock_configuration_document(const std::optional<object::DefaultRetention>& rule);

// A Retention; an empty one takes the retention away. Errors: MalformedXML.
Outcome<object::Retention> parse_retention(std::string_view document);
std::string retention_document(const object::Retention& retention);

// A LegalHold. Errors: MalformedXML.
Outcome<object::LegalHold> parse_legal_hold(std::string_view document);
std::string legal_hold_document(object::LegalHold hold);

}  // namespace muzn::s3
