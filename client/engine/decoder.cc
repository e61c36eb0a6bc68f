#include "client/engine/decoder.h"

#include <fstream>
#include <set>

#include "client/codec/audio_level.h"
#include "client/codec/opus.h"
#include "client/codec/vp8.h"

namespace sealhall::client {

namespace {
constexpr std::size_t most_jobs = 400;

/// A mono WAV file whose sizes are put right when it is closed.
class WavWriter {
 public:
  explicit WavWriter(const std::string& path) : out_(path, std::ios::binary) { header(); }
  ~WavWriter() {
    out_.seekp(0);
    header();
  }
  WavWriter(const WavWriter&) = delete;
  WavWriter& operator=(const WavWriter&) = delete;
  void write(std::span<const std::int16_t> samples) {
    for (const std::int16_t s : samples) number(static_cast<std::uint16_t>(s), 2);
    bytes_ += static_cast<std::uint32_t>(samples.size() * 2);
  }

 private:
  void number(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) out_.put(static_cast<char>(value >> (8 * i)));
  }
  void header() {
    out_ << "RIFF";
    number(36 + bytes_, 4);
    out_ << "WAVEfmt ";
    number(16, 4);
    number(1, 2);
    number(1, 2);
    number(codec::sample_rate, 4);
    number(codec::sample_rate * 2, 4);
    number(2, 2);
    number(16, 2);
    out_ << "data";
    number(bytes_, 4);
  }
  std::ofstream out_;
  std::uint32_t bytes_ = 0;
};

}  // namespace

struct MediaDecoder::State {
  io::Loop& loop;
  std::string hear_folder;
  Handlers handlers;
  bool alive = true;  // loop thread only

  // The decoding thread's own.
  std::map<std::uint32_t, codec::Vp8Decoder> video;
  std::map<std::uint32_t, codec::OpusDecoder> audio;
  std::map<wire::ParticipantNumber, std::unique_ptr<WavWriter>> heard;
  std::set<wire::ParticipantNumber> seen;
  std::set<wire::ParticipantNumber> heard_of;
  codec::Picture picture;

  mutable std::mutex mutex;
  std::map<wire::ParticipantNumber, DecodeStats> stats;

  State(io::Loop& l, std::string folder, Handlers h)
      : loop(l), hear_folder(std::move(folder)), handlers(std::move(h)) {}

  void tell_first(const std::shared_ptr<State>& self, wire::ParticipantNumber participant, bool is_video) {
    if (!(is_video ? seen : heard_of).insert(participant).second) return;
    loop.post([self, participant, is_video] {
      if (self->alive && self->handlers.first_frame) self->handlers.first_frame(participant, is_video);
    });
  }

  void decode_video(const std::shared_ptr<State>& self, std::uint32_t slot, wire::ParticipantNumber participant,
                    ByteView frame) {
    auto it = video.find(slot);
    if (it == video.end()) {
      auto decoder = codec::Vp8Decoder::create();
      if (!decoder) return;
      it = video.emplace(slot, std::move(*decoder)).first;
    }
    const bool ok = it->second.decode(frame, picture).has_value();
    {
      const std::scoped_lock lock(mutex);
      DecodeStats& s = stats[participant];
      ++(ok ? s.video_frames : s.video_failed);
      if (ok) {
        s.width = picture.width;
        s.height = picture.height;
      }
    }
    if (ok) {
      tell_first(self, participant, true);
      return;
    }
    loop.post([self, slot] {
      if (self->alive) self->handlers.failed(slot);
    });
  }

  void decode_audio(const std::shared_ptr<State>& self, std::uint32_t slot, wire::ParticipantNumber participant,
                    media::AudioDecision::Kind kind, ByteView payload) {
    auto it = audio.find(slot);
    if (it == audio.end()) {
      auto decoder = codec::OpusDecoder::create(1);
      if (!decoder) return;
      it = audio.emplace(slot, std::move(*decoder)).first;
    }
    codec::AudioFrame frame;
    bool ok = true;
    using Kind = media::AudioDecision::Kind;
    if (kind == Kind::decode) ok = it->second.decode(payload, frame).has_value();
    if (kind == Kind::decode_fec) ok = it->second.decode_fec(payload, frame).has_value();
    if (kind == Kind::conceal || !ok) (void)it->second.conceal(frame);
    if (kind == Kind::silence) frame = {};
    {
      const std::scoped_lock lock(mutex);
      DecodeStats& s = stats[participant];
      if (kind == Kind::decode || kind == Kind::decode_fec) ++(ok ? s.audio_frames : s.audio_failed);
      s.level = codec::audio_level(frame.pcm());
    }
    if (kind == Kind::decode && ok) tell_first(self, participant, false);
    if (hear_folder.empty()) return;
    auto& file = heard[participant];
    if (!file) file = std::make_unique<WavWriter>(hear_folder + "/participant-" + std::to_string(participant) + ".wav");
    file->write(frame.pcm());
  }
};

MediaDecoder::MediaDecoder(io::Loop& loop, std::string hear_folder, Handlers handlers)
    : state_(std::make_shared<State>(loop, std::move(hear_folder), std::move(handlers))),
      thread_(std::make_unique<WorkerThread>(most_jobs)) {}

MediaDecoder::~MediaDecoder() {
  state_->alive = false;
  thread_.reset();
}

void MediaDecoder::video(std::uint32_t slot, wire::ParticipantNumber participant, ByteView frame) {
  const bool taken = thread_->post([state = state_, slot, participant, bytes = Bytes(frame.begin(), frame.end())] {
    state->decode_video(state, slot, participant, bytes);
  });
  if (taken) return;
  {
    const std::scoped_lock lock(state_->mutex);
    ++state_->stats[participant].left_out;
  }
  state_->handlers.failed(slot);
}

void MediaDecoder::audio(std::uint32_t slot, wire::ParticipantNumber participant, const media::AudioDecision& step) {
  thread_->post(
      [state = state_, slot, participant, kind = step.kind, bytes = Bytes(step.payload.begin(), step.payload.end())] {
        state->decode_audio(state, slot, participant, kind, bytes);
      });
}

void MediaDecoder::reset(std::uint32_t slot) {
  thread_->post([state = state_, slot] {
    state->video.erase(slot);
    state->audio.erase(slot);
  });
}

DecodeStats MediaDecoder::stats(wire::ParticipantNumber participant) const {
  const std::scoped_lock lock(state_->mutex);
  const auto it = state_->stats.find(participant);
  return it == state_->stats.end() ? DecodeStats{} : it->second;
}

}  // namespace sealhall::client
