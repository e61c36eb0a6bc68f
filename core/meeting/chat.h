// What people write to each other in a meeting: who may, who can read it, and what those who come later are shown.
//
// A message is told to anybody only when it is kept. Nobody is ever told a message that is not addressed to them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

struct ChatLimits {
  std::size_t most_messages = 5000;     ///< in memory; older ones are in the store only
  std::size_t most_bytes = 8U << 20;    ///< of text in memory
  std::size_t history_bytes = 192'000;  ///< of text in one answer; the message limit of a client is 1 MiB
  std::uint32_t history_messages = 100;
  std::size_t most_emoji = 20;  ///< different ones on a message
};

class ChatRoom {
 public:
  explicit ChatRoom(Ledger& ledger, ChatLimits limits = {}) : ledger_(ledger), limits_(limits) {}

  /// `files` are the uploaded ones that the message names.
  void send(const Participant& by, const wire::SendChat& message, std::vector<wire::ChatFile> files, Scene& scene);
  void edit(const Participant& by, const wire::EditChat& message, Scene& scene);
  void remove(const Participant& by, const wire::DeleteChat& message, Scene& scene);
  void react(const Participant& by, const wire::ReactToChat& message, Scene& scene);
  void read(const Participant& by, const wire::ReadChat& message, Scene& scene) const;
  /// The newest messages that somebody who has come in may read, if there are any.
  void welcome(const Participant& who, Scene& scene) const;
  /// The file, when a message that `who` can read carries it.
  [[nodiscard]] std::optional<wire::ChatFile> file_for(const Participant& who, const std::string& file) const;

  void restore(wire::ChatMessage message);
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }

 private:
  using Message = Durable<wire::ChatMessage>;
  Message* find(const Participant& by, std::uint64_t number);
  void keep(const Participant& by, wire::RequestNumber request, wire::ChatMessage message, bool is_new, Scene& scene);
  [[nodiscard]] wire::Chat page(const Participant& who, std::uint64_t before, std::uint32_t limit) const;
  void trim();

  Ledger& ledger_;
  ChatLimits limits_;
  std::map<std::uint64_t, Message> messages_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
};

/// Whether `p` may read it now.
[[nodiscard]] bool may_read(const wire::ChatMessage& message, const Participant& p) noexcept;

}  // namespace sealhall::meeting
