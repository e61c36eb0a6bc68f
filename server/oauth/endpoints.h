// The endpoints under /oauth, and the administration of applications.
#pragma once

#include <functional>
#include <string>

#include "server/api/registry.h"
#include "server/events.h"
#include "server/identity/account_words.h"
#include "server/oauth/service.h"
#include "server/oauth/shapes.h"

namespace sealhall::oauth {

/// Lives as long as the registry.
class Endpoints {
 public:
  struct Parts {
    OAuth& oauth;
    std::string public_url;  ///< "https://meet.example": what `api_url` says, and whose pages may send forms here
    /// Signs somebody in on the consent page: gives the token of the session.
    std::function<void(std::string login, std::string password, std::string code, std::string source,
                       api::Done<std::string> done)>
        sign_in;
    /// "Ada (ada@example.org)", for the consent page.
    std::function<void(std::string user_id, api::Done<std::string> done)> name_of;
    EventBus* events = nullptr;  ///< hears what people take back
    /// Writes down who changed an application.
    std::function<void(const api::Caller&, std::string action, std::string category, std::string object)> log = nullptr;
  };
  Endpoints(api::Registry& registry, Parts parts);

 private:
  using Page = api::Answer<api::Http>;
  // endpoints.cc
  void token(api::Call<api::None, shapes::TokenRequest> call, api::Answer<shapes::TokenAnswer> answer);
  void revoke(api::Call<api::None, shapes::RevokeRequest> call, api::Answer<shapes::StatusAnswer> answer);
  void compliance(api::Call<api::None, shapes::ComplianceRequest> call, api::Answer<shapes::StatusAnswer> answer);
  // consent.cc
  void authorize(api::Call<shapes::AuthorizeQuery> call, Page answer);
  void consent(api::Call<api::None, shapes::ConsentForm> call, Page answer);
  void show(const OAuth::Request& request, const OAuth::Asked& asked, identity::Reading reading, std::string user_id,
            std::string cookie, Page answer);
  // applications.cc
  void add_application_endpoints(api::Registry& registry);
  void create(api::Call<api::None, shapes::NewApplication> call, api::Answer<shapes::ApplicationView> answer);
  void list(api::Call<shapes::ApplicationQuery> call, api::Answer<shapes::ApplicationList> answer);
  void get(api::Call<shapes::ApplicationPath> call, api::Answer<shapes::ApplicationView> answer);
  void change(api::Call<shapes::ApplicationPath, shapes::ChangeApplication> call, api::Answer<> answer);
  void new_secret(api::Call<shapes::ApplicationPath> call, api::Answer<shapes::ApplicationView> answer);
  void remove(api::Call<shapes::ApplicationPath> call, api::Answer<> answer);
  void grants(api::Call<> call, api::Answer<shapes::GrantList> answer);
  void end_grant(api::Call<shapes::ApplicationPath> call, api::Answer<> answer);
  void log(const api::Caller& caller, std::string action, std::string application);

  Parts parts_;
};

}  // namespace sealhall::oauth
