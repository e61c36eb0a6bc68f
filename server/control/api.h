// The REST API and the few pages for people. Every route states who may call it; what states nothing does not compile.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/http/router.h"
#include "server/control/accounts.h"
#include "server/control/live_meetings.h"
#include "store/store.h"

namespace sealhall::control {

/// Who may call a route.
enum class Access : std::uint8_t {
  anyone,
  signed_in,
  admin,
  meeting_owner,  ///< the first argument names a meeting; its owner or an administrator. To others it does not exist
};

class Api {
 public:
  struct Parts {
    Accounts& accounts;
    store::Store& store;
    LiveMeetings& meetings;
    const MediaPool& media;
    const io::WallClock& clock;
    RandomSource& random;
    std::string public_url;  ///< "https://host:port", without a slash at the end
  };
  explicit Api(Parts parts);

  [[nodiscard]] const io::Router& router() const noexcept { return router_; }

  /// A route as the authorisation tests see it.
  struct Route {
    std::string method;
    std::string pattern;
    Access access;
  };
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  /// A call whose right was checked. `user` is there unless the route is for anyone; `meeting` for meeting_owner.
  struct Call {
    io::HttpRequest request;
    io::RouteArguments arguments;
    std::optional<store::User> user;
    std::optional<store::Meeting> meeting;
    std::string source;
  };
  using Handler = void (Api::*)(Call call, io::HttpResponder answer);

  void add(std::string_view method, std::string_view pattern, Access access, Handler handler);
  void authorise(Access access, Handler handler, Call call, io::HttpResponder answer);

  // api.cc
  void status(Call call, io::HttpResponder answer);
  void health(Call call, io::HttpResponder answer);
  void set_up(Call call, io::HttpResponder answer);
  void sign_in(Call call, io::HttpResponder answer);
  void sign_out(Call call, io::HttpResponder answer);
  void me(Call call, io::HttpResponder answer);
  void create_user(Call call, io::HttpResponder answer);
  void list_users(Call call, io::HttpResponder answer);
  void list_workers(Call call, io::HttpResponder answer);
  void create_meeting(Call call, io::HttpResponder answer);
  void list_meetings(Call call, io::HttpResponder answer);
  void get_meeting(Call call, io::HttpResponder answer);
  void join_info(Call call, io::HttpResponder answer);
  void end_meeting(Call call, io::HttpResponder answer);
  // pages.cc
  void home_page(Call call, io::HttpResponder answer);
  void join_page(Call call, io::HttpResponder answer);
  void setup_page(Call call, io::HttpResponder answer);
  void setup_form(Call call, io::HttpResponder answer);

  [[nodiscard]] std::string signalling_url() const;
  [[nodiscard]] std::string view(const store::Meeting& meeting) const;

  Parts parts_;
  io::Router router_;
  std::vector<Route> routes_;
};

/// "2026-11-24T08:00:00Z".
std::string rfc3339(UnixMicros time);

}  // namespace sealhall::control
