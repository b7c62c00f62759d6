// Where this node's bytes lie, by the labels of its directories, and whether a bucket's may lie
// there (control/residency.h).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "admin/site_desk.h"
#include "blob/store.h"
#include "control/controller.h"
#include "object/residence.h"
#include "object/store.h"

namespace muzn::server {

// Threads: safe, after serve().
class Residence final : public object::Residence, public admin::SiteDesk {
 public:
  struct Volume {
    std::uint8_t number = 0;
    std::string site;  // "" = without a label
  };
  // Borrows the controller. `volumes`: all of the node; 0, by which the rows lie, comes first.
  Residence(const control::Controller& controller, std::vector<Volume> volumes)
      : controller_(controller), volumes_(std::move(volumes)) {}
  static std::vector<Volume> volumes_of(const blob::BlobFigures& figures);
  // Borrows the objects, which this is asked about.
  void serve(object::Store& objects) { objects_ = &objects; }

  Result<object::Places> places(const object::Bucket& bucket) const override;

  codec::Json volumes() const override;
  bool is_used(std::string_view site) const override;
  Task<Result<void>> may_set(control::SetResidency act) override;

 private:
  Task<Result<void>> may_stay(const std::vector<policy::Rule>& rules, std::string bucket) const;

  const control::Controller& controller_;
  const std::vector<Volume> volumes_;
  object::Store* objects_ = nullptr;
};

}  // namespace muzn::server
