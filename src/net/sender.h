// Sends a response: head and small body in one go, then the stream, exactly as long as declared.
#pragma once
#include "base/task.h"
#include "base/time.h"
#include "http/message.h"
#include "http/writer.h"
#include "net/channel.h"

namespace muzn::net {

// False: the response could not be sent whole, and the connection must be cut. Calls on_sent.
// Both references must outlive the task.
Task<bool> send_response(Channel& channel, http::Response& response, http::HeadOptions options,
                         int timeout_ms);

}  // namespace muzn::net
