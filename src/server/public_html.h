// The public page for people: what public_facts() says, as one HTML document without scripts, and
// without anything from elsewhere. Pure.
#pragma once
#include <string>

#include "codec/json.h"

namespace muzn::server {

// For the header Content-Security-Policy of the page: nothing runs and nothing is fetched.
std::string public_page_policy();

// REQUIRES what public_facts() makes.
std::string public_html(const codec::Json& facts);

}  // namespace muzn::server
