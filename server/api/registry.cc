#include "server/api/registry.h"

#include <algorithm>
#include <map>

#include "core/base/encoding.h"
#include "core/ice/address.h"
#include "io/log/log.h"
#include "server/api/caller_cache.h"
#include "server/api/csv.h"
#include "server/api/metrics.h"
#include "server/api/routes.h"
#include "server/api/session_cookie.h"

namespace sealhall::api {
namespace {

struct Token {
  std::string text;
  bool from_cookie = false;
};

std::optional<Token> token_of(const io::HttpRequest& request, TokenPlace place) {
  if (const auto bearer = request.bearer_token()) return Token{std::string{*bearer}};
  if (place == TokenPlace::query) {
    if (auto token = request.query_value("access_token"); token && !token->empty()) return Token{std::move(*token)};
  }
  if (auto token = cookie_in(request, session_cookie); token && !token->empty()) {
    return Token{std::move(*token), true};
  }
  return std::nullopt;
}

ApiError no_such_endpoint() { return {404, "There is nothing at this address."}; }

ApiError scope_missing(std::string_view scope) {
  ApiError error{403, "The access token does not have the scope that is needed here: " + std::string{scope} + "."};
  error.code = codes::no_scope;
  error.challenge = scope;
  return error;
}

ApiError refused(const Caller& caller, const Access& access) {
  if (caller.kind == CallerKind::application && !access.scope().empty()) return scope_missing(access.scope());
  return not_allowed();
}

bool is_owner(const Caller& caller, const Subject& subject, const Access& access) {
  if (caller.user_id.empty()) return false;
  const auto in = [&](const std::vector<std::string>& users) {
    return std::ranges::find(users, caller.user_id) != users.end();
  };
  return subject.owner_id == caller.user_id || in(subject.also) || (access.for_assistants() && in(subject.assistants));
}

std::string allowed_methods(std::vector<std::string_view> methods) {
  std::ranges::sort(methods);
  std::string out;
  for (const std::string_view method : methods) {
    out += (out.empty() ? "" : ", ") + std::string{method} + (method == "GET" ? ", HEAD" : "");
  }
  return out;
}

/// "/v2/report/users" becomes users.csv.
io::HttpResponse table_of(std::string_view path, const Type& type, const void* value) {
  auto response = io::HttpResponse::text(200, write_csv(type, value));
  response.headers.set("Content-Type", "text/csv; charset=utf-8; header=present");  // RFC 7111 section 5.1
  response.headers.set("Content-Disposition",
                       "attachment; filename=\"" + std::string{path.substr(path.rfind('/') + 1)} + ".csv\"");
  response.headers.set("Cache-Control", "no-store");
  if (const std::string token = text_field(type, value, "next_page_token"); !token.empty()) {
    response.headers.set("Next-Page-Token", token);
  }
  return response;
}

}  // namespace

std::string source_of(const io::Endpoint& peer) {
  const auto address = ice::Address::parse(peer.address, 0);
  if (!address) return "unknown";
  return to_hex(address->family == ice::Family::ipv4 ? address->ip_bytes() : address->ip_bytes().first(8));
}

// ---- answers -------------------------------------------------------------------------------------------------------

void AnswerBase::finish(io::HttpResponse response) {
  if (response.status >= 500) {
    io::log::warning("a request failed", {{"endpoint", path_}, {"status", response.status}});
  }
  const bool waits = acknowledge_ != nullptr && response.status < 400;
  // What the answer waits for is part of what whoever asked waits for.
  auto give = [metrics = metrics_, path = path_, started = started_, responder = std::move(responder_),
               response = std::move(response)]() mutable {
    if (metrics != nullptr) metrics->observe(path, response.status, io::steady_now() - started);
    responder(std::move(response));
  };
  waits ? (*acknowledge_)(std::move(give)) : give();
}

void AnswerBase::fail(const ApiError& error) { finish(to_response(error, style_, clock_->now())); }

void AnswerBase::send(const Type& type, const void* value) {
  auto response = csv_ ? table_of(path_, type, value) : io::HttpResponse::json(status_, write_json(type, value));
  for (const auto& [name, text] : headers_) response.headers.add(name, text);
  finish(std::move(response));
}

void AnswerBase::send_empty() {
  auto response = io::HttpResponse::empty(status_);
  for (const auto& [name, text] : headers_) response.headers.add(name, text);
  finish(std::move(response));
}

void AnswerBase::send_as_is(io::HttpResponse response) {
  for (const auto& [name, text] : headers_) response.headers.set(name, text);
  finish(std::move(response));
}

// ---- the registry --------------------------------------------------------------------------------------------------

struct Registry::Table {
  struct Owner {
    Resolver resolver;
    ApiError missing;
    Permission guarded{};
    Guard guard = nullptr;
  };
  Routes routes;
  std::map<std::string, Owner, std::less<>> owners;
};

Registry::Registry(Parts parts) : parts_(std::move(parts)), table_(std::make_unique<Table>()) {}
Registry::~Registry() = default;

bool Registry::Declared::is_table() const {
  return query != nullptr && response != nullptr && has_field(*query, "next_page_token") &&
         has_field(*response, "next_page_token");
}

void Registry::add_erased(Declared declared, Invoke invoke) {
  Endpoint& endpoint = declared.endpoint;
  const auto names = Routes::names(endpoint.path);
  for (const std::string_view name : names)
    SEALHALL_CHECK(declared.query != nullptr && has_field(*declared.query, name));
  if (endpoint.access.kind() == Access::Kind::owner) {
    SEALHALL_CHECK(std::ranges::find(names, endpoint.access.parameter()) != names.end());
  }
  if (endpoint.status == 0) endpoint.status = declared.response == nullptr && !declared.raw ? 204 : 200;
  SEALHALL_CHECK(table_->routes.add(endpoint.method, endpoint.path, declared_.size()));
  declared_.push_back(declared);
  invoke_.push_back(std::move(invoke));
}

void Registry::resolve(std::string_view parameter, Resolver resolver, ApiError missing) {
  SEALHALL_CHECK(table_->owners.emplace(parameter, Table::Owner{std::move(resolver), std::move(missing)}).second);
}

void Registry::protect(std::string_view parameter, Permission permission, Guard guard) {
  const auto owner = table_->owners.find(parameter);
  SEALHALL_CHECK(owner != table_->owners.end() && !owner->second.guard);
  owner->second.guarded = permission;
  owner->second.guard = std::move(guard);
}

std::size_t Registry::body_limit(const io::HttpRequest& request) const {
  const auto found = table_->routes.find(request.method, request.path());
  constexpr std::size_t to_say_no = 64U << 10;  // so that an unknown address is answered as such
  return found ? declared_[found->endpoint].endpoint.body_limit : to_say_no;
}

void Registry::route(io::HttpRequest request, io::HttpResponder responder) {
  const ErrorStyle style = error_style_of(request.path());
  const auto found = table_->routes.find(request.method, request.path());
  if (!found) {
    const auto methods = table_->routes.methods(request.path());
    if (methods.empty()) return responder(to_response(no_such_endpoint(), style));
    auto response = request.method == "OPTIONS" ? io::HttpResponse::empty(204)
                                                : to_response({405, "This address does not take that method."}, style);
    response.headers.set("Allow", allowed_methods(methods));
    return responder(std::move(response));
  }
  const Declared& declared = declared_[found->endpoint];
  const bool waits = parts_.acknowledge && request.method != "GET" && request.method != "HEAD";
  AnswerBase answer{std::move(responder),
                    declared.endpoint.status,
                    style,
                    parts_.clock,
                    parts_.metrics,
                    declared.endpoint.path,
                    waits ? &parts_.acknowledge : nullptr};
  Incoming incoming;
  incoming.declared = &declared;
  const auto names = Routes::names(declared.endpoint.path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto value = io::percent_decode(found->values[i]);
    if (!value) return answer.fail({400, "The address is badly encoded."});
    incoming.path.push_back({std::string{names[i]}, std::move(*value)});
  }
  incoming.call.caller.source = source_of(request.peer);
  incoming.call.http = std::move(request);
  authorise(found->endpoint, std::move(incoming), std::move(answer));
}

void Registry::authorise(std::size_t endpoint, Incoming incoming, AnswerBase answer) {
  const Endpoint& declared = declared_[endpoint].endpoint;
  const bool for_anyone = declared.access.kind() == Access::Kind::anyone;
  incoming.call.from_own_page = is_from_own_page(incoming.call.http, parts_.own_origin);
  auto token = token_of(incoming.call.http, declared.token);
  const std::string& method = incoming.call.http.method;
  const bool reads = method == "GET" || method == "HEAD";
  // A page that others may send a browser to (the consent of OAuth) knows who comes; it changes nothing by a read.
  const bool for_visitors = declared.token == TokenPlace::cookie && reads;
  if (token && token->from_cookie && !incoming.call.from_own_page && !for_visitors) {
    if (!for_anyone) return answer.fail({403, "This request did not come from a page of this server."});
    token.reset();  // as anybody else
  }
  if (!token) {
    if (!for_anyone) return answer.fail(sign_in_needed());
    return admit(endpoint, std::move(incoming), std::move(answer));
  }
  parts_.callers.caller_of(
      token->text, [this, endpoint, for_anyone, incoming = std::move(incoming),
                    answer = std::move(answer)](expected<std::shared_ptr<const Caller>, ApiError> caller) mutable {
        if (!caller) return answer.fail(caller.error());
        if (*caller) {
          std::string source = std::move(incoming.call.caller.source);
          incoming.call.caller = **caller;
          if ((*caller)->restricted && !declared_[endpoint].endpoint.access.for_restricted()) {
            // What is for anyone is for them, too, as if they were not signed in.
            if (!for_anyone) return answer.fail(second_factor_needed());
            incoming.call.caller = Caller{};
          }
          incoming.call.caller.source = std::move(source);
        } else if (!for_anyone) {
          return answer.fail(sign_in_needed());
        }
        admit(endpoint, std::move(incoming), std::move(answer));
      });
}

/// The one place where rights are decided. Every way that is not an explicit yes ends in a refusal.
void Registry::admit(std::size_t endpoint, Incoming incoming, AnswerBase answer) {
  const Endpoint& declared = declared_[endpoint].endpoint;
  const Access& access = declared.access;
  const Caller& caller = incoming.call.caller;
  if (parts_.rates != nullptr) {
    const std::string who = caller.kind == CallerKind::nobody ? caller.source : caller.user_id + caller.client_id;
    if (const auto error = parts_.rates->take(who, declared.rate, io::steady_now())) return answer.fail(*error);
  }
  const bool is_person = caller.kind == CallerKind::user;
  const bool is_program = caller.kind == CallerKind::application;
  switch (access.kind()) {
    case Access::Kind::anyone:
      return invoke_[endpoint](std::move(incoming), std::move(answer));
    case Access::Kind::guest:
      if (caller.kind == CallerKind::guest || is_person ||
          (is_program && caller.scopes.reach(access.scope()) != Reach::none)) {
        return invoke_[endpoint](std::move(incoming), std::move(answer));
      }
      break;
    case Access::Kind::signed_in:
      if (is_person || (is_program && caller.scopes.reach(access.scope()) != Reach::none)) {
        return invoke_[endpoint](std::move(incoming), std::move(answer));
      }
      break;
    case Access::Kind::permission:
      if (caller.may(access.needed(), access.scope())) {
        return invoke_[endpoint](std::move(incoming), std::move(answer));
      }
      break;
    case Access::Kind::owner:
      if (is_person || (is_program && caller.scopes.reach(access.scope()) != Reach::none)) {
        return check_owner(endpoint, std::move(incoming), std::move(answer));
      }
      break;
  }
  answer.fail(refused(caller, access));
}

void Registry::check_owner(std::size_t endpoint, Incoming incoming, AnswerBase answer) {
  const Access& access = declared_[endpoint].endpoint.access;
  const auto owner = table_->owners.find(access.parameter());
  SEALHALL_CHECK(owner != table_->owners.end());  // an area forgot its resolver
  const auto parameter =
      std::ranges::find(incoming.path, access.parameter(), [](const Parameter& p) { return std::string_view{p.name}; });
  // A copy: the resolver may keep the reference while the call is moved into its callback.
  const auto caller = std::make_shared<const Caller>(incoming.call.caller);
  std::string value = parameter->value;
  owner->second.resolver(*caller, std::move(value),
                         [this, endpoint, caller, &missing = owner->second.missing, incoming = std::move(incoming),
                          answer = std::move(answer)](expected<std::optional<Subject>, ApiError> subject) mutable {
                           if (!subject) return answer.fail(subject.error());
                           const Access& a = declared_[endpoint].endpoint.access;
                           const bool allowed = *subject && (*subject)->account_id == caller->account_id &&
                                                (is_owner(*caller, **subject, a) || caller->may(a.needed(), a.scope()));
                           if (!allowed) return answer.fail(missing);
                           found(endpoint, std::move(incoming), std::move(**subject), std::move(answer));
                         });
}

void Registry::found(std::size_t endpoint, Incoming incoming, Subject subject, AnswerBase answer) {
  const Access& access = declared_[endpoint].endpoint.access;
  auto& owner = table_->owners.find(access.parameter())->second;
  const bool guarded =
      owner.guard && owner.guarded == access.needed() && !is_owner(incoming.call.caller, subject, access);
  if (!guarded) {
    incoming.call.subject = std::move(subject);
    return invoke_[endpoint](std::move(incoming), std::move(answer));
  }
  const auto caller = std::make_shared<const Caller>(incoming.call.caller);
  const auto whom = std::make_shared<Subject>(std::move(subject));
  owner.guard(*caller, *whom,
              [this, endpoint, caller, whom, incoming = std::move(incoming),
               answer = std::move(answer)](expected<void, ApiError> may) mutable {
                if (!may) return answer.fail(may.error());
                incoming.call.subject = std::move(*whom);
                invoke_[endpoint](std::move(incoming), std::move(answer));
              });
}

bool Registry::Incoming::fill(CallBase& into, void* query, void* body, AnswerBase& answer) {
  const auto problem = [&]() -> std::optional<ApiError> {
    const bool form = declared->endpoint.body == BodyKind::form;
    std::vector<Parameter> parameters = path;
    if (declared->query != nullptr || form) {
      auto in_query = parse_parameters(call.http.query());
      if (!in_query) return in_query.error();
      std::ranges::move(*in_query, std::back_inserter(parameters));
    }
    if (declared->query != nullptr) {
      if (auto read = read_parameters(parameters, *declared->query, query); !read) return read.error();
      if (declared->is_table() &&
          std::ranges::any_of(parameters, [](const Parameter& p) { return p.name == "format" && p.value == "csv"; })) {
        answer.as_csv();
      }
    }
    if (declared->request == nullptr) return std::nullopt;
    const std::string_view text = call.http.body;
    if (form && !text.starts_with('{')) {
      auto in_body = parse_parameters(text);
      if (!in_body) return in_body.error();
      std::ranges::move(parameters, std::back_inserter(*in_body));
      if (auto read = read_parameters(*in_body, *declared->request, body); !read) return read.error();
    } else if (auto read = read_json(text.empty() ? "{}" : text, *declared->request, body); !read) {
      return read.error();
    }
    return std::nullopt;
  }();
  if (problem) {
    answer.fail(*problem);
    return false;
  }
  into = std::move(call);
  return true;
}

}  // namespace sealhall::api
