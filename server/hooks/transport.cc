#include "server/hooks/transport.h"

namespace sealhall::hooks {
namespace {

std::string_view word_for(io::FetchErrorKind kind) noexcept {
  switch (kind) {
    case io::FetchErrorKind::bad_url:
      return "bad address";
    case io::FetchErrorKind::not_allowed:
      return "the address is in a private network";
    case io::FetchErrorKind::unreachable:
      return "unreachable";
    case io::FetchErrorKind::timeout:
      return "timeout";
    case io::FetchErrorKind::untrusted:
      return "the certificate is not trusted";
    case io::FetchErrorKind::too_large:
      return "the answer is too long";
    case io::FetchErrorKind::refused:
    case io::FetchErrorKind::stopped:
    case io::FetchErrorKind::failed:
      break;
  }
  return "failed";
}

}  // namespace

void CurlTransport::send(HookRequest request, std::move_only_function<void(HookAnswer)> done) {
  io::HttpFetch fetch;
  fetch.method = std::move(request.method);
  fetch.url = std::move(request.url);
  fetch.headers = std::move(request.headers);
  fetch.body.assign(request.body.begin(), request.body.end());
  fetch.timeout = patience_;
  fetch.connect_timeout = patience_;
  fetch.max_response = 64U << 10;
  fetch.ca_file = ca_file_;
  fetch.allow_clear_text = reachable_ == Reachable::anything;
  fetch.reach = reachable_ == Reachable::anything ? io::Reach::anywhere : io::Reach::public_only;
  curl_.fetch(std::move(fetch), [done = std::move(done)](auto fetched) mutable {
    HookAnswer answer;
    if (fetched) {
      answer.status = fetched->status;
      answer.body.assign(fetched->body.begin(), fetched->body.end());
    } else {
      answer.failure = word_for(fetched.error().kind);
    }
    done(std::move(answer));
  });
}

}  // namespace sealhall::hooks
