// The grammars of names, ids and keys in control state. Pure.
// Sources: AWS Account Management CreateAccount (name, email), IAM CreateUser (UserName pattern),
// IAM AccessKey; S3 canonical user ids are 64 hex digits.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace muzn::control {

inline constexpr std::size_t kDisplayNameCharsMax = 50;  // AWS: account name
inline constexpr std::size_t kEmailBytesMax = 254;       // RFC 5321 section 4.5.3.1.3
inline constexpr std::size_t kUserNameBytesMax = 64;     // IAM
inline constexpr std::size_t kAccessKeyBytesMin = 3;     // imported pairs may be short
inline constexpr std::size_t kAccessKeyBytesMax = 128;   // IAM
inline constexpr std::size_t kSecretKeyBytesMin = 8;
inline constexpr std::size_t kSecretKeyBytesMax = 128;
inline constexpr std::size_t kActorBytesMax = 256;      // an ARN with the longest user name fits
inline constexpr std::size_t kRequestIdBytesMax = 128;  // ours are far shorter

bool is_account_id(std::string_view text);    // 12 digits, the first not 0
bool is_canonical_id(std::string_view text);  // 64 lower-case hex digits; also a commitment
bool is_display_name(std::string_view text);  // UTF-8, 1-50 characters, no controls
bool is_email(std::string_view text);         // printable ASCII, one '@' with something around it
bool is_user_name(std::string_view text);     // [\w+=,.@-]{1,64}, but "." and ".."
bool is_user_id(std::string_view text);       // "AIDA" and 17 of A-Z 2-7
bool is_access_key(std::string_view text);    // [A-Za-z0-9_]{3,128}
bool is_secret_key(std::string_view text);    // 8-128 printable ASCII, no space
bool is_region(std::string_view text);        // [a-z0-9-]{1,64}
bool is_bucket_name(std::string_view text);   // [a-z0-9.-]{3,63}
bool is_bucket_id(std::string_view text);     // 32 lower-case hex digits
bool is_printable(std::string_view text, std::size_t bytes_max);  // ASCII 0x20-0x7e, may be empty

// ASCII letters in lower case: user names and e-mails that differ in case only are the same.
std::string fold_case(std::string_view text);

}  // namespace muzn::control
