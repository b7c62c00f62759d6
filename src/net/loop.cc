#include "net/loop.h"

#include "net/reactor.h"

namespace muzn::net {

Loop::Loop(const Clock& clock) : reactor_(std::make_unique<Reactor>(clock)) {}
Loop::~Loop() = default;

void Loop::post(std::coroutine_handle<> handle) {
  reactor_->post(handle);
}
void Loop::run() {
  reactor_->run();
}
void Loop::stop() {
  reactor_->stop();
}

}  // namespace muzn::net
