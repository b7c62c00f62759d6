// What the recorder asks about accounts, answered from control state.
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "audit/recorder.h"
#include "control/controller.h"

namespace muzn::server {

class AccountBook final : public audit::AccountBook {
 public:
  // `state`: what is in force. Called for every request; threads: safe.
  explicit AccountBook(std::function<control::Snapshot()> state) : state_(std::move(state)) {}

  // The owner of the bucket that it is about, whoever asked; else who asked; else the installation.
  Place place(const audit::Record& record) const override;
  std::string handle(const std::string& account) const override;

 private:
  const std::function<control::Snapshot()> state_;
};

}  // namespace muzn::server
