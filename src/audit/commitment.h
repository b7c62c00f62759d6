// Salted commitments: a leaf holds one in the place of what is nobody else's business. Who has the
// salt can open it; without the salt it says nothing, not even to who guesses. Pure.
#pragma once
#include <string>
#include <string_view>

namespace muzn::audit {

inline constexpr std::size_t kSaltBytes = 32;

// The salt of one name of a leaf: to open one is to open no other. HMAC-SHA256(salt, name).
std::string name_salt(std::string_view leaf_salt, std::string_view name);

// Hex SHA-256 of name_salt ‖ value.
std::string commitment(std::string_view name_salt, std::string_view value);

// commitment(name_salt(leaf_salt, name), value)
std::string commit_to(std::string_view leaf_salt, std::string_view name, std::string_view value);

}  // namespace muzn::audit
