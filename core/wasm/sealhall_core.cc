// Tested in sealhall_core_test.cc
#include "core/wasm/sealhall_core.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/secret.h"
#include "core/crypto/random.h"
#include "core/rtp/h264_frame.h"
#include "core/rtp/vp8.h"
#include "core/sframe/session_keys.h"

namespace {

using namespace sealhall;

int32_t code_of(sframe::SframeError error) {
  using enum sframe::SframeError;
  switch (error) {
    case malformed:
    case wrong_key_id:
      return SEALHALL_MALFORMED;
    case unknown_generation:
      return SEALHALL_UNKNOWN_GENERATION;
    case unknown_sender:
      return SEALHALL_UNKNOWN_SENDER;
    case unknown_context:
      return SEALHALL_UNKNOWN_CONTEXT;
    case replayed:
      return SEALHALL_REPLAYED;
    case authentication_failed:
      return SEALHALL_AUTHENTICATION_FAILED;
    case prefix_too_long:
      return SEALHALL_PREFIX_TOO_LONG;
    case counter_exhausted:
      return SEALHALL_COUNTER_EXHAUSTED;
    case no_active_generation:
    case no_sender_index:
      return SEALHALL_NO_ACTIVE_GENERATION;
    case generation_known:
      return SEALHALL_GENERATION_KNOWN;
    case generation_not_newer:
      return SEALHALL_GENERATION_NOT_NEWER;
    case sender_index_reused:
      return SEALHALL_SENDER_INDEX_REUSED;
    case bad_sealed_generation:
      return SEALHALL_BAD_SEALED_GENERATION;
    case buffer_too_small:
    case backend_failed:
      return SEALHALL_BACKEND_FAILED;
  }
  return SEALHALL_BACKEND_FAILED;
}

template <class T>
int32_t code_of(const expected<T, sframe::SframeError>& result) {
  return result ? int32_t{SEALHALL_OK} : code_of(result.error());
}

Instant at(double now_ms) { return Instant{Duration{static_cast<std::int64_t>(now_ms * 1000.0)}}; }

uint32_t size_of(ByteView bytes) { return static_cast<uint32_t>(bytes.size()); }

/// An event with what it points at. `owned` is wiped when the host has taken the next one.
struct Pending {
  SealhallEvent event{};
  Bytes owned;
  std::array<std::uint8_t, crypto::aead_nonce_size> nonce{};
};

class Events {
 public:
  void push(Pending pending) { waiting_.push_back(std::move(pending)); }

  const SealhallEvent* next() {
    wipe(taken_.owned);
    taken_ = Pending{};
    if (!waiting_.empty()) {
      taken_ = std::move(waiting_.front());
      waiting_.pop_front();
    }
    SealhallEvent& event = taken_.event;
    if (!taken_.owned.empty()) {
      event.data = taken_.owned.data();
      event.data_size = size_of(taken_.owned);
    }
    if (event.kind == SEALHALL_EVENT_AEAD_JOB) event.nonce = taken_.nonce.data();
    return &event;
  }

 private:
  std::deque<Pending> waiting_;
  Pending taken_;
};

/// Asks the host for AES-256-GCM and waits for its answers.
class HostAead final : public crypto::AsyncAead {
 public:
  explicit HostAead(Events& events) : events_(events) {}

  expected<crypto::AeadKeyId, crypto::CryptoError> add_key(crypto::AeadAlgorithm algorithm,
                                                           crypto::AeadDirection direction, ByteView key) override {
    if (algorithm != crypto::AeadAlgorithm::aes_256_gcm || key.size() != 32)
      return unexpected(crypto::CryptoError::bad_key_size);
    const crypto::AeadKeyId id{next_key_++};
    opens_[id] = direction == crypto::AeadDirection::open;
    Pending pending;
    pending.event.kind = SEALHALL_EVENT_ADD_KEY;
    pending.event.key = static_cast<uint32_t>(id);
    pending.event.flag = opens_[id] ? 1 : 0;
    pending.owned.assign(key.begin(), key.end());
    events_.push(std::move(pending));
    return id;
  }

  void remove_key(crypto::AeadKeyId key) override {
    if (opens_.erase(key) == 0) return;
    Pending pending;
    pending.event.kind = SEALHALL_EVENT_REMOVE_KEY;
    pending.event.key = static_cast<uint32_t>(key);
    events_.push(std::move(pending));
  }

  void submit(const crypto::AeadJob& job, crypto::AeadListener& listener) override {
    const auto key = opens_.find(job.key);
    if (key == opens_.end()) return listener.on_aead_done(job.ticket, unexpected(crypto::CryptoError::unknown_key));
    const uint32_t ticket = next_ticket_++;
    const std::size_t result =
        key->second ? job.input.size() - crypto::aead_tag_size : job.input.size() + crypto::aead_tag_size;
    running_[ticket] = Running{job.ticket, &listener, result, key->second};
    Pending pending;
    pending.event.kind = SEALHALL_EVENT_AEAD_JOB;
    pending.event.ticket = ticket;
    pending.event.key = static_cast<uint32_t>(job.key);
    pending.event.flag = key->second ? 1 : 0;
    pending.event.aad = job.aad.data();
    pending.event.aad_size = size_of(job.aad);
    pending.event.data = job.input.data();
    pending.event.data_size = size_of(job.input);
    pending.event.output = job.output.data();
    pending.event.output_size = static_cast<uint32_t>(result);
    pending.nonce = job.nonce;
    events_.push(std::move(pending));
  }

  void done(uint32_t ticket, int32_t written) {
    const auto found = running_.find(ticket);
    if (found == running_.end()) return;
    const Running job = found->second;
    running_.erase(found);
    if (written >= 0 && static_cast<std::size_t>(written) == job.result)
      return job.listener->on_aead_done(job.ticket, job.result);
    job.listener->on_aead_done(job.ticket, unexpected(job.opens ? crypto::CryptoError::authentication_failed
                                                                : crypto::CryptoError::backend_failed));
  }

  /// Every job under way fails: whoever waits for one is told before it goes, and the host's answers come too late.
  void end() {
    while (!running_.empty()) done(running_.begin()->first, -1);
  }

 private:
  struct Running {
    std::uint64_t ticket = 0;
    crypto::AeadListener* listener = nullptr;
    std::size_t result = 0;  ///< bytes that a right answer has
    bool opens = false;
  };
  Events& events_;
  std::map<crypto::AeadKeyId, bool> opens_;
  std::map<uint32_t, Running> running_;
  uint32_t next_key_ = 1;
  uint32_t next_ticket_ = 1;
};

}  // namespace

struct SealhallSession final : private sframe::SealListener, private sframe::OpenListener {
  explicit SealhallSession(bool host) : host_aead(events), uses_host(host), next(random) {
    std::ranges::copy(next->hpke_public_key(), public_key.begin());
    nonce = next->sender_nonce();
  }
  // A join ends when the network does: with frames under way.
  ~SealhallSession() { host_aead.end(); }
  SealhallSession(const SealhallSession&) = delete;
  SealhallSession& operator=(const SealhallSession&) = delete;

  int32_t joined(ByteView uuid, uint32_t participant, uint32_t sender_index) {
    if (!next || sender_index > 0xffff) return SEALHALL_BAD_ARGUMENT;
    sframe::JoinedAs as{.participant = participant, .sender_index = static_cast<std::uint16_t>(sender_index)};
    std::ranges::copy(uuid, as.meeting.begin());
    crypto::AsyncAead& aead = uses_host ? static_cast<crypto::AsyncAead&>(host_aead) : inline_aead;
    keys.emplace(aead, std::move(*next), as);
    next.reset();
    return SEALHALL_OK;
  }

  void seal(uint32_t ticket, uint32_t context, ByteView frame, uint32_t clear_prefix, Instant now) {
    if (!keys) return on_sealed(ticket, unexpected(sframe::SframeError::no_active_generation));
    if (context >= sframe::media_context_count)
      return on_sealed(ticket, unexpected(sframe::SframeError::unknown_context));
    keys->advance(now);
    keys->sealer().seal_later(ticket, static_cast<sframe::MediaContext>(context), Bytes(frame.begin(), frame.end()),
                              clear_prefix, *this);
  }

  void open(uint32_t ticket, ByteView frame, uint32_t clear_prefix, Instant now) {
    if (!keys) return on_opened(ticket, unexpected(sframe::SframeError::unknown_generation), {});
    keys->advance(now);
    keys->opener().open_later(ticket, Bytes(frame.begin(), frame.end()), clear_prefix, *this);
  }

  void seal_h264(uint32_t ticket, uint32_t context, ByteView frame, Instant now) {
    const std::optional<Bytes> normal = rtp::h264_normal(frame);
    const std::optional<std::size_t> clear = normal ? rtp::h264_clear_prefix_size(*normal) : std::nullopt;
    if (!clear) return on_sealed(ticket, unexpected(sframe::SframeError::malformed));
    hidden_behind[ticket] = *clear;
    seal(ticket, context, *normal, static_cast<uint32_t>(*clear), now);
  }

  void open_h264(uint32_t ticket, ByteView frame, Instant now) {
    const std::optional<std::size_t> clear = rtp::h264_clear_prefix_size(frame);
    const std::optional<Bytes> shown = clear ? rtp::h264_show(frame, *clear) : std::nullopt;
    if (!shown) {
      ++not_hidden_so;
      return on_opened(ticket, unexpected(sframe::SframeError::malformed), {});
    }
    open(ticket, *shown, static_cast<uint32_t>(*clear), now);
  }

  void on_sealed(std::uint64_t ticket, expected<Bytes, sframe::SframeError> frame) override {
    Pending pending;
    pending.event.kind = SEALHALL_EVENT_SEALED;
    pending.event.ticket = static_cast<uint32_t>(ticket);
    pending.event.error = code_of(frame);
    const auto hidden = hidden_behind.extract(pending.event.ticket);
    if (frame) pending.owned = hidden ? rtp::h264_hide(*frame, hidden.mapped()) : std::move(*frame);
    events.push(std::move(pending));
  }

  void on_opened(std::uint64_t ticket, expected<sframe::OpenedFrame, sframe::SframeError> opened,
                 Bytes frame) override {
    Pending pending;
    pending.event.kind = SEALHALL_EVENT_OPENED;
    pending.event.ticket = static_cast<uint32_t>(ticket);
    pending.event.error = code_of(opened);
    if (opened) {
      pending.event.context = static_cast<uint32_t>(opened->context);
      pending.event.sender_index = opened->sender_index;
      pending.event.generation = opened->generation;
      pending.owned = std::move(frame);
    }
    events.push(std::move(pending));
  }

  crypto::SystemRandom random;
  Events events;
  HostAead host_aead;
  crypto::InlineAead inline_aead;
  bool uses_host;
  std::optional<sframe::JoinKeys> next;
  std::array<std::uint8_t, 32> public_key{};
  sframe::SenderNonce nonce{};
  std::optional<sframe::SessionKeys> keys;
  std::map<uint32_t, std::size_t> hidden_behind;  ///< by ticket: H.264 being sealed, and the size of its clear prefix
  std::uint64_t not_hidden_so = 0;                ///< H.264 that nobody could have sealed
};

uint8_t* sealhall_alloc(uint32_t size) { return new (std::nothrow) uint8_t[size]{}; }

void sealhall_free(uint8_t* memory, uint32_t size) {
  if (memory == nullptr) return;
  wipe(MutableBytes{memory, size});
  delete[] memory;
}

SealhallSession* sealhall_begin(uint32_t aead) { return new SealhallSession(aead == SEALHALL_AEAD_HOST); }

void sealhall_end(SealhallSession* session) { delete session; }

const uint8_t* sealhall_hpke_public_key(SealhallSession* session) { return session->public_key.data(); }

const uint8_t* sealhall_sender_nonce(SealhallSession* session) { return session->nonce.data(); }

int32_t sealhall_joined(SealhallSession* session, const uint8_t* meeting_uuid, uint32_t participant,
                        uint32_t sender_index) {
  return session->joined({meeting_uuid, 16}, participant, sender_index);
}

int32_t sealhall_add_generation(SealhallSession* session, uint32_t generation, const uint8_t* enc, uint32_t enc_size,
                                const uint8_t* ciphertext, uint32_t ciphertext_size) {
  if (!session->keys) return SEALHALL_NOT_JOINED;
  return code_of(session->keys->add_generation(generation, {enc, enc_size}, {ciphertext, ciphertext_size}));
}

int32_t sealhall_activate(SealhallSession* session, uint32_t generation, double now_ms) {
  if (!session->keys) return SEALHALL_NOT_JOINED;
  return code_of(session->keys->activate(generation, at(now_ms)));
}

void sealhall_advance(SealhallSession* session, double now_ms) {
  if (session->keys) session->keys->advance(at(now_ms));
}

uint32_t sealhall_active_generation(SealhallSession* session) {
  return session->keys ? session->keys->ring().active().value_or(0) : 0;
}

int32_t sealhall_set_sender(SealhallSession* session, uint32_t sender_index, const uint8_t* nonce) {
  if (!session->keys) return SEALHALL_NOT_JOINED;
  if (sender_index > 0xffff) return SEALHALL_BAD_ARGUMENT;
  sframe::SenderNonce copy{};
  std::copy_n(nonce, copy.size(), copy.begin());
  return code_of(session->keys->set_sender(static_cast<std::uint16_t>(sender_index), copy));
}

void sealhall_remove_sender(SealhallSession* session, uint32_t sender_index) {
  if (session->keys && sender_index <= 0xffff) session->keys->remove_sender(static_cast<std::uint16_t>(sender_index));
}

void sealhall_seal(SealhallSession* session, uint32_t ticket, uint32_t context, const uint8_t* frame,
                   uint32_t frame_size, uint32_t clear_prefix, double now_ms) {
  session->seal(ticket, context, {frame, frame_size}, clear_prefix, at(now_ms));
}

void sealhall_open(SealhallSession* session, uint32_t ticket, const uint8_t* frame, uint32_t frame_size,
                   uint32_t clear_prefix, double now_ms) {
  session->open(ticket, {frame, frame_size}, clear_prefix, at(now_ms));
}

void sealhall_seal_h264(SealhallSession* session, uint32_t ticket, uint32_t context, const uint8_t* frame,
                        uint32_t frame_size, double now_ms) {
  session->seal_h264(ticket, context, {frame, frame_size}, at(now_ms));
}

void sealhall_open_h264(SealhallSession* session, uint32_t ticket, const uint8_t* frame, uint32_t frame_size,
                        double now_ms) {
  session->open_h264(ticket, {frame, frame_size}, at(now_ms));
}

void sealhall_aead_done(SealhallSession* session, uint32_t ticket, int32_t written) {
  session->host_aead.done(ticket, written);
}

const SealhallEvent* sealhall_next_event(SealhallSession* session) { return session->events.next(); }

uint32_t sealhall_count(SealhallSession* session, uint32_t which) {
  if (!session->keys) return 0;
  const sframe::OpenCounters& c = session->keys->counters();
  const std::uint64_t counts[] = {c.opened,
                                  c.malformed + session->not_hidden_so,
                                  c.unknown_generation,
                                  c.unknown_sender,
                                  c.unknown_context,
                                  c.replayed,
                                  c.authentication_failed};
  return which < std::size(counts) ? static_cast<uint32_t>(counts[which]) : 0;
}

uint32_t sealhall_vp8_clear_prefix(const uint8_t* frame, uint32_t frame_size) {
  return static_cast<uint32_t>(rtp::vp8_clear_prefix_size({frame, frame_size}));
}
