#include "core/sfu/forwarder.h"

#include <string_view>

#include "core/base/check.h"
#include "core/sfu/worker.h"

namespace sealhall::sfu {
namespace {

std::string_view name_of(SlotReason reason) noexcept {
  switch (reason) {
    case SlotReason::no_wish:
      return "no_wish";
    case SlotReason::paused_by_viewer:
      return "paused_by_viewer";
    case SlotReason::no_source:
      return "no_source";
    case SlotReason::not_sending:
      return "not_sending";
    case SlotReason::no_bandwidth:
      return "no_bandwidth";
    case SlotReason::waiting_for_key:
      return "waiting_for_key";
    case SlotReason::limited_by_bandwidth:
      return "limited_by_bandwidth";
    case SlotReason::limited_by_sender:
      return "limited_by_sender";
    case SlotReason::as_wished:
      return "as_wished";
  }
  return "";
}

std::string layer_text(std::int8_t encoding, std::int8_t temporal) {
  if (encoding < 0) return "nothing";
  return "layer " + std::to_string(encoding) + " temporal " + std::to_string(temporal);
}

}  // namespace

Forwarder::Forwarder(const Config& config, Sink& sink, RandomSource& random)
    : worker_(std::make_unique<Worker>(config, sink, random)) {
  SEALHALL_CHECK(config.worker < max_workers);
}
Forwarder::~Forwarder() = default;

expected<Forwarder::Opened, SfuError> Forwarder::open_transport(const wire::media::OpenTransport& command,
                                                                Instant now) {
  const auto handle = worker_->open_transport(command, now);
  if (!handle) return unexpected(handle.error());
  return Opened{*handle, worker_->slots_of(*worker_->get(*handle))};
}

void Forwarder::set_connected(TransportHandle transport, bool connected, Instant now) {
  if (Transport* t = worker_->get(transport)) worker_->set_connected(*t, connected, now);
}

void Forwarder::close_transport(TransportHandle transport, Instant now) {
  if (Transport* t = worker_->get(transport)) worker_->close_transport(*t, now);
}

expected<void, SfuError> Forwarder::set_published(const wire::media::SetPublished& command, Instant now) {
  return worker_->set_published(command, now);
}
expected<void, SfuError> Forwarder::set_remote_published(const wire::media::SetRemotePublished& command, Instant now) {
  return worker_->set_remote_published(command, now);
}
expected<void, SfuError> Forwarder::set_subscribed(const wire::media::SetSubscribed& command, Instant now) {
  return worker_->set_subscribed(command, now);
}
expected<void, SfuError> Forwarder::set_meeting_workers(const wire::media::MeetingWorkers& command, Instant now) {
  return worker_->set_meeting_workers(command, now);
}

void Forwarder::on_rtp(TransportHandle from, const rtp::Packet& packet, Instant now) {
  if (Transport* t = worker_->get(from)) worker_->on_rtp(*t, packet, now);
}
void Forwarder::on_rtcp(TransportHandle from, std::span<const rtp::rtcp::Message> messages, Instant now) {
  if (Transport* t = worker_->get(from)) worker_->on_rtcp(*t, messages, now);
}
void Forwarder::on_link(std::uint32_t from_worker, ByteView datagram, Instant now) {
  worker_->on_link(from_worker, datagram, now);
}
void Forwarder::flush(Instant now) { worker_->flush(now); }
void Forwarder::tick(Instant now) { worker_->tick(now); }
std::optional<Instant> Forwarder::next_deadline() const { return worker_->next_deadline(); }

const Stats& Forwarder::stats() const noexcept { return worker_->stats(); }
std::size_t Forwarder::transports() const noexcept { return worker_->transports(); }
std::optional<TransportHandle> Forwarder::find(TransportId transport) const noexcept {
  return worker_->find(transport);
}

DataRate Forwarder::estimate(TransportHandle transport) const noexcept {
  const Transport* t = worker_->get(transport);
  return t != nullptr ? t->rate : DataRate{};
}
std::vector<wire::media::TransportQuality> Forwarder::take_quality(Instant now) { return worker_->take_quality(now); }

Duration Forwarder::round_trip(TransportHandle transport) const noexcept {
  const Transport* t = worker_->get(transport);
  return t != nullptr ? t->round_trip : Duration{0};
}
std::vector<SlotExplanation> Forwarder::explain(TransportHandle transport) const {
  const Transport* t = worker_->get(transport);
  return t != nullptr ? worker_->explain(*t) : std::vector<SlotExplanation>{};
}

std::string Forwarder::explain_text(TransportHandle transport) const {
  std::string text;
  for (const SlotExplanation& slot : explain(transport)) {
    text += "slot " + std::to_string(slot.slot) + ": ";
    if (slot.reason != SlotReason::no_wish) {
      text += slot.kind == SourceKind::share ? "share of " : "camera of ";
      text += std::to_string(slot.participant) + ", has " + layer_text(slot.encoding, slot.temporal) + ", goes to " +
              layer_text(slot.target_encoding, slot.target_temporal) + " at " + std::to_string(slot.rate.bps() / 1000) +
              " kbit/s, ";
    }
    text += name_of(slot.reason);
    text += '\n';
  }
  return text;
}

}  // namespace sealhall::sfu
