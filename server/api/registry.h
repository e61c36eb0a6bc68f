// The endpoints of the server: declared once, and from that come routing, rights, parsing, errors, limits and OpenAPI.
//
//   struct UserPath { std::string user_id; };                       // {user_id} of the path; other fields: the query
//   BOOST_DESCRIBE_STRUCT(UserPath, (), (user_id))
//   ...
//   registry.add({"PATCH", "/v2/users/{user_id}", "Users", "Change a user",
//                 Access::owner("user_id", Permission::users_write, "user:write:user")},
//                [this](Call<UserPath, ChangeUser> call, Answer<None> answer) {
//                  users_.change(call.subject.id, call.body.name, std::move(answer).done());
//                });
//
// Everything happens on the loop's thread. Handlers live as long as the registry; what they capture must too.
#pragma once

#include <any>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "io/http/message.h"
#include "io/http/server.h"
#include "io/net/clock.h"
#include "server/api/access.h"
#include "server/api/caller.h"
#include "server/api/error.h"
#include "server/api/page.h"
#include "server/api/rate_limiter.h"
#include "server/api/shape.h"

namespace sealhall::api {

class CallerCache;
class RequestMetrics;

/// Where a token may stand besides "Authorization: Bearer" and the session cookie of our own pages. The cookie counts
/// only in requests that the browser says a page of ours sent (`is_from_own_page`).
enum class TokenPlace : std::uint8_t {
  header,
  query,   ///< also ?access_token= (downloads, trap 9)
  cookie,  ///< the cookie also when a link of somebody else leads here by GET, which then changes nothing
};

enum class BodyKind : std::uint8_t {
  json,  ///< an empty body is as {}
  form,  ///< also application/x-www-form-urlencoded, and fields may stand in the query (/oauth/token)
};

/// One endpoint. All text must live for ever (literals).
struct Endpoint {
  std::string_view method;   ///< "GET", "POST", "PUT", "PATCH", "DELETE"; GET answers HEAD too
  std::string_view path;     ///< "/v2/users/{user_id}": each {name} is a field of the Query struct
  std::string_view tag;      ///< the chapter of the documentation: "Users"
  std::string_view summary;  ///< one line without a full stop: "List users"
  Access access;
  int status = 0;  ///< of success; 0: 200, or 204 when the answer is None
  std::size_t body_limit = 64U << 10;
  Rate rate = Rate::light;
  TokenPlace token = TokenPlace::header;
  BodyKind body = BodyKind::json;
  std::string_view description = {};        ///< more than a line, for the documentation
  std::string_view produces = "text/html";  ///< of an Answer<Http>; several types are apart by a space
  bool documented = true;                   ///< false: pages for people
  int also = 0;                             ///< another status of success that the handler may answer, without a body
  bool ranges = false;                      ///< an Answer<Http> that may be a part (206), too
};

/// What `Access::owner` has found.
struct Subject {
  std::string id;
  std::string account_id;
  std::string owner_id;
  std::vector<std::string> also = {};        ///< users who may act as the owner (alternative hosts)
  std::any object = {};                      ///< what the resolver has read, so that the handler need not again
  std::vector<std::string> assistants = {};  ///< users who may schedule for the owner; of those who ask

  template <class T>
  const T& as() const {
    const T* found = std::any_cast<T>(&object);
    SEALHALL_CHECK(found != nullptr);
    return *found;
  }
};

/// What every handler gets: the right to call was checked before.
struct CallBase {
  Caller caller;
  Subject subject;             ///< with Access::owner
  io::HttpRequest http;        ///< as it came; the body is untouched when the Request is None
  bool from_own_page = false;  ///< the browser says so (`is_from_own_page`)
};
template <class Query = None, class Request = None>
struct Call : CallBase {
  using QueryType = Query;
  using RequestType = Request;
  Query query{};   ///< from the path and the query
  Request body{};  ///< from the body
};

/// Calls back when what a request has done may be acknowledged.
using Acknowledge = std::function<void(io::Callback)>;

/// The duty to answer once; move-only. Dropped unanswered it answers 500.
class AnswerBase {
 public:
  AnswerBase(io::HttpResponder responder, int status, ErrorStyle style, const io::WallClock& clock,
             RequestMetrics* metrics = nullptr, std::string_view path = {}, const Acknowledge* acknowledge = nullptr)
      : responder_(std::move(responder)),
        clock_(&clock),
        metrics_(metrics),
        path_(path),
        acknowledge_(acknowledge),
        started_(io::steady_now()),
        status_(status),
        style_(style) {}
  AnswerBase(AnswerBase&&) noexcept = default;
  AnswerBase& operator=(AnswerBase&&) noexcept = default;

  /// A further header of a successful answer.
  void header(std::string name, std::string value) { headers_.set(name, std::move(value)); }
  /// Another status of success than the endpoint's.
  void status(int status) noexcept { status_ = status; }
  /// A list goes out as a table (csv.h).
  void as_csv() noexcept { csv_ = true; }
  void fail(const ApiError& error);
  void operator()(const ApiError& error) { fail(error); }

 protected:
  void send(const Type& type, const void* value);
  void send_empty();
  void send_as_is(io::HttpResponse response);

 private:
  void finish(io::HttpResponse response);

  io::HttpResponder responder_;
  io::HttpHeaders headers_;
  const io::WallClock* clock_;
  RequestMetrics* metrics_;
  std::string_view path_;  ///< the endpoint's, with its {names}: nothing of whoever calls
  const Acknowledge* acknowledge_;
  Instant started_;
  int status_;
  ErrorStyle style_;
  bool csv_ = false;
};

template <class Response = None>
class Answer : public AnswerBase {
 public:
  using ResponseType = Response;
  explicit Answer(AnswerBase&& base) : AnswerBase(std::move(base)) {}
  using AnswerBase::operator();
  void operator()(const Response& response) { send(type_of<Response>(), &response); }
  void operator()(const expected<Response, ApiError>& result) { result ? (*this)(*result) : fail(result.error()); }
  /// A callback for `Done<T>` of a store or a service: `make(T)` gives the Response (or expected<Response, ApiError>);
  /// errors are answered as they are. store_.read(.., std::move(answer).from([](Row row) { return view(row); }));
  template <class Make>
  auto from(Make make) && {
    return [answer = std::move(*this), make = std::move(make)](auto result) mutable {
      if (!result) return answer.fail(to_error(std::move(result.error())));
      answer(made(make, result));
    };
  }

 private:
  // A template of its own: inside the lambda the call without an argument would be checked even where it is not taken.
  template <class Make, class T, class Error>
  static auto made(Make& make, expected<T, Error>& result) {
    if constexpr (std::is_void_v<T>) {
      return make();
    } else {
      return make(std::move(*result));
    }
  }
};
/// 204, without a body.
template <>
class Answer<None> : public AnswerBase {
 public:
  using ResponseType = None;
  explicit Answer(AnswerBase&& base) : AnswerBase(std::move(base)) {}
  using AnswerBase::operator();
  void operator()() { send_empty(); }
  /// A callback for any `Done<T>`: what came is not looked at.
  auto done() && {
    return [answer = std::move(*this)](auto result) mutable {
      result ? answer() : answer.fail(to_error(std::move(result.error())));
    };
  }
};
/// For pages, files and redirects: the handler makes the whole response.
struct Http {};
template <>
class Answer<Http> : public AnswerBase {
 public:
  using ResponseType = Http;
  explicit Answer(AnswerBase&& base) : AnswerBase(std::move(base)) {}
  using AnswerBase::operator();
  void operator()(io::HttpResponse response) { send_as_is(std::move(response)); }
};

namespace detail {
template <class Handler>
struct HandlerTypes : HandlerTypes<decltype(&Handler::operator())> {};
template <class C, class Q, class B, class R>
struct HandlerTypes<void (C::*)(Call<Q, B>, Answer<R>)> {
  using Query = Q;
  using Request = B;
  using Response = R;
};
template <class C, class Q, class B, class R>
struct HandlerTypes<void (C::*)(Call<Q, B>, Answer<R>) const> : HandlerTypes<void (C::*)(Call<Q, B>, Answer<R>)> {};

template <class T>
constexpr const Type* table() {
  if constexpr (std::is_same_v<T, None> || std::is_same_v<T, Http>) {
    return nullptr;
  } else {
    return &type_of<T>();
  }
}
}  // namespace detail

/// Where a connection comes from, for counting attempts: an IPv4 address, or the /64 of an IPv6 one.
std::string source_of(const io::Endpoint& peer);

class Registry {
 public:
  struct Parts {
    const io::WallClock& clock;
    CallerCache& callers;
    RateLimiter* rates = nullptr;  ///< none: nobody is slowed down
    RequestMetrics* metrics = nullptr;
    std::string own_origin = {};        ///< "https://meet.example": whose pages may use the cookie
    Acknowledge acknowledge = nullptr;  ///< asked before each good answer to what is no read. None: at once
  };
  explicit Registry(Parts parts);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// handler(Call<Query, Request>, Answer<Response>). An endpoint that is there already, a {name} without a field, or
  /// an owner parameter that is not in the path is a bug of ours and stops the process.
  template <class Handler>
  void add(const Endpoint& endpoint, Handler handler) {
    using Types = detail::HandlerTypes<Handler>;
    using Query = typename Types::Query;
    using Request = typename Types::Request;
    using Response = typename Types::Response;
    add_erased({endpoint, detail::table<Query>(), detail::table<Request>(), detail::table<Response>(),
                std::is_same_v<Response, Http>},
               [handler = std::move(handler)](Incoming&& incoming, AnswerBase&& base) mutable {
                 Call<Query, Request> call;
                 if (!incoming.fill(call, &call.query, &call.body, base)) return;
                 handler(std::move(call), Answer<Response>{std::move(base)});
               });
  }
  /// The same for a member function: registry.add({..}, this, &Users::list).
  template <class Object, class Query, class Request, class Response>
  void add(const Endpoint& endpoint, Object* object, void (Object::*method)(Call<Query, Request>, Answer<Response>)) {
    add(endpoint, [object, method](Call<Query, Request> call, Answer<Response> answer) {
      (object->*method)(std::move(call), std::move(answer));
    });
  }

  /// Looks up what a path names, for Access::owner; nullopt: there is no such thing. The value is decoded once.
  using Resolver =
      std::move_only_function<void(const Caller& caller, std::string value, Done<std::optional<Subject>> done)>;
  /// `missing` is answered when there is none, and just the same when it is somebody else's.
  void resolve(std::string_view parameter, Resolver resolver, ApiError missing);
  using Guard = std::move_only_function<void(const Caller& caller, const Subject& subject, Done<void> done)>;
  /// Asked besides, whenever somebody is let to what is not theirs because they may `permission`: what it refuses is
  /// refused. At most one for a parameter, after its resolver.
  void protect(std::string_view parameter, Permission permission, Guard guard);

  /// Answers a request: finds the endpoint, checks the right, parses, calls. Also 404, 405, OPTIONS.
  void route(io::HttpRequest request, io::HttpResponder responder);
  /// For `HttpHandlers::body_limit`.
  [[nodiscard]] std::size_t body_limit(const io::HttpRequest& request) const;

  /// An endpoint as the documentation and the authorisation tests see it. Tables are null for None and Http.
  struct Declared {
    Endpoint endpoint;
    const Type* query = nullptr;
    const Type* request = nullptr;
    const Type* response = nullptr;
    bool raw = false;  ///< Answer<Http>
    /// A list in pages, which can be had as CSV.
    [[nodiscard]] bool is_table() const;
  };
  [[nodiscard]] std::span<const Declared> endpoints() const noexcept { return declared_; }

 private:
  /// A request that may be handled, not parsed yet.
  struct Incoming {
    CallBase call;
    std::vector<Parameter> path;
    const Declared* declared = nullptr;
    /// Parses into the two and moves the rest into `call`; answers and returns false when something is wrong.
    bool fill(CallBase& call, void* query, void* body, AnswerBase& answer);
  };
  using Invoke = std::move_only_function<void(Incoming&&, AnswerBase&&)>;
  struct Table;

  void add_erased(Declared declared, Invoke invoke);
  void authorise(std::size_t endpoint, Incoming incoming, AnswerBase answer);
  void admit(std::size_t endpoint, Incoming incoming, AnswerBase answer);
  void check_owner(std::size_t endpoint, Incoming incoming, AnswerBase answer);
  void found(std::size_t endpoint, Incoming incoming, Subject subject, AnswerBase answer);

  Parts parts_;
  std::vector<Declared> declared_;
  std::vector<Invoke> invoke_;
  std::unique_ptr<Table> table_;
};

}  // namespace sealhall::api
