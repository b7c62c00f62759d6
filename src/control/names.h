// The grammars of names, ids and keys in control state. Pure.
// Sources: AWS Account Management CreateAccount (name, email); IAM API reference (CreateUser,
// CreateGroup, CreateRole, CreatePolicy, Tag, CreateAccountAlias, CreateOpenIDConnectProvider,
// AccessKey); S3 canonical user ids are 64 hex digits.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "control/iam.h"

namespace muzn::control {

inline constexpr std::size_t kDisplayNameCharsMax = 50;  // AWS: account name
inline constexpr std::size_t kEmailBytesMax = 254;       // RFC 5321 section 4.5.3.1.3
inline constexpr std::size_t kUserNameBytesMax = 64;     // IAM
inline constexpr std::size_t kAccessKeyBytesMin = 3;     // imported pairs may be short
inline constexpr std::size_t kAccessKeyBytesMax = 128;   // IAM
inline constexpr std::size_t kSecretKeyBytesMin = 8;
inline constexpr std::size_t kSecretKeyBytesMax = 128;
inline constexpr std::size_t kGroupNameBytesMax = 128;      // IAM; also of policies
inline constexpr std::size_t kPathBytesMax = 512;           // IAM
inline constexpr std::size_t kDescriptionCharsMax = 1'000;  // IAM
inline constexpr std::size_t kTagKeyCharsMax = 128;         // IAM
inline constexpr std::size_t kTagValueCharsMax = 256;       // IAM
inline constexpr std::size_t kUrlBytesMax = 255;            // IAM: of a provider; also a client id
inline constexpr std::size_t kActorBytesMax = 640;  // an ARN with the longest path and name fits
inline constexpr std::size_t kRequestIdBytesMax = 128;  // ours are far shorter

bool is_account_id(std::string_view text);    // 12 digits, the first not 0
bool is_canonical_id(std::string_view text);  // 64 lower-case hex digits; also hashes
bool is_display_name(std::string_view text);  // UTF-8, 1-50 characters, no controls
// UTF-8 without controls, may be empty.
bool is_line(std::string_view text, std::size_t characters_max);
bool is_email(std::string_view text);      // printable ASCII, one '@' with something around it
bool is_user_name(std::string_view text);  // [\w+=,.@-]{1,64}, but "." and ".."
// A name that IAM's kind of thing may have: as a user's, groups' and policies' are longer; a
// provider's is its URL without the scheme.
bool is_iam_name(IamKind kind, std::string_view text);
bool is_policy_name(std::string_view text);  // as a user's, to 128; also of inline policies
// AIDA, AGPA, AROA or ANPA, by the kind, and 17 of A-Z 2-7. Providers have none.
bool is_unique_id(IamKind kind, std::string_view text);
std::string_view id_prefix(IamKind kind);
bool is_path(std::string_view text);         // "/", or "/" printable ASCII "/"
bool is_description(std::string_view text);  // UTF-8, 0-1000 characters, no controls but \t\n\r
bool is_alias(std::string_view text);      // a-z 0-9 and single hyphens inside, 3-63; no 12 digits
bool is_tag_key(std::string_view text);    // 1-128 letters of any script, digits, space _.:/=+-@
bool is_tag_value(std::string_view text);  // 0-256 of the same
bool is_provider_url(std::string_view text);  // without the scheme: printable ASCII, no space ? #
bool is_client_id(std::string_view text);     // 1-255 printable ASCII
bool is_thumbprint(std::string_view text);    // 40 hex digits
bool is_access_key(std::string_view text);    // [A-Za-z0-9_]{3,128}
bool is_secret_key(std::string_view text);    // 8-128 printable ASCII, no space
bool is_region(std::string_view text);        // [a-z0-9-]{1,64}
bool is_bucket_name(std::string_view text);   // [a-z0-9.-]{3,63}
bool is_bucket_id(std::string_view text);     // 32 lower-case hex digits
bool is_printable(std::string_view text, std::size_t bytes_max);  // ASCII 0x20-0x7e, may be empty

// ASCII letters in lower case: user names and e-mails that differ in case only are the same.
std::string fold_case(std::string_view text);

}  // namespace muzn::control
