#include "server/bbb/endpoints.h"

#include <memory>

namespace sealhall::bbb {

/// Their own account's address is shorter: most installations have one account.
constexpr std::string_view default_account = "AAAAAAAAAAAAAAAAAAAAAA";

struct CallPath {
  std::string call;
};
struct AccountPath {
  std::string account;
};
struct AccountCallPath {
  std::string account;
  std::string call;
};
struct BbbAccess {
  std::string url;                    ///< what a platform asks for as "server URL"
  std::optional<std::string> secret;  ///< none: none was made yet
  bool sha1 = false;
};
BOOST_DESCRIBE_STRUCT(CallPath, (), (call))
BOOST_DESCRIBE_STRUCT(AccountPath, (), (account))
BOOST_DESCRIBE_STRUCT(AccountCallPath, (), (account, call))
BOOST_DESCRIBE_STRUCT(BbbAccess, (), (url, secret, sha1))

namespace {

using api::Access;
using api::Answer;
using api::Call;

constexpr std::string_view tag = "Learning platforms";
constexpr std::size_t body_limit = 1U << 20;  // create may carry slides, which are not used

io::HttpResponse to_response(CallReply reply) {
  io::HttpResponse response;
  response.headers.set("Cache-Control", "no-store");
  if (!reply.location.empty()) {
    response.status = 302;
    response.headers.set("Location", std::move(reply.location));
    response.headers.set("Referrer-Policy", "no-referrer");
    return response;
  }
  response.headers.set("Content-Type", "text/xml; charset=utf-8");
  response.body = std::move(reply.xml);
  return response;
}

struct Gate {
  BbbService& service;
  Calls calls;
  std::string public_url;
  bool sha1;

  void pass(std::string_view account, std::string call, io::HttpRequest http, Answer<api::Http> answer) {
    CallRequest request{std::string{account}, std::move(call), std::string{http.query()}, {}};
    const auto type = http.headers.find("Content-Type");
    if (type && type->starts_with("application/x-www-form-urlencoded")) request.form = std::move(http.body);
    calls.call(std::move(request),
               [answer = std::move(answer)](CallReply reply) mutable { answer(to_response(std::move(reply))); });
  }

  [[nodiscard]] std::string url_of(std::string_view account) const {
    return public_url + "/bigbluebutton/" + (account == default_account ? std::string{} : std::string{account} + "/");
  }
};

api::ApiError away() { return {503, "The store or the key service does not answer.", {}, 5}; }

}  // namespace

void add_bbb_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto gate =
      std::make_shared<Gate>(Gate{parts.service, Calls{parts.service, parts.sha1}, parts.public_url, parts.sha1});
  // Access: whoever knows the account's secret; the calls check that before they do anything.
  const auto endpoint = [](std::string_view method, std::string_view path, std::string_view summary) {
    return api::Endpoint{.method = method,
                         .path = path,
                         .tag = tag,
                         .summary = summary,
                         .access = Access::anyone(),
                         .body_limit = body_limit,
                         .rate = api::Rate::none,
                         .description =
                             "Answers XML. Parameters are signed with the account's secret: checksum is the "
                             "SHA-256, SHA-384 or SHA-512 of the call's name, the query and the secret.",
                         .produces = "text/xml",
                         .also = path.ends_with("{call}") ? 302 : 0};  // join sends the browser on
  };
  for (const std::string_view method : {"GET", "POST"}) {
    for (const std::string_view path : {"/bigbluebutton/api", "/bigbluebutton/api/"}) {
      registry.add(endpoint(method, path, "The version of the API"), [gate](Call<> call, Answer<api::Http> answer) {
        gate->pass(default_account, "", std::move(call.http), std::move(answer));
      });
    }
    registry.add(endpoint(method, "/bigbluebutton/api/{call}", "A call of the default account"),
                 [gate](Call<CallPath> call, Answer<api::Http> answer) {
                   gate->pass(default_account, std::move(call.query.call), std::move(call.http), std::move(answer));
                 });
    registry.add(endpoint(method, "/bigbluebutton/{account}/api", "The version of the API, for an account"),
                 [gate](Call<AccountPath> call, Answer<api::Http> answer) {
                   gate->pass(call.query.account, "", std::move(call.http), std::move(answer));
                 });
    registry.add(endpoint(method, "/bigbluebutton/{account}/api/{call}", "A call of an account"),
                 [gate](Call<AccountCallPath> call, Answer<api::Http> answer) {
                   const std::string account = std::move(call.query.account);
                   gate->pass(account, std::move(call.query.call), std::move(call.http), std::move(answer));
                 });
  }
  registry.add({.method = "GET",
                .path = "/v2/bbb",
                .tag = tag,
                .summary = "Get the address and secret for learning platforms",
                .access = Access::permission(api::Permission::applications)},
               [gate](Call<> call, Answer<BbbAccess> answer) {
                 const std::string account = call.caller.account_id;
                 gate->service.secret(account, [gate, account, answer = std::move(answer)](auto secret) mutable {
                   if (!secret) return answer(away());
                   BbbAccess view{gate->url_of(account), std::nullopt, gate->sha1};
                   if (*secret) view.secret = (*secret)->text;
                   answer.header("Cache-Control", "no-store");
                   answer(view);
                 });
               });
  registry.add({.method = "POST",
                .path = "/v2/bbb/secret",
                .tag = tag,
                .summary = "Make a new secret for learning platforms",
                .access = Access::permission(api::Permission::applications),
                .status = 201,
                .description = "The secret before stops working at once. Meetings made with it belong to the caller."},
               [gate](Call<> call, Answer<BbbAccess> answer) {
                 const std::string account = call.caller.account_id;
                 gate->service.new_secret(account, call.caller.user_id,
                                          [gate, account, answer = std::move(answer)](auto secret) mutable {
                                            if (!secret) return answer(away());
                                            answer.header("Cache-Control", "no-store");
                                            answer(BbbAccess{gate->url_of(account), *secret, gate->sha1});
                                          });
               });
}

}  // namespace sealhall::bbb
