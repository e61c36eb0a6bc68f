#include "client/engine/link.h"

#include "io/http/client.h"
#include "io/http/message.h"

namespace sealhall::client {

expected<MeetingLink, std::string> parse_link(std::string_view text) {
  const auto url = io::parse_url(text);
  if (!url || url->scheme != "https") {
    return unexpected(std::string("A meeting link looks like https://meet.example/j/123456789. This one does not: ") +
                      std::string(text));
  }
  io::HttpRequest request;
  request.target = url->target;
  const std::string_view path = request.path();
  const bool starts = path.starts_with("/s/");
  if (!(starts || path.starts_with("/j/")) || path.size() <= 3 || path.find('/', 3) != std::string_view::npos) {
    return unexpected("There is no meeting in the link " + std::string(text) + ": it should end in /j/ and a number.");
  }
  const auto id = io::percent_decode(path.substr(3));
  if (!id || id->empty()) return unexpected("The meeting in the link " + std::string(text) + " cannot be read.");
  return MeetingLink{.host = url->host,
                     .port = url->port,
                     .meeting_id = *id,
                     .passcode = request.query_value("pwd"),
                     .registrant = request.query_value("tk"),
                     .start = request.query_value("zak"),
                     .name = request.query_value("uname")};
}

}  // namespace sealhall::client
