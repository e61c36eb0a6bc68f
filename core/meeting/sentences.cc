// Tested in meeting_test.cc
#include "core/meeting/sentences.h"

namespace sealhall::meeting {

std::string_view sentence(wire::ErrorCode code) noexcept {
  using enum wire::ErrorCode;
  switch (code) {
    case bad_message:
      return "The server did not understand this message.";
    case not_joined:
      return "You are not in the meeting yet.";
    case not_found:
      return "There is no such meeting. Please check the link.";
    case wrong_passcode:
      return "That passcode is not right. Please try again.";
    case passcode_needed:
      return "This meeting needs a passcode.";
    case locked:
      return "The host has locked this meeting.";
    case not_allowed:
      return "You are not allowed to do that.";
    case rate_limited:
      return "Too many attempts. Please wait a moment.";
    case full:
      return "This meeting is full at the moment.";
    case unauthorised:
      return "Please sign in again.";
    case meeting_ended:
      return "This meeting has ended.";
    case internal:
      return "The server cannot do this right now. Please try again.";
  }
  return "";
}

std::string_view sentence(wire::EndReason reason) noexcept {
  using enum wire::EndReason;
  switch (reason) {
    case left:
      return "You have left the meeting.";
    case removed:
      return "A host has removed you from the meeting.";
    case ended_by_host:
      return "The meeting has been ended for everyone.";
    case denied:
      return "A host did not let you in.";
    case server_stopping:
      return "The server is stopping. You will be connected again when it is back.";
    case transport_lost:
      return "The media connection was lost.";
    case replaced:
      return "You have joined again from somewhere else.";
    case room_closed:
      return "Your breakout room has closed.";
  }
  return "";
}

}  // namespace sealhall::meeting
