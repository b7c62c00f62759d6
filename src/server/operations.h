// The operations that a server has, its own pages among them, which no service answers.
#pragma once
#include <array>
#include <string_view>
#include <vector>

namespace muzn::server {

inline constexpr std::string_view kHealthOperation = "Health";
inline constexpr std::string_view kMetricsOperation = "Metrics";
inline constexpr std::string_view kLogOperation = "Log";                // files of the public log
inline constexpr std::string_view kPrivateLogOperation = "PrivateLog";  // files of an account's own
inline constexpr std::string_view kPublicOperation = "PublicPage";
inline constexpr std::string_view kComplaintOperation = "Complaint";
inline constexpr std::array<std::string_view, 6> kOwnOperations = {
    kHealthOperation,     kMetricsOperation, kLogOperation,
    kPrivateLogOperation, kPublicOperation,  kComplaintOperation};

// All names, also of the services, as records have them.
std::vector<std::string_view> operation_names();

}  // namespace muzn::server
