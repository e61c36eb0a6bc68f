// Files on their way into the chat: who may bring one, and who may have one. Their content never passes here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/meeting/activity.h"
#include "core/meeting/chat.h"

namespace sealhall::meeting {

class Files {
 public:
  static constexpr std::uint32_t piece_size = 512U << 10;

  void offer(const Participant& by, const wire::OfferFile& message, Scene& scene);
  /// Its content is stored, or is not.
  void ready(const FileReady& input, Scene& scene);
  void get(const Participant& by, const wire::GetFile& message, const ChatRoom& chat, Scene& scene) const;
  /// The uploaded files that a message of `by` names; nullopt when one is not theirs or not there.
  [[nodiscard]] std::optional<std::vector<wire::ChatFile>> take(const Participant& by,
                                                                const std::vector<std::string>& files) const;
  void gone(ParticipantNumber who);

 private:
  static constexpr std::size_t most_of_one = 100;  ///< files of a person in one meeting
  struct Upload {
    ParticipantNumber by = 0;
    wire::ChatFile file;
    bool ready = false;
  };
  std::map<std::string, Upload> uploads_;
};

/// A name without folders and without anything that breaks a line, at most 255 characters; empty when nothing is left.
[[nodiscard]] std::string file_name(std::string_view text);

}  // namespace sealhall::meeting
