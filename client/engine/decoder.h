// Decodes what is received, on a thread of its own: frames to count and to hear, for clients without a screen.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "client/engine/worker_thread.h"
#include "core/base/bytes.h"
#include "core/media/audio_jitter_buffer.h"
#include "core/wire/signalling.h"
#include "io/net/loop.h"

namespace sealhall::client {

struct DecodeStats {
  std::uint64_t video_frames = 0;
  std::uint64_t video_failed = 0;
  std::uint64_t audio_frames = 0;
  std::uint64_t audio_failed = 0;
  std::uint64_t left_out = 0;  ///< the thread could not keep up
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t level = 127;  ///< of the latest sound, -dBov
};

class MediaDecoder {
 public:
  struct Handlers {
    /// On the loop: the slot needs a key frame.
    std::function<void(std::uint32_t slot)> failed;
    /// On the loop, once a participant: its first picture, or else sound, has been decoded.
    std::function<void(wire::ParticipantNumber participant, bool video)> first_frame;
  };
  /// With `hear_folder` what each participant sounds like after all repair is written to FOLDER/participant-N.wav.
  MediaDecoder(io::Loop& loop, std::string hear_folder, Handlers handlers);
  ~MediaDecoder();
  MediaDecoder(const MediaDecoder&) = delete;
  MediaDecoder& operator=(const MediaDecoder&) = delete;

  void video(std::uint32_t slot, wire::ParticipantNumber participant, ByteView frame);
  void audio(std::uint32_t slot, wire::ParticipantNumber participant, const media::AudioDecision& step);
  void reset(std::uint32_t slot);
  [[nodiscard]] DecodeStats stats(wire::ParticipantNumber participant) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::unique_ptr<WorkerThread> thread_;
};

}  // namespace sealhall::client
