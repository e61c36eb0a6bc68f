// Asks a running control over its socket, with blocking calls: for commands that a person waits for.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "core/wire/frame.h"
#include "core/wire/keys_admin.h"
#include "io/net/system.h"

namespace sealhall::keys {

class ControlClient {
 public:
  /// `run` is the folder of control.sock. The error is a sentence.
  static expected<ControlClient, std::string> connect(const std::string& run);
  /// The error is a sentence, also when control answered with one.
  expected<wire::keys::ControlAnswer, std::string> ask(const wire::keys::CommandMessage& message);

 private:
  explicit ControlClient(io::FileDescriptor fd) : fd_(std::move(fd)) {}
  expected<void, std::string> send(const wire::keys::CommandMessage& message);

  io::FileDescriptor fd_;
  wire::FrameReader reader_;
};

}  // namespace sealhall::keys
