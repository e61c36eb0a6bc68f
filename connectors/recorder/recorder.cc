#include "connectors/recorder/recorder.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "io/log/log.h"

namespace sealhall::recorder {

namespace {
/// Frames that wait for the disk: some seconds of a large meeting. More needs more memory when the disk stands still.
constexpr std::size_t most_disk_jobs = 20'000;
}  // namespace

Recorder::Recorder(io::Loop& loop, std::string socket) : loop_(loop), disk_(most_disk_jobs) {
  channel_ = std::make_unique<io::ChannelClient>(
      loop, std::move(socket),
      io::ChannelClient::Events{.on_open =
                                    [this] {
                                      channel_->send(wire::recorder::encode(wire::recorder::FromRecorder{
                                          wire::recorder::RecorderHello{static_cast<std::uint32_t>(::getpid())}}));
                                    },
                                .on_message = [this](std::string_view text) { on_message(text); },
                                .on_lost = [this] { end_all("The server stopped."); }});
}

Recorder::~Recorder() {
  channel_.reset();
  all_.clear();
}

void Recorder::on_message(std::string_view text) {
  const auto message = wire::recorder::decode_to_recorder(text);
  if (!message) {
    io::log::error("control sent a message that is none",
                   {{"kind", wire::name_of(message.error().kind)}, {"field", message.error().field}});
    return;
  }
  const auto find = [&](const std::string& recording) -> std::shared_ptr<Recording> {
    const auto it = running_.find(recording);
    return it == running_.end() ? nullptr : all_[it->second];
  };
  if (const auto* m = std::get_if<wire::recorder::BeginPart>(&*message)) {
    begin(*m);
  } else if (const auto* e = std::get_if<wire::recorder::EndPart>(&*message)) {
    if (const auto r = find(e->recording)) r->end(wire::recorder::PartEnd::asked, "");
  } else if (const auto* p = std::get_if<wire::recorder::PausePart>(&*message)) {
    if (const auto r = find(p->recording)) r->set_paused(p->paused);
  } else {
    end_all("");
  }
}

void Recorder::begin(const wire::recorder::BeginPart& message) {
  if (const auto it = running_.find(message.recording); it != running_.end()) {
    all_[it->second]->end(wire::recorder::PartEnd::asked, "");
    running_.erase(message.recording);
  }
  const std::uint64_t id = next_++;
  Recording::Events events;
  events.say = [this](const wire::recorder::FromRecorder& m) { channel_->send(wire::recorder::encode(m)); };
  events.over = [this, id, recording = message.recording] {
    // Not inside of its own call.
    loop_.post([this, id, recording] { over(recording, id); });
  };
  auto made = std::make_shared<Recording>(loop_, disk_, random_, disk_random_, message, std::move(events));
  all_[id] = made;
  running_[message.recording] = id;
  io::log::info("recording begins", {{"recording", io::loggable(message.recording)}, {"part", message.part}});
  made->start();
}

void Recorder::over(const std::string& recording, std::uint64_t id) {
  io::log::info("recording ends", {{"recording", io::loggable(recording)}});
  all_.erase(id);
  if (const auto it = running_.find(recording); it != running_.end() && it->second == id) running_.erase(it);
  if (all_.empty() && stopped_) std::exchange(stopped_, nullptr)();
}

void Recorder::end_all(const std::string& why) {
  const auto all = all_;
  for (const auto& [id, recording] : all) recording->end(wire::recorder::PartEnd::asked, why);
}

void Recorder::stop(io::Callback done) {
  if (all_.empty()) return done();
  stopped_ = std::move(done);
  end_all("The recorder was stopped.");
}

}  // namespace sealhall::recorder
