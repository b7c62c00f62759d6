// How a request's body is framed and whether its connection goes on, decided once from the headers
// (RFC 9112 sections 6 and 9.3).
#pragma once
#include <optional>

#include "http/head_parser.h"

namespace muzn::http {

// Sets framing and content_length, or says why the message is ambiguous.
std::optional<Refused> settle_framing(RequestHead& head);
// Sets keep_alive and expects_continue.
void settle_connection(RequestHead& head);

}  // namespace muzn::http
