// VP9 over RTP: the payload descriptor (RFC 9628 section 4.2). All that a packetizer or the media server must know of a
// frame stands in it, so that under SFrame no byte of a VP9 frame stays in the clear.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::rtp {

enum class Vp9Error : std::uint8_t {
  truncated,            ///< the descriptor announces more bytes than there are, or no payload follows it
  too_many_references,  ///< more than three reference indices: RFC 9628 allows for no fourth
  buffer_too_small,     ///< (writing) it does not fit
};

/// The byte of the layer indices.
struct Vp9Layer {
  std::uint8_t temporal_id = 0;  ///< TID, 0..7
  bool switching_up = false;     ///< U: pictures of higher temporal layers after this one need none of such before it
  std::uint8_t spatial_id = 0;   ///< SID, 0..7
  bool inter_layer = false;      ///< D: predicted from the spatial layer below

  /// As it stands in the descriptor. Both numbers are at most 7.
  [[nodiscard]] constexpr std::uint8_t byte() const noexcept {
    return static_cast<std::uint8_t>((temporal_id << 5) | (switching_up ? 0x10 : 0) | (spatial_id << 1) |
                                     (inter_layer ? 0x01 : 0));
  }
};

/// The front of the descriptor: what a media server must write anew. Reference indices and the scalability structure
/// follow it and count relative to the picture, so they are forwarded as they are.
struct Vp9Front {
  bool inter_predicted = false;               ///< P: false only for what needs no picture before it
  bool flexible = false;                      ///< F: reference indices follow a predicted frame
  bool start_of_frame = false;                ///< B, of a spatial layer's frame
  bool end_of_frame = false;                  ///< E
  bool has_structure = false;                 ///< V: the scalability structure follows
  bool not_for_upper = false;                 ///< Z: no upper spatial layer refers to it
  std::optional<std::uint16_t> picture_id{};  ///< 15 bits; always written in the long form
  std::optional<Vp9Layer> layer{};
  std::optional<std::uint8_t> tl0_picture_index{};  ///< there with `layer` unless `flexible`
};

struct Vp9Size {
  std::uint16_t width = 0;
  std::uint16_t height = 0;
};

struct ParsedVp9 {
  Vp9Front front;
  std::size_t front_size = 0;       ///< bytes that `front` takes
  std::size_t descriptor_size = 0;  ///< where the VP9 bytes start in the RTP payload
  bool frame_start = false;         ///< first packet of a picture: B set, and spatial layer 0
  bool key_frame_start = false;     ///< such a one that is predicted from no other picture
  std::optional<Vp9Size> size{};    ///< of the largest spatial layer, when the scalability structure says it
};

expected<ParsedVp9, Vp9Error> parse_vp9(ByteView rtp_payload) noexcept;

inline constexpr std::size_t max_vp9_front_size = 5;
/// Returns the size written, 1..5 bytes. `tl0_picture_index` must be there exactly when `layer` is and `flexible` not.
expected<std::size_t, Vp9Error> write_vp9_front(const Vp9Front& front, MutableBytes out) noexcept;

}  // namespace sealhall::rtp
