#include "io/dtls/endpoint.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "io/dtls/datagram_bio.h"
#include "io/dtls/peer_check.h"

namespace sealhall::dtls {

namespace {

constexpr std::string_view exporter_label = "EXTRACTOR-dtls_srtp";  // RFC 5764 section 4.2
/// A datagram that OpenSSL writes may be a header larger than the MTU it was told; this much is left for that.
constexpr long mtu_margin = 16;

}  // namespace

struct Endpoint::Session {
  DatagramPort port;
  PeerCheck check;
  SSL* ssl = nullptr;

  Session(const Identity& identity, Role role, const Fingerprint& expected_peer) {
    check.expected_peer = expected_peer;
    port.mtu = max_handshake_datagram - mtu_margin;
    ssl = SSL_new(identity.context());
    SEALHALL_CHECK(ssl != nullptr);
    SSL_set_app_data(ssl, &check);
    BIO* bio = new_datagram_bio(port);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, static_cast<long>(port.mtu));
    if (role == Role::client) {
      SSL_set_connect_state(ssl);
    } else {
      SSL_set_accept_state(ssl);
    }
  }
  ~Session() { SSL_free(ssl); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

Endpoint::Endpoint(std::shared_ptr<const Identity> identity, Role role, const Fingerprint& expected_peer, Instant now)
    : identity_(std::move(identity)),
      session_(std::make_unique<Session>(*identity_, role, expected_peer)),
      role_(role),
      give_up_at_(now + handshake_timeout) {}

Endpoint::~Endpoint() = default;

bool Endpoint::released() const noexcept { return session_ == nullptr; }

void Endpoint::start(Instant now, Datagrams& out) {
  if (role_ == Role::client && state_ == State::handshaking && session_ != nullptr) {
    give_up_at_ = now + handshake_timeout;
    advance(now, out);
  }
}

void Endpoint::handle(ByteView datagram, Instant now, Datagrams& out) {
  if (session_ == nullptr || state_ == State::failed || state_ == State::closed) return;
  session_->port.incoming = datagram;
  session_->port.has_incoming = true;
  advance(now, out);
  if (session_ != nullptr) session_->port.has_incoming = false;
}

void Endpoint::advance(Instant now, Datagrams& out) {
  SSL* ssl = session_->ssl;
  session_->port.outgoing = &out;
  ERR_clear_error();
  if (state_ == State::handshaking) {
    const int result = SSL_do_handshake(ssl);
    const int reason = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
    if (result == 1) {
      auto keys = export_keys();
      if (!keys) {
        fail(keys.error());
      } else {
        keys_ = std::move(*keys);
        state_ = State::connected;
      }
    } else if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
      fail(session_->check.asked && !session_->check.right ? DtlsError::wrong_fingerprint
                                                           : DtlsError::handshake_failed);
    }
  }
  if (state_ == State::connected && session_->port.has_incoming) {
    // Nothing but alerts and repeated flights is expected here; application data is read and thrown away.
    std::array<std::uint8_t, 2048> scratch{};
    const int result = SSL_read(ssl, scratch.data(), static_cast<int>(scratch.size()));
    if (result <= 0 && SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN) {
      state_ = State::closed;
      error_ = DtlsError::closed;
    }
  }
  ERR_clear_error();
  session_->port.outgoing = nullptr;
  arm_timer(now);
}

void Endpoint::arm_timer(Instant now) noexcept {
  DatagramPort& port = session_->port;
  if (state_ != State::handshaking) {
    retransmit_at_.reset();
    return;
  }
  if (!std::exchange(port.timer_changed, false)) return;
  if (port.timer_armed) {
    retransmit_at_ = now + retransmission_;
  } else {
    retransmit_at_.reset();
    retransmission_ = first_retransmission;  // the peer answered: the next flight starts afresh
  }
}

std::optional<Instant> Endpoint::next_deadline() const noexcept {
  if (state_ != State::handshaking) return std::nullopt;
  return retransmit_at_ ? std::min(*retransmit_at_, give_up_at_) : give_up_at_;
}

void Endpoint::handle_timeout(Instant now, Datagrams& out) {
  if (state_ != State::handshaking) return;
  if (now >= give_up_at_) return fail(DtlsError::timed_out);
  if (!retransmit_at_ || now < *retransmit_at_) return;
  retransmission_ = std::min(retransmission_ * 2, last_retransmission);
  retransmit_at_ = now + retransmission_;  // also when OpenSSL has nothing to send
  expire_openssl_timer(session_->port);
  session_->port.outgoing = &out;
  ERR_clear_error();
  if (DTLSv1_handle_timeout(session_->ssl) < 0) fail(DtlsError::timed_out);
  ERR_clear_error();
  if (session_ == nullptr) return;
  session_->port.outgoing = nullptr;
  arm_timer(now);
}

void Endpoint::fail(DtlsError error) {
  state_ = State::failed;
  error_ = error;
  keys_.reset();
  retransmit_at_.reset();
}

expected<SrtpKeys, DtlsError> Endpoint::export_keys() const {
  SSL* ssl = session_->ssl;
  if (!session_->check.right) return unexpected(DtlsError::wrong_fingerprint);
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl);
  if (chosen == nullptr) return unexpected(DtlsError::no_common_profile);
  const auto profile = static_cast<SrtpProfile>(chosen->id);
  SecretBytes material{srtp::dtls_material_size(profile)};
  if (SSL_export_keying_material(ssl, material.reveal_mutable().data(), material.size(), exporter_label.data(),
                                 exporter_label.size(), nullptr, 0, 0) != 1)
    return unexpected(DtlsError::backend_failed);
  const auto cut = srtp::split_dtls_material(profile, material.reveal());
  if (!cut) return unexpected(DtlsError::no_common_profile);
  const srtp::MasterKey& send = role_ == Role::client ? cut->client : cut->server;
  const srtp::MasterKey& receive = role_ == Role::client ? cut->server : cut->client;
  return SrtpKeys{profile, SecretBytes{send.key}, SecretBytes{send.salt}, SecretBytes{receive.key},
                  SecretBytes{receive.salt}};
}

std::optional<SrtpKeys> Endpoint::take_keys() { return std::exchange(keys_, std::nullopt); }

void Endpoint::release() {
  if (session_ == nullptr || state_ != State::connected) return;
  Datagrams out;
  session_->port.outgoing = &out;
  ERR_clear_error();
  SSL_shutdown(session_->ssl);
  ERR_clear_error();
  if (!out.empty()) close_notify_ = std::move(out.front());
  session_.reset();
}

void Endpoint::close(Datagrams& out) {
  if (state_ == State::connected) {
    release();
    if (!close_notify_.empty()) out.push_back(std::exchange(close_notify_, {}));
  }
  if (state_ != State::failed) state_ = State::closed;
  retransmit_at_.reset();
}

}  // namespace sealhall::dtls
