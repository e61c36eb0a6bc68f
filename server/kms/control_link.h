// The connection of kms to control: connects, says Hello, answers until it breaks, connects again.
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/wire/frame.h"
#include "kms/service.h"
#include "server/kms/key_folder.h"

namespace sealhall::kms {

class ControlLink {
 public:
  /// `socket_path` is control.sock. `service` outlives it, and `keys` (its log is synced before answers leave). `end`
  /// is a descriptor, not owned, that becomes readable when the process shall end; -1: none.
  explicit ControlLink(std::string socket_path, Service& service, KeyFolder* keys = nullptr, int end = -1)
      : path_(std::move(socket_path)), service_(service), keys_(keys), end_(end) {}

  /// Returns when control has said Stop, or when `end` is readable.
  void run();

 private:
  /// Serves one connection until it breaks, control says Stop or the process shall end.
  void serve(int fd);
  /// False when the connection is to be closed: end of stream, an error, or a message that is none.
  bool receive(int fd);
  bool send_queued(int fd);
  void advance();
  void answer_all();

  void pause();

  std::string path_;
  Service& service_;
  KeyFolder* keys_;
  int end_;
  bool ended_ = false;
  Instant last_checkpoint_{};
  wire::FrameReader reader_;
  Bytes out_;
  bool broken_ = false;
};

}  // namespace sealhall::kms
