// The endpoints under /api and the few pages for people (pages.cc).
#pragma once

#include <string>

#include "server/api/registry.h"
#include "server/control/accounts.h"
#include "server/control/api_types.h"
#include "server/control/live_meetings.h"
#include "server/control/web_app.h"
#include "server/identity/shapes.h"
#include "server/schedule/service.h"
#include "store/store.h"

namespace sealhall::control {

/// Lives as long as the registry.
class Api {
 public:
  struct Parts {
    Accounts& accounts;
    store::Store& store;
    schedule::Service& schedule;
    LiveMeetings& meetings;
    const MediaPool& media;
    api::CallerCache& callers;
    const io::WallClock& clock;
    RandomSource& random;
    std::string public_url;       ///< "https://host:port", without a slash at the end
    const WebApp* web = nullptr;  ///< the browser client, when it is here
  };
  Api(api::Registry& registry, Parts parts);

 private:
  template <class Query = api::None, class Request = api::None>
  using Call = api::Call<Query, Request>;
  template <class Response = api::None>
  using Answer = api::Answer<Response>;
  using Page = api::Answer<api::Http>;

  // api.cc
  void status(Call<> call, Answer<shapes::Status> answer);
  void set_up(Call<api::None, shapes::SetUp> call, Answer<identity::shapes::SignedInView> answer);
  void sign_in(Call<api::None, shapes::SignIn> call, Answer<identity::shapes::SignedInView> answer);
  void sign_out(Call<> call, Answer<> answer);
  void me(Call<> call, Answer<shapes::Me> answer);
  void create_user(Call<api::None, shapes::CreateUser> call, Answer<shapes::UserView> answer);
  void list_users(Call<> call, Answer<shapes::UserList> answer);
  void list_workers(Call<> call, Answer<shapes::WorkerList> answer);
  void create_meeting(Call<api::None, shapes::CreateMeeting> call, Answer<shapes::MeetingView> answer);
  void list_meetings(Call<shapes::MeetingQuery> call, Answer<shapes::MeetingList> answer);
  void get_meeting(Call<shapes::MeetingPath> call, Answer<shapes::MeetingView> answer);
  void join_info(Call<shapes::MeetingPath> call, Answer<shapes::JoinInfo> answer);
  void end_meeting(Call<shapes::MeetingPath> call, Answer<> answer);
  // pages.cc
  void home_page(Call<> call, Page answer);
  void site_page(Call<shapes::SitePage> call, Page answer);
  void join_page(Call<shapes::JoinPage> call, Page answer);
  void start_page(Call<shapes::StartPage> call, Page answer);
  void setup_page(Call<shapes::SetupPage> call, Page answer);
  void setup_form(Call<api::None, shapes::SetupForm> call, Page answer);
  // register_pages.cc
  void register_page(Call<shapes::RegisterPath> call, Page answer);
  void register_form(Call<shapes::RegisterPath> call, Page answer);

  void add_pages(api::Registry& registry);
  [[nodiscard]] std::string signalling_url() const;
  [[nodiscard]] shapes::MeetingView view(const store::Meeting& meeting) const;

  Parts parts_;
};

}  // namespace sealhall::control
