// What a node's parts are told of its configuration.
#pragma once
#include <cstdint>
#include <string>

#include "net/server.h"
#include "server/access_delivery.h"
#include "server/admission.h"
#include "server/config.h"
#include "server/lifecycle_keeper.h"
#include "server/scrubber.h"
#include "server/sweeper.h"
#include "trail/delivery.h"

namespace muzn::server {

net::ServerOptions server_options(const Config& config, std::string host, std::uint16_t port);
AdmissionOptions admission_options(const Config& config);
ScrubOptions scrub_options(const Config& config);
LifecycleOptions lifecycle_options(const Config& config);
SweeperOptions sweeper_options(const Config& config);
AccessDeliveryOptions access_options(const Config& config);
trail::DeliveryOptions delivery_options(const Config& config);

// Of the log that backups read. On a small disk less than was asked for: it is a convenience, and
// objects need the space.
std::uint64_t log_archive_bytes(const Config& config, const Result<fs::Space>& space);

// The URL at which programs on this machine find a node that listens on this port.
std::string endpoint_of(const Config& config, std::uint16_t port);

}  // namespace muzn::server
