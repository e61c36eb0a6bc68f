// The calls themselves: parameters in, XML or a redirect out. The message keys are what platforms look at.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "server/bbb/service.h"
#include "server/bbb/xml.h"

namespace sealhall::bbb {

struct CallRequest {
  std::string account_id;
  std::string call;   ///< "create"; "" is the version
  std::string query;  ///< raw
  std::string form;   ///< raw body of a form; "" for everything else
};
struct CallReply {
  std::string xml;
  std::string location;  ///< not empty: a redirect to there
};

class Calls {
 public:
  using Done = std::move_only_function<void(CallReply)>;
  /// `sha1`: whether 40-digit checksums are taken.
  Calls(BbbService& service, bool sha1) : service_(service), sha1_(sha1) {}

  void call(CallRequest request, Done done);

 private:
  /// A call whose checksum was right.
  struct Call {
    std::string account_id;
    std::string owner_id;
    Parameters parameters;
    std::string secret;
  };
  void create(Call call, Done done);
  void join(Call call, Done done);
  void is_meeting_running(Call call, Done done);
  void get_meetings(Call call, Done done);
  void get_meeting_info(Call call, Done done);
  void end(Call call, Done done);
  // recording_calls.cc
  void get_recordings(Call call, Done done);
  void publish_recordings(Call call, Done done);
  void delete_recordings(Call call, Done done);
  void update_recordings(Call call, Done done);
  struct Shown;
  void shown_recordings(std::string account_id, HouseDone<std::vector<Shown>> done);
  void give_addresses(std::string account_id, std::vector<Shown> all, std::size_t from,
                      HouseDone<std::vector<Shown>> done);
  void each_recording(Call call, std::move_only_function<void(const Shown&, HouseDone<void>)> change,
                      std::string element, std::string value, Done done);
  void put_details(Xml& xml, const Room& room) const;

  BbbService& service_;
  bool sha1_;
};

CallReply failed(std::string_view key, std::string_view message);
CallReply failed(HouseError error);
/// A list by comma, without empty parts.
std::vector<std::string> list_of(std::string_view text);
/// Milliseconds since 1970.
std::int64_t millis(UnixMicros at) noexcept;
/// "Thu Jul 13 17:46:34 UTC 2017".
std::string date_text(UnixMicros at);

}  // namespace sealhall::bbb
