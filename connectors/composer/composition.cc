#include "connectors/composer/composition.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "client/codec/vp8.h"
#include "client/engine/contexts.h"
#include "connectors/composer/h264_encoder.h"
#include "connectors/composer/mp4_writer.h"
#include "connectors/composer/painter.h"
#include "connectors/composer/sound.h"
#include "io/log/log.h"

namespace sealhall::composer {

using wire::recorder::ComposeEnded;
using wire::recorder::ComposeFound;
using wire::recorder::ComposeProgress;

namespace {

/// A camera that has shown nothing new for so long is off; a shared page may stand still for longer.
constexpr std::uint64_t camera_off_after_ms = 3000;
constexpr std::uint64_t share_off_after_ms = 15'000;
/// How the progress is spent.
constexpr std::uint32_t sound_permille = 50;
constexpr std::uint32_t video_permille = 900;

/// One video track as it is drawn: its picture at a time.
class Pictures {
 public:
  Pictures(TrackReader reader, std::uint64_t offset_ms) : reader_(std::move(reader)), offset_ms_(offset_ms) {}

  /// Decodes up to `ms`; of what is before the last key frame nothing has to be decoded.
  void advance(std::uint64_t ms) {
    std::vector<recording::WebmFrame> due;
    while (true) {
      if (!ahead_) ahead_ = reader_.next();
      if (!ahead_) break;
      const std::uint64_t at = offset_ms_ + static_cast<std::uint64_t>(to_millis(ahead_->time));
      if (at > ms) break;
      if (ahead_->key_frame) due.clear();
      due.push_back(std::move(*ahead_));
      ahead_.reset();
      shown_at_ = at;
    }
    for (const auto& frame : due) {
      if (!decoder_) {
        auto made = codec::Vp8Decoder::create();
        if (!made) return;
        decoder_.emplace(std::move(*made));
      }
      if (decoder_->decode(frame.data, picture_).has_value()) any_ = true;
    }
  }
  [[nodiscard]] const codec::Picture* at(std::uint64_t ms, std::uint64_t off_after) const {
    return any_ && ms <= shown_at_ + off_after ? &picture_ : nullptr;
  }

 private:
  TrackReader reader_;
  std::uint64_t offset_ms_;
  std::optional<recording::WebmFrame> ahead_;
  std::optional<codec::Vp8Decoder> decoder_;
  codec::Picture picture_;
  std::uint64_t shown_at_ = 0;
  bool any_ = false;
};

struct Part {
  PartPlace place;
  FoundPart found;
  std::uint64_t offset_ms = 0;
};

class Composition {
 public:
  Composition(const wire::recorder::Compose& job, RandomSource& random, const std::atomic<bool>& cancelled,
              const CompositionEvents& events)
      : job_(job), random_(random), cancelled_(cancelled), events_(events) {
    out_.recording = job.recording;
    out_.account = job.account;
    out_.folder = job.folder;
    out_.part = 0;
    out_.key = envelope::Key{std::span<const std::uint8_t, envelope::key_size>{job.key}};
  }

  ComposeEnded run() {
    ComposeEnded ended;
    ended.recording = job_.recording;
    ended.message = work(ended);
    ended.done = ended.message.empty();
    return ended;
  }

 private:
  // Empty: done.
  std::string work(ComposeEnded& ended) {
    if (job_.width < 64 || job_.height < 64 || job_.width % 2 != 0 || job_.height % 2 != 0 || job_.frame_rate == 0) {
      return "The size of the composition cannot be used.";
    }
    if (auto made = io::make_private_folder(job_.folder); !made) return made.error().reason;
    look();
    if (length_ms_ == 0) return "Nothing was recorded.";
    ended.duration_ms = length_ms_;
    pieces_ = (length_ms_ + piece_seconds * 1000 - 1) / (piece_seconds * 1000);
    if (std::string why = make_sound(); !why.empty()) return why;
    for (std::uint64_t piece = 0; piece < pieces_; ++piece) {
      if (std::string why = make_piece(piece); !why.empty()) return why;
    }
    if (std::string why = put_together(ended); !why.empty()) return why;
    for (std::uint64_t piece = 0; piece < pieces_; ++piece) io::remove_file(path(piece_name(piece)));
    io::remove_file(path(sound_pieces));
    progress(1000);
    return {};
  }

  [[nodiscard]] std::string path(const std::string& file) const { return job_.folder + "/" + file; }
  static std::string piece_name(std::uint64_t piece) {
    char name[32];
    std::snprintf(name, sizeof name, "piece-%05llu", static_cast<unsigned long long>(piece));
    return name;
  }
  void progress(std::uint32_t permille) {
    if (permille == permille_) return;
    permille_ = permille;
    events_.say(ComposeProgress{job_.recording, permille});
  }

  void look() {
    for (const wire::recorder::ComposePart& given : job_.parts) {
      Part part;
      part.place.recording = job_.recording;
      part.place.account = job_.account;
      part.place.folder = given.folder;
      part.place.part = given.part;
      part.place.key = envelope::Key{std::span<const std::uint8_t, envelope::key_size>{given.key}};
      auto found = look_at(part.place);
      if (!found) {
        io::log::warning("a part of a recording cannot be used", {{"part", given.part}, {"reason", found.error()}});
        continue;
      }
      part.found = std::move(*found);
      part.offset_ms = length_ms_;
      length_ms_ += part.found.length_ms;
      tell(part);
      parts_.push_back(std::move(part));
    }
  }

  void tell(const Part& part) {
    const auto say = [&](const std::string& file, std::string kind, wire::ParticipantNumber who, std::string name,
                         std::uint64_t size, std::uint64_t from, std::uint64_t to, bool whole) {
      events_.say(ComposeFound{job_.recording, part.place.part, file, std::move(kind), who, std::move(name), size,
                               part.offset_ms + from, part.offset_ms + to, whole});
    };
    for (const FoundTrack& t : part.found.tracks) {
      say(t.opened.file, std::string{wire::word_of(t.opened.kind)}, t.opened.participant, t.opened.name, t.size,
          t.opened.at_ms, t.ended_ms, t.whole);
    }
    const FoundPart& f = part.found;
    if (f.timeline_size)
      say(std::string{recording::timeline_file}, "timeline", 0, "", *f.timeline_size, 0, f.length_ms, f.whole);
    if (f.chat_size) say(std::string{recording::chat_file}, "chat", 0, "", *f.chat_size, 0, f.length_ms, f.whole);
  }

  std::optional<io::SealedFileWriter> begin(const std::string& file, std::string& why) {
    io::remove_file(path(file));  // one that was cut off is made again under a new salt
    auto made = io::SealedFileWriter::create(path(file), recording::file_context(job_.account, job_.recording, 0, file),
                                             recording::file_key(out_.key, file), job_.wrapped_key, random_);
    if (made) return std::move(*made);
    why = made.error().reason;
    return std::nullopt;
  }
  /// A container that was finished.
  std::optional<io::SealedFileReader> whole(const std::string& file) const {
    auto reader = out_.open(file);
    if (!reader || !reader->complete()) return std::nullopt;
    return std::move(*reader);
  }

  std::string make_sound() {
    auto encoder = AacEncoder::create();
    if (!encoder) return "There is no AAC encoder.";
    sound_configuration_ = encoder->configuration();
    if (whole(sound_pieces)) return {};
    std::string why;
    auto file = begin(sound_pieces, why);
    if (!file) return why;
    Mixer mixer;
    for (const Part& part : parts_) {
      for (const FoundTrack& track : part.found.tracks) {
        if (client::is_video(track.opened.kind)) continue;
        if (auto reader = part.place.open(track.opened.file))
          mixer.add(TrackReader{std::move(*reader)}, part.offset_ms);
      }
    }
    const std::uint64_t blocks = (length_ms_ * sound_rate / 1000 + sound_block - 1) / sound_block;
    std::array<float, sound_block> block{};
    std::vector<Packet> packets;
    for (std::uint64_t i = 0; i <= blocks; ++i) {
      if (cancelled_) return cancelled_sentence;
      if (i < blocks) mixer.next(block);
      if (!encoder->encode(i < blocks ? &block : nullptr, packets)) return "The sound could not be encoded.";
      for (const Packet& packet : packets) {
        if (auto written = append_packet(*file, packet); !written) return written.error().reason;
      }
      packets.clear();
      progress(static_cast<std::uint32_t>(sound_permille * i / (blocks + 1)));
    }
    if (auto ended = file->finish(); !ended) return ended.error().reason;
    return {};
  }

  struct Shown {
    std::map<std::pair<wire::ParticipantNumber, bool>, std::vector<std::unique_ptr<Pictures>>> pictures;
    std::optional<SceneClock> scene;
    std::size_t part = SIZE_MAX;
  };

  void enter(Shown& shown, std::size_t index) {
    const Part& part = parts_[index];
    shown.pictures.clear();
    shown.part = index;
    shown.scene.emplace(part.found.timeline);
    for (const FoundTrack& track : part.found.tracks) {
      shown.scene->assume(track.opened.participant, track.opened.name, track.opened.at_ms, track.ended_ms);
      if (!client::is_video(track.opened.kind)) continue;
      if (auto reader = part.place.open(track.opened.file)) {
        shown.pictures[{track.opened.participant, track.opened.kind == wire::SourceKind::share}].push_back(
            std::make_unique<Pictures>(TrackReader{std::move(*reader)}, 0));
      }
    }
  }

  void draw(Painter& painter, Shown& shown, std::uint64_t ms) {
    std::size_t index = parts_.size() - 1;
    while (index > 0 && parts_[index].offset_ms > ms) --index;
    if (shown.part != index) enter(shown, index);
    const std::uint64_t in_part = ms - parts_[index].offset_ms;
    for (auto& [key, list] : shown.pictures) {
      for (auto& pictures : list) pictures->advance(in_part);
    }
    const auto picture_of = [&](wire::ParticipantNumber who, bool share) -> const codec::Picture* {
      const auto it = shown.pictures.find({who, share});
      if (it == shown.pictures.end()) return nullptr;
      for (const auto& pictures : it->second) {
        if (const auto* p = pictures->at(in_part, share ? share_off_after_ms : camera_off_after_ms)) return p;
      }
      return nullptr;
    };
    Moment moment = shown.scene->at(in_part);
    // A screen counts from its first picture to its last.
    std::erase_if(moment.sharing, [&](auto who) { return picture_of(who, true) == nullptr; });
    for (const auto& [key, list] : shown.pictures) {
      const bool listed = std::ranges::find(moment.sharing, key.first) != moment.sharing.end();
      if (key.second && !listed && picture_of(key.first, true) != nullptr) moment.sharing.push_back(key.first);
    }
    painter.clear();
    for (const Tile& tile : arrange(moment, job_.layout, job_.width, job_.height)) {
      const std::string name = shown.scene->name_of(tile.participant);
      if (const auto* picture = picture_of(tile.participant, tile.share)) {
        painter.picture(tile.at, *picture, name);
      } else {
        painter.card(tile.at, name);
      }
    }
  }

  std::string make_piece(std::uint64_t piece) {
    const std::string name = piece_name(piece);
    const std::uint64_t first = piece * piece_seconds * job_.frame_rate;
    const std::uint64_t all = std::max<std::uint64_t>(1, length_ms_ * job_.frame_rate / 1000);
    const std::uint64_t end = std::min(all, first + piece_seconds * job_.frame_rate);
    if (whole(name)) return {};
    std::string why;
    auto file = begin(name, why);
    if (!file) return why;
    // About 0.07 bits a pixel: 1.6 Mbit/s for 720p at 25.
    const auto rate = DataRate::bps(static_cast<std::int64_t>(job_.width) * job_.height * job_.frame_rate * 7 / 100);
    const auto encoder = H264Encoder::create(job_.width, job_.height, job_.frame_rate, rate);
    if (!encoder) return "The video encoder does not take this size.";
    Painter painter{job_.width, job_.height};
    Shown shown;
    Packet packet;
    for (std::uint64_t number = first; number < end; ++number) {
      if (cancelled_) return cancelled_sentence;
      draw(painter, shown, number * 1000 / job_.frame_rate);
      packet.time = static_cast<std::int64_t>(number);
      if (!encoder->encode(painter.canvas(), number - first, packet.data, packet.key_frame)) {
        return "The video could not be encoded.";
      }
      if (!packet.data.empty()) {
        if (auto written = append_packet(*file, packet); !written) return written.error().reason;
      }
      progress(sound_permille + static_cast<std::uint32_t>(video_permille * number / all));
    }
    if (auto ended = file->finish(); !ended) return ended.error().reason;
    return {};
  }

  // Packets of all pieces and of the sound, merged by time.
  bool feed(bool with_video, const std::function<bool(bool, const Packet&)>& put) {
    auto sound_file = whole(sound_pieces);
    if (!sound_file) return false;
    PacketReader sound{std::move(*sound_file)};
    std::uint64_t piece = 0;
    std::unique_ptr<PacketReader> video;
    const auto next_video = [&]() -> std::optional<Packet> {
      while (with_video) {
        if (!video) {
          if (piece == pieces_) return std::nullopt;
          auto file = whole(piece_name(piece++));
          if (!file) return std::nullopt;
          video = std::make_unique<PacketReader>(std::move(*file));
        }
        if (auto packet = video->next()) return packet;
        video.reset();
      }
      return std::nullopt;
    };
    auto v = next_video();
    auto s = sound.next();
    while (v || s) {
      if (cancelled_) return false;
      const bool video_first = v && (!s || v->time * sound_rate <= s->time * std::int64_t{job_.frame_rate});
      if (!put(video_first, video_first ? *v : *s)) return false;
      if (video_first) {
        v = next_video();
      } else {
        s = sound.next();
      }
    }
    return true;
  }

  std::string write(const std::string& name, const Mp4Tracks& tracks, std::uint64_t& size) {
    std::string why;
    auto file = begin(name, why);
    if (!file) return why;
    const bool with_video = tracks.video.has_value();
    const bool ok = write_mp4(
        tracks, [&](const auto& put) { return feed(with_video, put); },
        [&](ByteView bytes) {
          const auto written = file->write(bytes);
          if (!written) why = written.error().reason;
          return written.has_value();
        });
    if (!ok) return !why.empty() ? why : cancelled_ ? cancelled_sentence : "The file could not be put together.";
    size = file->size();
    if (auto ended = file->finish(); !ended) return ended.error().reason;
    return {};
  }

  std::string put_together(ComposeEnded& ended) {
    Mp4Tracks tracks;
    tracks.sound = Mp4Tracks::Sound{.rate = sound_rate, .configuration = sound_configuration_};
    if (std::string why = write("sound", tracks, ended.audio_size); !why.empty()) return why;
    ended.audio_file = "sound";
    auto first = whole(piece_name(0));
    if (!first) return "A piece of the composition is missing.";
    const auto packet = PacketReader{std::move(*first)}.next();
    if (!packet) return "A piece of the composition is empty.";
    tracks.video = Mp4Tracks::Video{.width = job_.width,
                                    .height = job_.height,
                                    .frame_rate = job_.frame_rate,
                                    .parameter_sets = parameter_sets(packet->data)};
    if (std::string why = write("video", tracks, ended.size); !why.empty()) return why;
    ended.file = "video";
    return {};
  }

  static constexpr const char* sound_pieces = "sound-pieces";
  static constexpr const char* cancelled_sentence = "It was cancelled.";
  const wire::recorder::Compose& job_;
  RandomSource& random_;
  const std::atomic<bool>& cancelled_;
  const CompositionEvents& events_;
  PartPlace out_;
  std::vector<Part> parts_;
  std::uint64_t length_ms_ = 0;
  std::uint64_t pieces_ = 0;
  Bytes sound_configuration_;
  std::uint32_t permille_ = 0;
};

}  // namespace

ComposeEnded compose(const wire::recorder::Compose& job, RandomSource& random, const std::atomic<bool>& cancelled,
                     const CompositionEvents& events) {
  return Composition{job, random, cancelled, events}.run();
}

}  // namespace sealhall::composer
