#include "server/bbb/calls.h"

#include <algorithm>
#include <ctime>

namespace sealhall::bbb {
namespace {

CallReply missing(std::string_view parameter) {
  std::string key = "missingParam";
  key += static_cast<char>(std::toupper(static_cast<unsigned char>(parameter.front())));
  key += parameter.substr(1);
  return failed(key, "The parameter " + std::string{parameter} + " is missing.");
}
CallReply not_found() { return failed("notFound", "We could not find a meeting with that meeting ID"); }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
  });
}

void put_metadata(Xml& xml, const std::map<std::string, std::string>& metadata) {
  xml.open("metadata");
  for (const auto& [name, value] : metadata) xml.element(name, value);
  xml.close();
}

}  // namespace

CallReply failed(std::string_view key, std::string_view message) { return {Xml::failed(key, message), {}}; }

CallReply failed(HouseError error) {
  switch (error) {
    case HouseError::not_found:
      return failed("notFound", "It is not there any more.");
    case HouseError::refused:
      return failed("notAllowed", "The server's rules do not allow this.");
    case HouseError::away:
      break;
  }
  return failed("tryAgain", "The server cannot do this now. Please try again in a moment.");
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.empty()) out.emplace_back(part);
  }
  return out;
}

std::int64_t millis(UnixMicros at) noexcept { return static_cast<std::int64_t>(at) / 1000; }

std::string date_text(UnixMicros at) {
  const auto seconds = static_cast<std::time_t>(static_cast<std::int64_t>(at) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts)};
}

void Calls::call(CallRequest request, Done done) {
  if (request.call.empty()) {
    Xml xml = Xml::success();
    return done({xml.element("version", "2.0").element("apiVersion", "2.0").element("bbbVersion", "").finish(), {}});
  }
  using Handler = void (Calls::*)(Call, Done);
  static constexpr std::pair<std::string_view, Handler> handlers[] = {
      {"create", &Calls::create},
      {"join", &Calls::join},
      {"isMeetingRunning", &Calls::is_meeting_running},
      {"getMeetings", &Calls::get_meetings},
      {"getMeetingInfo", &Calls::get_meeting_info},
      {"end", &Calls::end},
      {"getRecordings", &Calls::get_recordings},
      {"publishRecordings", &Calls::publish_recordings},
      {"deleteRecordings", &Calls::delete_recordings},
      {"updateRecordings", &Calls::update_recordings},
  };
  const auto* found =
      std::ranges::find(handlers, std::string_view{request.call}, &std::pair<std::string_view, Handler>::first);
  if (found == std::end(handlers)) return done(failed("unsupportedRequest", "This request is not supported."));
  const std::string account_id = request.account_id;
  service_.secret(account_id, [this, handler = found->second, request = std::move(request),
                               done = std::move(done)](auto secret) mutable {
    if (!secret) return done(failed(secret.error()));
    // Without a secret the same answer: nobody learns which accounts there are.
    const std::string text = *secret ? (*secret)->text : std::string{};
    auto parameters = verified(request.call, request.query, request.form, text, sha1_);
    if (!parameters) return done(failed("checksumError", "You did not pass the checksum security check"));
    (this->*handler)({std::move(request.account_id), (*secret)->owner_id, std::move(*parameters), text},
                     std::move(done));
  });
}

// ---- meetings ------------------------------------------------------------------------------------------------------

void Calls::create(Call call, Done done) {
  const auto id = call.parameters.find("meetingID");
  if (!id) return done(missing("meetingID"));
  if (id->size() < 2 || id->size() > 256 || id->find(',') != std::string::npos)
    return done(failed("validationError", "The meeting ID has from 2 to 256 characters and no comma."));
  Options options = options_of(call.parameters, service_.random());
  if (options.name.size() > 512) return done(failed("validationError", "The name is longer than 512 characters."));
  const auto wants = [&](const char* name) { return call.parameters.find(name); };
  service_.create(
      call.account_id, call.owner_id, std::move(options),
      [attendee = wants("attendeePW"), moderator = wants("moderatorPW"), done = std::move(done)](auto created) mutable {
        if (!created) return done(failed(created.error()));
        const Room& room = *created->room;
        const Options& o = room.options;
        if (!created->is_new &&
            ((attendee && *attendee != o.attendee_password) || (moderator && *moderator != o.moderator_password))) {
          return done(failed("idNotUnique",
                             "A meeting already exists with that meeting ID. Please use a different meeting ID."));
        }
        Xml xml = Xml::success();
        xml.element("meetingID", o.external_id)
            .element("internalMeetingID", room.row.internal_id)
            .element("parentMeetingID", "bbb-none")
            .element("attendeePW", o.attendee_password)
            .element("moderatorPW", o.moderator_password)
            .element("createTime", millis(room.row.created_at))
            .element("voiceBridge", o.voice_bridge)
            .element("dialNumber", "")
            .element("createDate", date_text(room.row.created_at))
            .element("hasUserJoined", room.row.joined_at.has_value())
            .element("duration", o.duration_minutes)
            .element("hasBeenForciblyEnded", false);
        if (created->is_new) {
          xml.message("", "");
        } else {
          xml.message("duplicateWarning", "This conference was already in existence and may currently be in progress.");
        }
        done({xml.finish(), {}});
      });
}

void Calls::join(Call call, Done done) {
  const Parameters& p = call.parameters;
  const auto name = p.find("fullName");
  const auto id = p.find("meetingID");
  if (!name) return done(missing("fullName"));
  if (!id) return done(missing("meetingID"));
  const RoomPtr room = service_.find(call.account_id, *id);
  if (!room) {
    return done(
        failed("invalidMeetingIdentifier", "The meeting ID that you supplied did not match any existing meetings"));
  }
  bool moderator = false;
  const auto role = p.find("role");
  const auto password = p.find("password");
  if (role && (same_word(*role, "MODERATOR") || same_word(*role, "VIEWER"))) {
    moderator = same_word(*role, "MODERATOR");
  } else if (password && *password == room->options.moderator_password) {
    moderator = true;
  } else if (!password || *password != room->options.attendee_password) {
    return done(failed("invalidPassword",
                       "You either did not supply a password or the password supplied is neither the attendee or "
                       "moderator password for this conference."));
  }
  if (const auto created = p.find("createTime"); created && *created != std::to_string(millis(room->row.created_at)))
    return done(
        failed("mismatchCreateTimeParam", "The createTime parameter submitted mismatches with the current meeting."));
  if (p.flag("guest") && !moderator && room->options.guest_policy == GuestPolicy::always_deny)
    return done(
        failed("guestDeniedAccess", "You have been denied access to this meeting based on the meeting's guest policy"));
  const std::uint32_t most = room->options.max_participants;
  if (most > 0 && service_.house().now(room->row.meeting_id).people.size() >= most)
    return done(
        failed("maxParticipantsReached", "The number of participants allowed for this meeting has been reached."));
  const bool redirects = p.flag("redirect", true);
  service_.house().link(
      {call.account_id, room->row.meeting_id, *name, moderator, p.flag("guest") && !moderator},
      [this, room, redirects, user = p.find("userID").value_or(""), done = std::move(done)](auto link) mutable {
        if (!link) return done(failed(link.error()));
        service_.joined(room);
        if (redirects) return done({"", std::move(*link)});
        Xml xml = Xml::success();
        xml.message("successfullyJoined", "You have joined successfully.")
            .element("meeting_id", room->row.internal_id)
            .element("user_id", user)
            .element("auth_token", "")
            .element("session_token", "")
            .element("guestStatus", "ALLOW")
            .element("url", *link);
        done({xml.finish(), {}});
      });
}

void Calls::is_meeting_running(Call call, Done done) {
  const auto id = call.parameters.find("meetingID");
  if (!id) return done(missing("meetingID"));
  const RoomPtr room = service_.find(call.account_id, *id);
  Xml xml = Xml::success();
  done({xml.element("running", room && !service_.house().now(room->row.meeting_id).people.empty()).finish(), {}});
}

void Calls::put_details(Xml& xml, const Room& room) const {
  const Options& o = room.options;
  const RoomNow now = service_.house().now(room.row.meeting_id);
  const auto count = [&](bool RoomPerson::* what) { return std::ranges::count_if(now.people, what); };
  xml.element("meetingName", o.name)
      .element("meetingID", o.external_id)
      .element("internalMeetingID", room.row.internal_id)
      .element("createTime", millis(room.row.created_at))
      .element("createDate", date_text(room.row.created_at))
      .element("voiceBridge", o.voice_bridge)
      .element("dialNumber", "")
      .element("attendeePW", o.attendee_password)
      .element("moderatorPW", o.moderator_password)
      .element("running", !now.people.empty())
      .element("duration", o.duration_minutes)
      .element("hasUserJoined", room.row.joined_at.has_value())
      .element("recording", now.recording)
      .element("hasBeenForciblyEnded", false)
      .element("startTime", millis(room.row.created_at))
      .element("endTime", 0)
      .element("participantCount", now.people.size())
      .element("listenerCount", static_cast<std::ptrdiff_t>(now.people.size()) - count(&RoomPerson::audio))
      .element("voiceParticipantCount", count(&RoomPerson::audio))
      .element("videoCount", count(&RoomPerson::video))
      .element("maxUsers", o.max_participants)
      .element("moderatorCount", count(&RoomPerson::moderator))
      .open("attendees");
  for (const RoomPerson& person : now.people) {
    xml.open("attendee")
        .element("userID", person.id)
        .element("fullName", person.name)
        .element("role", person.moderator ? "MODERATOR" : "VIEWER")
        .element("isPresenter", person.presenter)
        .element("isListeningOnly", !person.audio)
        .element("hasJoinedVoice", person.audio)
        .element("hasVideo", person.video)
        .element("clientType", "HTML5")
        .close();
  }
  xml.close();
  put_metadata(xml, o.metadata);
  xml.element("isBreakout", false);
}

void Calls::get_meetings(Call call, Done done) {
  const auto rooms = service_.open_rooms(call.account_id);
  Xml xml = Xml::success();
  xml.open("meetings");
  for (const RoomPtr& room : rooms) {
    xml.open("meeting");
    put_details(xml, *room);
    xml.close();
  }
  xml.close();
  if (rooms.empty()) xml.message("noMeetings", "no meetings were found on this server");
  done({xml.finish(), {}});
}

void Calls::get_meeting_info(Call call, Done done) {
  const auto id = call.parameters.find("meetingID");
  if (!id) return done(missing("meetingID"));
  const RoomPtr room = service_.find(call.account_id, *id);
  if (!room) return done(not_found());
  Xml xml = Xml::success();
  put_details(xml, *room);
  done({xml.finish(), {}});
}

void Calls::end(Call call, Done done) {
  const auto id = call.parameters.find("meetingID");
  if (!id) return done(missing("meetingID"));
  const RoomPtr room = service_.find(call.account_id, *id);
  if (!room) return done(not_found());
  // Newer clients send none: the checksum is proof enough. Who sends one means it.
  const auto password = call.parameters.find("password");
  if (password && *password != room->options.moderator_password)
    return done(failed("invalidPassword", "The supplied password is not the moderator password for this conference."));
  service_.end(room, [done = std::move(done)](auto ended) mutable {
    if (!ended) return done(failed(ended.error()));
    Xml xml = Xml::success();
    xml.message("sentEndMeetingRequest",
                "A request to end the meeting was sent. Please wait a few seconds, and then use the getMeetingInfo or "
                "isMeetingRunning API calls to verify that it was ended.");
    done({xml.finish(), {}});
  });
}

}  // namespace sealhall::bbb
