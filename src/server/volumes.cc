#include "server/volumes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "blob/site_label.h"

namespace muzn::server {
namespace {

// Of the requests at once, at most this share waits for one further volume, so that a disk which
// hangs leaves room for those that need another.
constexpr std::uint64_t kWaitingShare = 4;

// What blob_site says, by canonical path. Errors: kInvalid.
Result<std::map<std::string, std::string>> labels_of(const Config& config,
                                                     const std::vector<std::string>& given) {
  std::map<std::string, std::string> out;
  for (const std::string& label : config.blob_site) {
    const std::size_t equals = label.rfind('=');
    if (equals == std::string::npos) {
      return fail(Code::kInvalid, "blob_site is DIR=SITE, not " + label);
    }
    const std::string path = fs::canonical_path(label.substr(0, equals));
    if (std::ranges::find(given, path) == given.end()) {
      return fail(Code::kInvalid, "blob_site labels a directory that no blob_dir names: " + path);
    }
    if (!out.emplace(path, label.substr(equals + 1)).second) {
      return fail(Code::kInvalid, "blob_site labels a directory twice: " + path);
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Volumes>> Volumes::attach(const fs::Dir& data, const Config& config,
                                                 Rng& rng) {
  std::vector<std::string> given;
  given.reserve(config.blob_dir.size());
  for (const std::string& path : config.blob_dir) given.push_back(fs::canonical_path(path));
  TRY(const auto labels, labels_of(config, given));
  TRY(auto attached, blob::attach_volumes(data, given, rng));
  std::vector<std::string> sites;
  for (const blob::Attached& one : attached) {
    const auto label = labels.find(one.path);
    const std::string said = label == labels.end() ? "" : label->second;
    // Of a volume that is down it counts as unlabelled: no bytes go there.
    if (!one.dir) {
      sites.emplace_back();
      continue;
    }
    TRY(sites.emplace_back(), blob::settle_site(*one.dir, said));
  }
  return std::unique_ptr<Volumes>(new Volumes(std::move(attached), std::move(sites), config));
}

Volumes::Volumes(std::vector<blob::Attached> attached, std::vector<std::string> sites,
                 const Config& config)
    : attached_(std::move(attached)),
      sites_(std::move(sites)),
      waiting_max_(std::max<std::uint64_t>(1, config.in_flight_max / kWaitingShare)) {
  for (std::size_t i = 0; i < attached_.size(); ++i) {
    pools_.push_back(std::make_unique<Pool>(static_cast<unsigned>(config.workers)));
  }
}

std::vector<blob::FurtherVolume> Volumes::further() const {
  std::vector<blob::FurtherVolume> out;
  out.reserve(attached_.size());
  for (std::size_t i = 0; i < attached_.size(); ++i) {
    const blob::Attached& one = attached_[i];
    out.push_back({.number = one.number,
                   .path = one.path,
                   .directory = one.path + "/" + blob::kBlobsName,
                   .down = one.down,
                   .pool = pools_[i].get(),
                   .waiting_max = waiting_max_,
                   .site = sites_[i]});
  }
  return out;
}

void Volumes::tell(const blob::BlobFigures& figures, Log& log) const {
  for (const blob::Attached& one : attached_) {
    if (!one.is_new) continue;
    log.info("a new volume", {{"volume", std::to_string(one.number)}, {"path", one.path}});
  }
  for (const blob::VolumeFigures& one : figures.volumes) {
    if (one.down.empty()) continue;
    log.warn("a volume is down: its objects answer 503 until a restart finds it",
             {{"volume", std::to_string(one.number)}, {"path", one.path}, {"error", one.down}});
  }
}

std::function<void(std::uint8_t volume, const Error& cause)> tell_failures(Log& log) {
  return [&log](std::uint8_t volume, const Error& cause) {
    log.warn(volume == 0 ? "the engine is closed for writes" : "a volume is closed for writes",
             {{"volume", std::to_string(volume)}, {"error", cause.what}});
  };
}

std::vector<Gauge> hot_gauges(const blob::HotFigures& figures) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  return {
      {"muzn_hot_memory_bytes", "Memory that holds bytes of blobs.", "gauge",
       number(figures.bytes)},
      {"muzn_hot_memory_max_bytes", "As much as it may become: hot_mib.", "gauge",
       number(figures.bytes_max)},
      {"muzn_hot_hits_total", "Pieces of blobs that were in memory.", "counter",
       number(figures.hits)},
      {"muzn_hot_hit_bytes_total", "Bytes of these.", "counter", number(figures.hit_bytes)},
      {"muzn_hot_misses_total", "Pieces that had to be read.", "counter", number(figures.misses)},
      {"muzn_hot_missed_bytes_total", "Bytes of these.", "counter", number(figures.missed_bytes)},
      {"muzn_hot_emptied_total", "Slabs of memory taken from some bytes for others.", "counter",
       number(figures.emptied)},
  };
}

std::vector<Gauge> volume_gauges(const blob::BlobFigures& figures) {
  struct Kind {
    std::string_view name;
    std::string_view help;
    std::string_view type;
    double (*value)(const blob::VolumeFigures&);
  };
  using Figures = blob::VolumeFigures;
  static constexpr auto kNumber = [](std::uint64_t value) { return static_cast<double>(value); };
  static constexpr Kind kKinds[] = {
      {"muzn_volume_up", "1 when the volume can be read.", "gauge",
       [](const Figures& one) { return one.down.empty() ? 1.0 : 0.0; }},
      {"muzn_volume_writable", "1 when the volume takes new blobs.", "gauge",
       [](const Figures& one) { return one.is_writable ? 1.0 : 0.0; }},
      {"muzn_volume_free_bytes", "Free bytes of the volume's file system.", "gauge",
       [](const Figures& one) { return kNumber(one.bytes_free); }},
      {"muzn_volume_written_bytes_total", "Bytes written to blobs.", "counter",
       [](const Figures& one) { return kNumber(one.bytes_written); }},
      {"muzn_volume_read_bytes_total", "Verified bytes read from blobs.", "counter",
       [](const Figures& one) { return kNumber(one.bytes_read); }},
      {"muzn_volume_corrupt_blocks_total", "Blocks that failed their checksum.", "counter",
       [](const Figures& one) { return kNumber(one.corrupt_blocks); }},
  };
  std::vector<Gauge> out;
  for (const Kind& kind : kKinds) {
    for (const Figures& one : figures.volumes) {
      out.push_back({.name = kind.name,
                     .help = kind.help,
                     .type = kind.type,
                     .value = kind.value(one),
                     .labels = fmt::format("volume=\"{}\"", one.number)});
    }
  }
  return out;
}

}  // namespace muzn::server
