// Identity providers, as calls look at them.
#pragma once
#include "iam/args.h"

namespace muzn::iam {

// The one that OpenIDConnectProviderArn names, in the caller's account. Failures: ValidationError,
// NoSuchEntity.
Read<const control::Provider*> find_provider(const Context& context);

}  // namespace muzn::iam
