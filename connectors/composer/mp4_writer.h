// MP4 (ISO/IEC 14496-12) with its index in front, by FFmpeg's muxer, into anything that can only be appended to.
//
// The index says where every packet lies, so the muxer runs twice over the same packets: first to learn the index, then
// to give out index and content in order. Nothing but the index is held.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "connectors/composer/packet_log.h"
#include "core/base/expected.h"

namespace sealhall::composer {

struct Mp4Tracks {
  struct Video {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint32_t frame_rate = 25;  ///< a packet's time counts frames
    Bytes parameter_sets;           ///< Annex B
  };
  struct Sound {
    int rate = 48'000;  ///< a packet's time counts samples
    Bytes configuration;
    int samples_in_packet = 1024;
  };
  std::optional<Video> video;
  std::optional<Sound> sound;
};

/// Gives packets in order of time, each to `put(is_video, packet)`; must give the same ones every time. False: it
/// failed, or `put` did.
using Feed = std::function<bool(const std::function<bool(bool is_video, const Packet&)>& put)>;
/// Appends to the file. False: it failed.
using Append = std::function<bool(ByteView)>;

/// False when the feed, the muxer or the file failed.
bool write_mp4(const Mp4Tracks& tracks, const Feed& feed, const Append& append);

/// Adds `shift` to every chunk offset in `moov`; false when one does not fit or the boxes are none.
bool shift_chunk_offsets(MutableBytes moov, std::uint64_t shift);

}  // namespace sealhall::composer
