#include "client/engine/meeting_client.h"

#include <algorithm>
#include <cctype>

#include "client/engine/contexts.h"
#include "io/log/log.h"

namespace sealhall::client {

namespace {
/// Sound and pictures begin this long after the media connection: the first reads of the files fit in it.
constexpr Duration head_start = std::chrono::milliseconds{150};
constexpr std::size_t most_disk_jobs = 2000;
/// Of the video budget when both are sent: slides must be readable before faces are.
constexpr double share_part = 0.65;
}  // namespace

MeetingClient::MeetingClient(io::Loop& loop, ClientConfig config, ClientEvents& events)
    : loop_(loop), config_(std::move(config)), events_(events) {}

MeetingClient::~MeetingClient() { finish(); }

expected<std::unique_ptr<MeetingClient>, std::string> MeetingClient::create(io::Loop& loop,
                                                                            const io::TlsClientContext& tls,
                                                                            RandomSource& random, ClientConfig config,
                                                                            ClientEvents& events) {
  std::unique_ptr<MeetingClient> client(new MeetingClient(loop, std::move(config), events));
  ClientConfig& c = client->config_;
  c.session.sources.clear();
  if (c.audio) {
    auto source = codec::open_audio(*c.audio, 1);
    if (!source) return unexpected(source.error().message);
    client->audio_source_ = std::move(*source);
    c.session.sources.push_back({wire::SourceKind::audio,
                                 {{.rid = "", .width = 0, .height = 0, .most = c.audio_bitrate + DataRate::kbps(16)}}});
  }
  for (const auto& [spec, kind] :
       {std::pair{&c.camera, wire::SourceKind::camera}, std::pair{&c.share, wire::SourceKind::share}}) {
    if (!*spec) continue;
    auto source =
        codec::open_video(**spec, kind == wire::SourceKind::share ? std::max(1080U, c.max_height) : c.max_height);
    if (!source) return unexpected(source.error().message);
    Video video;
    video.kind = kind;
    video.plan = codec::plan_layers((*source)->width(), (*source)->height(), (*source)->frame_rate());
    video.source = std::move(*source);
    std::vector<EncodingPlan> encodings;
    for (const codec::LayerPlan& layer : video.plan) {
      encodings.push_back({.rid = layer.rid, .width = layer.width, .height = layer.height, .most = layer.most});
    }
    c.session.sources.push_back({kind, std::move(encodings)});
    client->videos_.push_back(std::move(video));
  }
  if (c.decode || !c.hear_folder.empty()) {
    MediaDecoder::Handlers handlers;
    handlers.failed = [me = client.get()](std::uint32_t slot) { me->session_->need_key_frame(slot); };
    handlers.first_frame = [me = client.get()](wire::ParticipantNumber participant, bool video) {
      me->events_.on_first_frame(participant, video);
    };
    client->decoder_ = std::make_unique<MediaDecoder>(loop, c.hear_folder, std::move(handlers));
  }
  c.session.playout = client->decoder_ != nullptr;
  if (!c.record_folder.empty()) client->disk_ = std::make_unique<WorkerThread>(most_disk_jobs);
  client->session_ =
      std::make_unique<MeetingSession>(loop, tls, random, c.session, static_cast<SessionEvents&>(*client));
  return client;
}

void MeetingClient::start() { session_->start(); }
void MeetingClient::leave() { session_->leave(); }

void MeetingClient::stop_capture() {
  left_out_before_ = left_out();
  audio_.reset();
  for (Video& video : videos_) video.capture.reset();
}

void MeetingClient::finish() {
  stop_capture();
  decoder_.reset();
  if (disk_) {
    for (const auto& [participant, recording] : recordings_) {
      // A full queue must not cost the end of a file: the destructor of the last owner closes it, too.
      disk_->post([recording] { recording->close(); });
    }
    recordings_.clear();
    disk_.reset();
  }
}

void MeetingClient::on_state(SessionState state) { events_.on_state(state); }

void MeetingClient::on_ended(const SessionEnd& end) {
  stop_capture();
  events_.on_ended(end);
}

void MeetingClient::on_roster() {
  // Whoever has gone for good has nothing more to be written.
  std::erase_if(recordings_, [&](const auto& entry) {
    if (session_->roster().contains(entry.first)) return false;
    disk_->post([recording = entry.second] { recording->close(); });
    return true;
  });
  events_.on_roster();
}

void MeetingClient::on_muted_by_host(bool audio, bool video) {
  stop_capture(audio, video);
  events_.on_muted_by_host(audio, video);
}

void MeetingClient::on_begins_muted(bool audio, bool video) {
  stop_capture(audio, video);
  events_.on_begins_muted(audio, video);
}

void MeetingClient::stop_capture(bool audio, bool video) {
  if (audio && audio_) audio_->set_muted(true);
  for (Video& v : videos_) {
    if (video && v.kind == wire::SourceKind::camera && v.capture) v.capture->set_muted(true);
  }
}

void MeetingClient::set_muted(bool audio, bool video) {
  session_->set_muted(audio, video);
  if (audio_) audio_->set_muted(audio);
  for (Video& v : videos_) {
    if (v.kind == wire::SourceKind::camera && v.capture) v.capture->set_muted(video);
  }
}

void MeetingClient::on_media_connected() {
  if (!std::exchange(capturing_, true)) start_capture();
  events_.on_media_connected();
}

void MeetingClient::start_capture() {
  const Instant start = loop_.now() + head_start;
  if (audio_source_) {
    auto encoder = codec::OpusEncoder::create(
        {.channels = 1, .bitrate = config_.audio_bitrate, .expected_loss_percent = 10, .dtx = config_.dtx});
    if (encoder) {
      audio_ = std::make_unique<AudioCapture>(
          loop_, std::move(audio_source_), std::move(*encoder), config_.dtx, start,
          [this](const CapturedAudio& frame) {
            session_->send_audio(
                wire::SourceKind::audio,
                {.captured = frame.captured, .frame = frame.frame, .level = frame.level, .voice = frame.voice});
          },
          [this](const std::string& reason) { events_.on_source_ended(wire::SourceKind::audio, reason); });
    }
  }
  for (Video& video : videos_) {
    const double rate = video.source->frame_rate();
    auto encoder = codec::SimulcastEncoder::create(video.plan, rate, video.kind == wire::SourceKind::share);
    if (!encoder) {
      events_.on_notice("The video encoder does not take pictures of this size.");
      continue;
    }
    video.capture = std::make_unique<VideoCapture>(
        loop_, std::move(video.source), std::move(*encoder), start,
        [this, kind = video.kind](const CapturedVideo& frame) {
          session_->send_video(kind, frame.layer,
                               {.captured = frame.captured,
                                .frame = frame.picture.data,
                                .key_frame = frame.picture.key_frame,
                                .info = {.temporal_id = frame.picture.temporal_id,
                                         .layer_sync = frame.picture.layer_sync,
                                         .non_reference = frame.picture.non_reference}});
        },
        [this, kind = video.kind](const std::string& reason) { events_.on_source_ended(kind, reason); });
  }
  on_rates();
}

void MeetingClient::on_rates() {
  const MediaSender& sender = session_->sender();
  const DataRate budget = sender.video_budget();
  for (Video& video : videos_) {
    if (!video.capture) continue;
    DataRate mine = budget;
    if (videos_.size() > 1) mine = budget * (video.kind == wire::SourceKind::share ? share_part : 1 - share_part);
    video.capture->set_bitrates(codec::share_bitrate(video.plan, sender.layers_wanted(video.kind), mine));
  }
  // A little more protection than what was lost lately: loss comes in bursts.
  if (audio_) audio_->set_expected_loss(std::clamp(sender.audio_loss_percent() + 5, 5, 30));
}

void MeetingClient::on_key_frame_wanted(wire::SourceKind kind, std::size_t encoding) {
  for (Video& video : videos_) {
    if (video.kind == kind && video.capture) video.capture->request_key_frame(encoding);
  }
}

void MeetingClient::on_frame(const OpenedFrame& frame) {
  if (disk_) record(frame);
  if (decoder_ && is_video(frame.kind)) decoder_->video(frame.slot, frame.participant, frame.data);
}

void MeetingClient::on_playout(std::uint32_t slot, wire::ParticipantNumber participant,
                               const media::AudioDecision& step) {
  if (decoder_) decoder_->audio(slot, participant, step);
}

void MeetingClient::on_slot_changed(std::uint32_t slot) {
  if (decoder_) decoder_->reset(slot);
}

std::string MeetingClient::recording_path(wire::ParticipantNumber participant) const {
  std::string name;
  const auto it = session_->roster().find(participant);
  for (const char c : it == session_->roster().end() ? std::string() : it->second.name) {
    // Names are other people's text: only what is harmless in a file name is kept.
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ? c : '_';
  }
  return config_.record_folder + "/" + (name.empty() ? "participant" : name.substr(0, 40)) + "-" +
         std::to_string(participant);
}

void MeetingClient::record(const OpenedFrame& frame) {
  auto& recording = recordings_[frame.participant];
  if (!recording) {
    const std::string path = recording_path(frame.participant);
    recording = std::make_shared<ParticipantRecording>(path);
    events_.on_recording(frame.participant, path + ".webm");
  }
  const auto entry = session_->roster().find(frame.participant);
  bool audio = false;
  bool video = false;
  if (entry != session_->roster().end()) {
    for (const wire::SourceKind kind : entry->second.sources) (is_video(kind) ? video : audio) = true;
  }
  RecordedFrame copy{.kind = frame.kind,
                     .stream = frame.stream,
                     .data = Bytes(frame.data.begin(), frame.data.end()),
                     .timestamp = frame.timestamp,
                     .captured = frame.captured,
                     .arrival = frame.arrival,
                     .key_frame = frame.key_frame};
  disk_->post(
      [recording, copy = std::move(copy), audio, video]() mutable { recording->add(std::move(copy), audio, video); });
}

DecodeStats MeetingClient::decoded(wire::ParticipantNumber participant) const {
  return decoder_ ? decoder_->stats(participant) : DecodeStats{};
}

std::uint64_t MeetingClient::left_out() const {
  std::uint64_t sum = left_out_before_ + (audio_ ? audio_->left_out() : 0);
  for (const Video& video : videos_) sum += video.capture ? video.capture->left_out() : 0;
  return sum;
}

}  // namespace sealhall::client
