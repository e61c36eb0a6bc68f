#include "core/media/packetizer.h"

#include <cstring>

#include "core/base/check.h"

namespace sealhall::media {

FragmentPlan plan_fragments(std::size_t frame_size, std::size_t max_fragment) noexcept {
  SEALHALL_CHECK(frame_size > 0 && max_fragment > 0);
  const std::size_t count = (frame_size + max_fragment - 1) / max_fragment;
  const std::size_t size = (frame_size + count - 1) / count;
  // Rounding the size up may empty the last fragments of very small frames; they are not sent then.
  return FragmentPlan{frame_size, size, (frame_size + size - 1) / size};
}

expected<std::size_t, PacketizeError> Vp8Payloads::write(std::size_t i, MutableBytes out) const noexcept {
  SEALHALL_CHECK(i < plan_.count);
  const std::size_t size = payload_size(i);
  if (out.size() < size) return unexpected(PacketizeError::buffer_too_small);
  rtp::Vp8Descriptor descriptor = descriptor_;
  // RFC 7741 section 4.2: S is set on the first packet of a partition. A sealed frame is one partition, PID 0.
  descriptor.start_of_partition = i == 0;
  const auto written = rtp::write_vp8_descriptor(descriptor, out);
  SEALHALL_CHECK(written.has_value() && *written == descriptor_size_);
  std::memcpy(out.data() + descriptor_size_, frame_.data() + plan_.offset(i), plan_.size(i));
  return size;
}

Vp8Packetizer::Vp8Packetizer(std::uint16_t first_picture_id, std::uint8_t first_tl0_picture_index) noexcept
    : next_picture_id_(first_picture_id & 0x7fff),
      next_tl0_picture_index_(first_tl0_picture_index),
      current_tl0_picture_index_(static_cast<std::uint8_t>(first_tl0_picture_index - 1)) {}

expected<Vp8Payloads, PacketizeError> Vp8Packetizer::packetize(ByteView sealed_frame, const Vp8FrameInfo& info,
                                                               std::size_t max_payload) noexcept {
  SEALHALL_CHECK(info.temporal_id < 4 && max_payload <= rtp::max_rtp_packet_size);
  if (sealed_frame.empty()) return unexpected(PacketizeError::empty_frame);
  if (sealed_frame.size() > max_video_frame_size) return unexpected(PacketizeError::frame_too_large);

  Vp8Payloads payloads;
  rtp::Vp8Descriptor& descriptor = payloads.descriptor_;
  descriptor.non_reference = info.non_reference;
  descriptor.start_of_partition = true;
  descriptor.picture_id = next_picture_id_;
  descriptor.temporal_id = info.temporal_id;
  descriptor.layer_sync = info.layer_sync;
  // TL0PICIDX: a running number of the frames of layer 0; other layers carry the number of the one they refer to.
  descriptor.tl0_picture_index = info.temporal_id == 0 ? next_tl0_picture_index_ : current_tl0_picture_index_;

  std::array<std::uint8_t, 8> scratch{};
  const auto descriptor_size = rtp::write_vp8_descriptor(descriptor, scratch);
  SEALHALL_CHECK(descriptor_size.has_value() && *descriptor_size < max_payload);
  payloads.frame_ = sealed_frame;
  payloads.descriptor_size_ = *descriptor_size;
  payloads.plan_ = plan_fragments(sealed_frame.size(), max_payload - *descriptor_size);

  next_picture_id_ = (next_picture_id_ + 1) & 0x7fff;
  if (info.temporal_id == 0) current_tl0_picture_index_ = next_tl0_picture_index_++;
  return payloads;
}

expected<OpusPacketizer::Payload, PacketizeError> OpusPacketizer::packetize(ByteView sealed_frame,
                                                                            std::uint32_t samples) noexcept {
  if (sealed_frame.empty()) return unexpected(PacketizeError::empty_frame);
  if (sealed_frame.size() > max_rtp_payload_size) return unexpected(PacketizeError::frame_too_large);
  const Payload payload{sealed_frame, next_timestamp_, spurt_begins_};
  next_timestamp_ += samples;
  spurt_begins_ = false;
  return payload;
}

void OpusPacketizer::skip(std::uint32_t samples) noexcept {
  next_timestamp_ += samples;
  spurt_begins_ = true;
}

}  // namespace sealhall::media
