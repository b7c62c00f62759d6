// OpenID Connect identity providers.
#include "iam/providers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/names.h"
#include "iam/lists.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

constexpr std::string_view kScheme = "https://";

// "https://host[:port][/path]", without the scheme and a slash at the end.
Read<std::string> url_of(const Context& context) {
  TRY(std::string url, required(context.form, "Url"));
  if (!url.starts_with(kScheme)) {
    return invalid_value("Invalid Open ID Connect Provider URL: it begins with https://");
  }
  url.erase(0, kScheme.size());
  if (url.ends_with('/')) url.pop_back();
  if (!control::is_provider_url(url)) {
    return invalid_value(
        "Invalid Open ID Connect Provider URL: it has a host, maybe a path, and neither a query "
        "nor a fragment");
  }
  return url;
}

Outcome check_lists(const control::Provider& provider) {
  for (const std::string& id : provider.client_ids) {
    if (!control::is_client_id(id)) return invalid_value("a client id has 1 to 255 characters");
  }
  for (const std::string& one : provider.thumbprints) {
    if (!control::is_thumbprint(one)) {
      return refuse("InvalidInput", "a thumbprint has 40 hexadecimal digits");
    }
  }
  if (provider.client_ids.size() > control::kClientIdsMax) {
    return refuse("LimitExceeded",
                  "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100");
  }
  if (provider.thumbprints.size() > control::kThumbprintsMax) {
    return refuse("InvalidInput", "Thumbprint list must contain fewer than 5 entries.");
  }
  return {};
}

Task<Outcome> create_provider(Context context) {
  control::Provider provider;
  provider.account = context.account();
  CO_TRY(provider.url, url_of(context));
  CO_TRY(provider.client_ids, list_of(context.form, "ClientIDList"));
  CO_TRY(provider.thumbprints, list_of(context.form, "ThumbprintList"));
  CO_TRY(provider.tags, tags_of(context.form));
  provider.created = context.parts.clock.now();
  CO_TRY_VOID(check_lists(provider));
  if (context.state->provider(provider.account, provider.url) != nullptr) {
    co_return refuse("EntityAlreadyExists", "Provider with url " + std::string(kScheme) +
                                                provider.url + " already exists.");
  }
  CO_TRY_VOID(co_await propose(context, control::PutProvider{provider}));
  context.out.element("OpenIDConnectProviderArn", arn_of(provider));
  write_tags(context.out, provider.tags);
  co_return Outcome{};
}

void write_list(codec::XmlWriter& out, std::string_view element,
                const std::vector<std::string>& list) {
  out.open(element);
  for (const std::string& one : list) out.element("member", one);
  out.close();
}

Task<Outcome> get_provider(Context context) {
  CO_TRY(const control::Provider* provider, find_provider(context));
  context.out.element("Url", provider->url);
  write_list(context.out, "ClientIDList", provider->client_ids);
  write_list(context.out, "ThumbprintList", provider->thumbprints);
  context.out.element("CreateDate", iso8601(provider->created));
  write_tags(context.out, provider->tags);
  co_return Outcome{};
}

Task<Outcome> list_providers(Context context) {
  context.out.open("OpenIDConnectProviderList");
  for (const auto& [key, provider] : things_of(context.state->iam.providers, context.account())) {
    context.out.open("member").element("Arn", arn_of(*provider)).close();
  }
  context.out.close();
  co_return Outcome{};
}

Task<Outcome> delete_provider(Context context) {
  CO_TRY(const control::Provider* provider, find_provider(context));
  co_return co_await propose(
      context, control::DeleteIam{{provider->account, control::IamKind::kProvider, provider->url}});
}

// Both take for done what is so already, as on AWS.
Task<Outcome> add_client_id(Context context) {
  CO_TRY(const control::Provider* provider, find_provider(context));
  CO_TRY(const std::string id, required(context.form, "ClientID"));
  const auto& known = provider->client_ids;
  if (std::ranges::find(known, id) != known.end()) co_return Outcome{};
  control::Provider changed = *provider;
  changed.client_ids.push_back(id);
  CO_TRY_VOID(check_lists(changed));
  co_return co_await propose(context, control::PutProvider{changed});
}

Task<Outcome> remove_client_id(Context context) {
  CO_TRY(const control::Provider* provider, find_provider(context));
  CO_TRY(const std::string id, required(context.form, "ClientID"));
  control::Provider changed = *provider;
  if (std::erase(changed.client_ids, id) == 0) co_return Outcome{};
  co_return co_await propose(context, control::PutProvider{changed});
}

Task<Outcome> update_thumbprint(Context context) {
  CO_TRY(const control::Provider* provider, find_provider(context));
  control::Provider changed = *provider;
  CO_TRY(changed.thumbprints, list_of(context.form, "ThumbprintList"));
  CO_TRY_VOID(check_lists(changed));
  co_return co_await propose(context, control::PutProvider{changed});
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"AddClientIDToOpenIDConnectProvider", add_client_id, provider_resource, false},
    {"CreateOpenIDConnectProvider", create_provider, provider_resource},
    {"DeleteOpenIDConnectProvider", delete_provider, provider_resource, false},
    {"GetOpenIDConnectProvider", get_provider, provider_resource},
    {"ListOpenIDConnectProviders", list_providers},
    {"RemoveClientIDFromOpenIDConnectProvider", remove_client_id, provider_resource, false},
    {"UpdateOpenIDConnectProviderThumbprint", update_thumbprint, provider_resource, false},
});

}  // namespace

Read<const control::Provider*> find_provider(const Context& context) {
  TRY(const std::string arn, required(context.form, "OpenIDConnectProviderArn"));
  const control::Provider* const found = context.state->provider_of_arn(arn);
  if (found == nullptr || found->account != context.account()) {
    constexpr std::size_t kShownMax = 2048;
    return no_such(
        fmt::format("OpenIDConnect Provider not found for arn {}", arn.substr(0, kShownMax)));
  }
  return found;
}

std::span<const CallInfo> provider_calls() {
  return kCalls;
}

}  // namespace muzn::iam
