// deps: core_rtp
// RTP packets: every view stays inside the datagram, and what can be written back reads the same.
#include "core/base/check.h"
#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"

using namespace sealhall;
using namespace sealhall::rtp;

namespace {
bool inside(ByteView part, ByteView whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView datagram{data, size};
  static_cast<void>(classify(datagram));
  const auto packet = parse_packet(datagram);
  if (!packet) return 0;
  SEALHALL_CHECK(packet->header_size + packet->payload.size() + packet->padding_size == size);
  SEALHALL_CHECK(inside(packet->payload, datagram) && inside(packet->csrcs, datagram));
  SEALHALL_CHECK(inside(packet->extension, datagram) && packet->extension.size() <= packet->header_size);

  std::vector<ExtensionElement> elements;
  for (ExtensionId id = 1; id <= 14; ++id) {
    const auto found = packet->find_extension(id);
    if (!found) continue;
    SEALHALL_CHECK(inside(*found, packet->extension));
    if (!found->empty() && found->size() <= 16) elements.push_back({id, *found});
  }
  static_cast<void>(audio_level(*packet));
  static_cast<void>(transport_sequence(*packet));
  static_cast<void>(text_extension(*packet, extension_id::mid));

  Bytes out(12 + 4 + 14 * 17 + 4);
  const auto written = write_header({.marker = packet->marker,
                                     .payload_type = packet->payload_type,
                                     .sequence_number = packet->sequence_number,
                                     .timestamp = packet->timestamp,
                                     .ssrc = packet->ssrc,
                                     .extensions = elements},
                                    out);
  SEALHALL_CHECK(written.has_value());
  const auto again = parse_packet(ByteView{out}.first(*written));
  SEALHALL_CHECK(again && again->ssrc == packet->ssrc && again->sequence_number == packet->sequence_number);
  for (const ExtensionElement& element : elements) {
    SEALHALL_CHECK(equal(*again->find_extension(element.id), element.data));
  }
  return 0;
}
