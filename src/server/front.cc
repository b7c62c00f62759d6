#include "server/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include "audit/receipt.h"
#include "s3/error.h"
#include "s3/host.h"
#include "server/complaints.h"
#include "server/log_pages.h"
#include "server/operations.h"
#include "server/private_pages.h"
#include "server/public_page.h"

namespace muzn::server {
namespace {

constexpr std::string_view kHealthPrefix = "/-/health/";
constexpr std::string_view kMetricsPath = "/-/metrics";
constexpr std::string_view kOwnPrefix = "/-/";

// Counts what a handler reads of the body, and says when it waits for it.
class CountingSource final : public ByteSource {
 public:
  CountingSource(ByteSource& inner, Admission& admission, const Admission::Ticket& ticket,
                 const Clock& clock)
      : inner_(inner),
        admission_(admission),
        ticket_(ticket),
        clock_(clock),
        last_micros_(clock.monotonic_micros()) {}
  Task<Result<std::string_view>> read() override {
    admission_.waits_for_client(ticket_);
    auto piece = co_await inner_.read();
    admission_.goes_on(ticket_);
    note(piece);
    co_return piece;
  }
  Task<Result<std::string_view>> read_into(std::span<char> into) override {
    auto piece = co_await inner_.read_into(into);
    note(piece);
    co_return piece;
  }
  const std::uint64_t& count() const { return count_; }
  // When the last byte came, or the request.
  std::int64_t last_micros() const { return last_micros_; }

 private:
  void note(const Result<std::string_view>& piece) {
    if (!piece || piece->empty()) return;
    count_ += piece->size();
    last_micros_ = clock_.monotonic_micros();
  }

  ByteSource& inner_;
  Admission& admission_;
  const Admission::Ticket& ticket_;
  const Clock& clock_;
  std::int64_t last_micros_;
  std::uint64_t count_ = 0;
};

http::Response text_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.headers.add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

std::vector<Gauge> admission_gauges(const Admission& admission) {
  std::vector<Gauge> out;
  out.reserve(kBounds.size());
  for (const Bound bound : kBounds) {
    out.push_back({"muzn_requests_refused_total",
                   "Requests refused at the door with 503 SlowDown, by the bound they met.",
                   "counter",
                   static_cast<double>(admission.refused(bound)),
                   {},
                   fmt::format("bound=\"{}\"", name(bound))});
  }
  const auto taken = [&](Bound bound) { return static_cast<double>(admission.taken(bound)); };
  out.push_back({"muzn_writes_in_flight", "Writes that do not wait for their client.", "gauge",
                 taken(Bound::kWrites)});
  out.push_back({"muzn_upload_memory_bytes", "Memory set aside for bodies that are received.",
                 "gauge", taken(Bound::kUploadMemory)});
  return out;
}

// SplitMix64's finalizer: turns a counter into an id that does not tell how many came before.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

http::Response unrecorded(audit::Record& record, const std::string& why) {
  record.error_code = s3::name(s3::ErrorCode::kServiceUnavailable);
  record.cause = "the record was not kept: " + why;
  auto response =
      s3::error_response(s3::Error(s3::ErrorCode::kServiceUnavailable), "/", record.request_id, "");
  response.headers.set("x-amz-request-id", record.request_id);
  record.status = response.status;
  record.bytes_planned = response.body.size();
  return response;
}

}  // namespace

Front::Front(Services services, Metrics& metrics, audit::Sink& sink, const Clock& clock, Rng& rng,
             Probes probes, FrontOptions options)
    : services_(services),
      metrics_(metrics),
      sink_(sink),
      clock_(clock),
      probes_(std::move(probes)),
      options_(std::move(options)),
      admission_(options_.admission) {
  const std::string seed = rng.bytes(sizeof id_seed_);
  std::memcpy(&id_seed_, seed.data(), sizeof id_seed_);
}

std::string Front::next_request_id() {
  const std::uint64_t id = mix(id_seed_ + id_next_.fetch_add(1, std::memory_order_relaxed));
  std::string out(2 * sizeof id, '0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = "0123456789ABCDEF"[id >> (4 * (out.size() - 1 - i)) & 15U];
  }
  return out;
}

// A page of our own, the admin API included, and no object: these answer under overload too, since
// that is when they are needed.
bool Front::is_own(const http::RequestHead& head) const {
  return head.path.starts_with(kOwnPrefix) && !s3::virtual_bucket(head.host, options_.domains);
}

audit::Record Front::begin_record(const http::Request& request) {
  audit::Record record;
  record.time = clock_.now();
  record.request_id = next_request_id();
  record.source_ip = request.peer.address;
  record.tls_version = request.peer.tls_version;
  record.user_agent = std::string(request.head.headers.get("User-Agent").value_or(""));
  record.method = request.head.method;
  record.target = audit::RedactedTarget(request.head.target);
  record.host = request.head.host;
  return record;
}

Task<http::Response> Front::handle(http::Request& request) {
  const std::int64_t start = clock_.monotonic_micros();
  if (const std::uint64_t count = turned_away_.take_unrecorded(start)) probes_.unrecorded(count);
  const bool own = is_own(request.head);
  Admission::Ticket ticket;
  // The public log and page answer everybody: they count as load.
  const std::string_view path = request.head.path;
  if (!own || path.starts_with(kLogPrefix) || path.starts_with(kPublicPath)) {
    const auto admitted = admission_.admit(request.head);
    if (!admitted) co_return turn_away(request, start);
    ticket = *admitted;
  }
  metrics_.begin();
  audit::Record record = begin_record(request);
  CountingSource body(*request.body, admission_, ticket, clock_);
  ByteSource* const raw = std::exchange(request.body, &body);
  CarriedRecord carried(services_.promises, record, body.count(), clock_, start);
  http::Response response =
      own ? co_await serve_own(request, record) : co_await serve(request, record, &carried);
  request.body = raw;
  // Of the caller; a bucket's owner is nobody's whom strangers could look up in the log by it.
  if (record.service != "server") {
    response.headers.set("x-muzn-policy-set", probes_.policy_set(record.account));
  }
  if (record.leaf) response.headers.set("x-muzn-leaf", std::to_string(record.leaf->index));
  admission_.handled(ticket);
  record.bytes_in = body.count();
  record.status = response.status;
  if (!record.break_glass.empty() && !carried.is_wanted()) {
    response = unrecorded(record, "there is nowhere to record it");
  } else if (carried.is_wanted()) {
    record.duration_micros = clock_.monotonic_micros() - start;
    co_await promise(carried, record, response);
  }
  if (record.access) {
    record.access->turn_around_micros = clock_.monotonic_micros() - body.last_micros();
  }
  response.on_sent = [this, start, ticket,
                      record = std::move(record)](const http::Sent& sent) mutable {
    admission_.sent(ticket);
    record.bytes_out = sent.body_bytes;
    record.complete = sent.complete;
    record.duration_micros = clock_.monotonic_micros() - start;
    metrics_.end(record);
    sink_.write(record);
  };
  co_return response;
}

// Where the record must be kept before the answer, an answer whose record was not kept says so.
Task<void> Front::promise(CarriedRecord& carried, audit::Record& record, http::Response& response) {
  const bool is_glass = !record.break_glass.empty();
  if (is_glass) {
    // How much may leave; how much did is told by the record behind it.
    const bool has_body = record.method != "HEAD";
    record.bytes_planned = has_body ? response.body.size() + response.stream_length : 0;
    record.complete = false;
  }
  Promises& promises = *services_.promises;
  Result<std::string> receipt = "";
  if (carried.is_kept()) {
    receipt = co_await promises.promise_kept(carried.handle(), carried.leaf());
  } else {
    receipt = co_await promises.promise(carried.handle(), record);
  }
  record.complete = true;
  if (receipt) {
    record.promised = true;
    response.headers.set(audit::kReceiptHeader, *receipt);
    co_return;
  }
  response = unrecorded(record, receipt.error().what);
}

// What counts as load: S3, and other services of AWS, which are told by their requests' form.
Task<http::Response> Front::serve(http::Request& request, audit::Record& record,
                                  audit::Carried* carried) {
  if (services_.log_bucket != nullptr && services_.log_bucket->is_asked(request.head)) {
    co_return co_await services_.log_bucket->serve(request.head, record);
  }
  if (trail::is_ours(request.head)) {
    auto response = co_await services_.trail.handle(request, record);
    response.headers.set("x-amz-request-id", record.request_id);
    co_return response;
  }
  if (iam::is_ours(request.head) && !s3::virtual_bucket(request.head.host, options_.domains)) {
    auto response = co_await services_.iam.handle(request, record);
    response.headers.set("x-amz-request-id", record.request_id);
    co_return response;
  }
  co_return co_await services_.s3.handle(request, record, carried);
}

Task<http::Response> Front::serve_own(http::Request& request, audit::Record& record) {
  const std::string_view path = request.head.path;
  http::Response response;
  if (path.starts_with(admin::kPrefix)) {
    record.service = "admin";
    response = co_await services_.admin.handle(request, record);
  } else if (ComplaintDesk::is_ours(path)) {
    response = co_await probes_.complaint(request, record);
  } else if (path.starts_with(kPrivateLogPrefix)) {
    response = co_await probes_.private_page(request.head, record);
  } else if (path.starts_with(kLogPrefix)) {
    record.service = "server";
    record.operation = kLogOperation;
    record.decision = "allow";
    response =
        co_await probes_.log_page(request.head.method, std::string(path.substr(kLogPrefix.size())));
  } else if (path == kPublicPath || path == kPublicJsonPath) {
    record.service = "server";
    record.operation = kPublicOperation;
    record.decision = "allow";
    response = probes_.public_page(request.head);
  } else {
    record.service = "server";
    record.operation = path == kMetricsPath ? kMetricsOperation : kHealthOperation;
    record.decision = "allow";
    response = health(path);
  }
  response.headers.set("x-amz-request-id", record.request_id);
  co_return response;
}

http::Response Front::health(std::string_view path) const {
  if (path == kMetricsPath) {
    auto gauges = probes_.gauges();
    std::ranges::move(admission_gauges(admission_), std::back_inserter(gauges));
    auto response = text_response(200, metrics_.text(gauges));
    response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
  }
  if (path.starts_with(kHealthPrefix)) {
    const auto what = path.substr(kHealthPrefix.size());
    if (what == "live") return text_response(200, "live\n");
    if (what == "ready") {
      return probes_.ready() ? text_response(200, "ready\n")
                             : text_response(503, "the engine is closed for writes\n");
    }
  }
  return text_response(
      404,
      "no such page; S3 is at /, the admin API at /-/admin/v1/, the public log "
      "at /-/log/checkpoint, what this installation tells everybody at /-/public\n");
}

// Costs as little as it can: a server that is asked for too much has no time to spare.
http::Response Front::turn_away(const http::Request& request, std::int64_t start) {
  metrics_.begin();
  audit::Record record;
  const bool recorded = turned_away_.note(start);
  if (recorded) {
    record = begin_record(request);
    record.service = "s3";
    record.decision = "error";
    record.error_code = "SlowDown";
  } else {
    record.request_id = next_request_id();
  }
  s3::Error error(s3::ErrorCode::kSlowDown);
  error.headers.add("Retry-After", "1");
  auto response = s3::error_response(error, "/", record.request_id, "");
  response.headers.set("x-amz-request-id", record.request_id);
  record.status = response.status;
  response.on_sent = [this, start, recorded,
                      record = std::move(record)](const http::Sent& sent) mutable {
    record.bytes_out = sent.body_bytes;
    record.complete = sent.complete;
    record.duration_micros = clock_.monotonic_micros() - start;
    metrics_.end(record);
    if (recorded) sink_.write(record);
  };
  return response;
}

http::Response Front::refuse(int status, std::string_view reason, const http::Peer& peer) {
  audit::Record record;
  record.time = clock_.now();
  record.request_id = next_request_id();
  record.service = "server";
  record.operation = "unknown";
  record.decision = "error";
  record.source_ip = peer.address;
  record.tls_version = peer.tls_version;
  record.status = status;

  auto code = s3::ErrorCode::kBadRequest;
  if (status == 408) code = s3::ErrorCode::kRequestTimeout;
  if (status == 411) code = s3::ErrorCode::kMissingContentLength;
  if (status == 414) code = s3::ErrorCode::kURITooLong;
  if (status == 431) code = s3::ErrorCode::kRequestHeaderSectionTooLarge;
  if (status == 501) code = s3::ErrorCode::kNotImplemented;
  record.error_code = std::string(s3::name(code));
  auto response =
      s3::error_response(s3::Error(code, std::string(reason)), "/", record.request_id, "");
  response.status = status;
  response.close = true;
  metrics_.begin();
  response.on_sent = [this, record = std::move(record)](const http::Sent& sent) mutable {
    record.bytes_out = sent.body_bytes;
    record.complete = sent.complete;
    metrics_.end(record);
    sink_.write(record);
  };
  return response;
}

}  // namespace muzn::server
