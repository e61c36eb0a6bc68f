#include "io/tls/listener.h"

#include <utility>

namespace sealhall::io {

struct TlsListener::State {
  std::unique_ptr<TcpListener> tcp;
  TlsListener::OnStream on_stream;
  std::uint64_t accepted = 0;
  std::uint64_t failed = 0;
  bool gone = false;
};

TlsListener::TlsListener(std::shared_ptr<State> state) : state_(std::move(state)) {}
TlsListener::~TlsListener() {
  state_->gone = true;
  state_->tcp.reset();
}

expected<std::unique_ptr<TlsListener>, Failure> TlsListener::listen(Loop& loop, const Endpoint& at,
                                                                    const TlsServerContext& context,
                                                                    TlsListenerOptions options, OnStream on_stream) {
  auto state = std::make_shared<State>();
  state->on_stream = std::move(on_stream);
  auto tcp =
      TcpListener::listen(loop, at, options.limits,
                          [&loop, &context, options, weak = std::weak_ptr{state}](std::shared_ptr<Stream> stream) {
                            accept_tls(loop, std::move(stream), context, options.handshake_limit, [weak](auto result) {
                              const auto self = weak.lock();
                              if (!self || self->gone) return;
                              if (!result) {
                                ++self->failed;
                                return;
                              }
                              ++self->accepted;
                              self->on_stream(std::move(*result));
                            });
                          });
  if (!tcp) return unexpected(tcp.error());
  state->tcp = std::move(*tcp);
  return std::unique_ptr<TlsListener>(new TlsListener(std::move(state)));
}

const Endpoint& TlsListener::local() const noexcept { return state_->tcp->local(); }

TlsListenerStats TlsListener::stats() const noexcept {
  return {.accepted = state_->accepted,
          .failed_handshakes = state_->failed,
          .refused = state_->tcp->refused_connections(),
          .open = state_->tcp->open_connections()};
}

}  // namespace sealhall::io
