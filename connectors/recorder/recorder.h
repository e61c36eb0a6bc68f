// The recorder process: keeps the channel to control and one Recording for each meeting that is recorded.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "client/engine/worker_thread.h"
#include "connectors/recorder/recording.h"
#include "core/crypto/random.h"
#include "io/channel/channel.h"

namespace sealhall::recorder {

class Recorder {
 public:
  /// `socket` is control.sock. Without control nothing is recorded: its meetings are over, so the parts are completed.
  Recorder(io::Loop& loop, std::string socket);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Completes every part, then calls `done`.
  void stop(io::Callback done);

 private:
  void on_message(std::string_view text);
  void begin(const wire::recorder::BeginPart& message);
  void end_all(const std::string& why);
  void over(const std::string& recording, std::uint64_t id);

  io::Loop& loop_;
  crypto::SystemRandom random_;
  crypto::SystemRandom disk_random_;
  client::WorkerThread disk_;
  struct Entry {
    std::uint64_t id = 0;
    std::shared_ptr<Recording> recording;
  };
  std::map<std::uint64_t, std::shared_ptr<Recording>> all_;  ///< also those that are being completed
  std::map<std::string, std::uint64_t> running_;
  std::uint64_t next_ = 1;
  io::Callback stopped_;
  std::unique_ptr<io::ChannelClient> channel_;
};

}  // namespace sealhall::recorder
