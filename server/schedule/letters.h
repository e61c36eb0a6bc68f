// The mails about a meeting, each with its calendar file. Sending never holds up what caused it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/mail/mailer.h"
#include "io/net/clock.h"
#include "server/schedule/calendar_file.h"
#include "server/schedule/meeting.h"
#include "server/schedule/texts.h"

namespace sealhall::schedule {

class Letters {
 public:
  struct Parts {
    io::Mailer& mailer;
    Zones& zones;
    const io::WallClock& clock;
    std::string public_url;
    std::function<std::string()> organisation = nullptr;  ///< signs; none, or "": nobody does
  };
  explicit Letters(Parts parts) : parts_(std::move(parts)) {}

  /// One letter to one reader. `link` replaces the meeting's own (a registrant's); `occurrence`: it is about this one.
  struct To {
    std::string email;
    std::string name;
    std::string language;  ///< "": as the meeting says
    std::string link;
  };
  void send(Letter letter, const Meeting& meeting, const To& to, const Occurrence* occurrence = nullptr,
            std::string_view who = {});
  /// To everybody who was invited. Nothing happens when the meeting's settings say so.
  void to_invitees(Letter letter, const Meeting& meeting, const Occurrence* occurrence = nullptr);

  [[nodiscard]] Told told(const Meeting& meeting, const Occurrence* occurrence = nullptr);
  /// The calendar entry as one reader gets it: others' addresses are not in it.
  [[nodiscard]] CalendarEvent event(const Meeting& meeting, const To& to, const Occurrence* occurrence,
                                    std::string description);
  [[nodiscard]] Language language(const Meeting& meeting, std::string_view wish) const;

 private:
  Parts parts_;
};

/// REQUEST or CANCEL, or none for letters that bring no calendar file.
std::optional<CalendarMethod> method_of(Letter letter) noexcept;

}  // namespace sealhall::schedule
