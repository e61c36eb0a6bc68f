// Requests that the server itself makes: webhooks, S3, OpenID discovery (HTTP), and mail (SMTP). libcurl on one thread
// of its own; callers stay on their loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/net/loop.h"

namespace sealhall::io {

/// AWS Signature Version 4, computed by libcurl over what `headers` has and the query as it is written (sorted by the
/// caller). S3 wants `x-amz-content-sha256` among the headers; a body wants its Content-Type there.
struct SigV4 {
  std::string region;   ///< "us-east-1"
  std::string service;  ///< "s3"
  std::string access_key;
  std::string secret_key;
};

/// Where a request may go. `public_only` is for addresses that a user typed in: the connection is refused when the name
/// resolves to loopback, a private, link-local, unique-local, multicast or reserved network. Checked on the address
/// that is really connected to, so a name that changes its mind does not get around it.
enum class Reach : std::uint8_t { anywhere, public_only };

struct HttpFetch {
  std::string method = "GET";
  std::string url;  ///< https; http only with `allow_clear_text`
  std::vector<std::pair<std::string, std::string>> headers = {};
  Bytes body = {};
  Duration timeout = std::chrono::seconds{30};  ///< for the whole transfer
  Duration connect_timeout = std::chrono::seconds{10};
  std::size_t max_response = 1U << 20;  ///< bytes of the body; a longer one ends as too_large
  std::string ca_file = {};             ///< PEM of authorities to trust instead of the system's
  bool allow_clear_text = false;
  Reach reach = Reach::anywhere;
  std::optional<SigV4> sigv4 = std::nullopt;
  /// Called on the loop for each piece of the body, instead of collecting it in the answer; `max_response` still holds.
  std::function<void(ByteView)> on_body = {};
};

struct HttpFetched {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  Bytes body;
  /// The first header of that name (lower case), or "".
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

struct SmtpSend {
  std::string url;   ///< "smtps://mail.example.org:465" or "smtp://mail.example.org:587" (then STARTTLS is required)
  std::string from;  ///< the envelope's sender
  std::string to;
  std::string user = {};
  std::string password = {};
  std::string message = {};  ///< the whole message, lines end with "\r\n"
  std::string ca_file = {};
  bool allow_clear_text = false;  ///< for a relay on the same machine only
  Duration timeout = std::chrono::seconds{60};
};

enum class FetchErrorKind : std::uint8_t {
  bad_url,      ///< not a URL, or a scheme that is not allowed
  not_allowed,  ///< `public_only`, and the address is not public
  unreachable,  ///< the name does not resolve, nobody listens, the connection broke
  timeout,
  untrusted,  ///< the certificate does not verify, or TLS failed, or STARTTLS is not offered
  too_large,  ///< more than `max_response`
  refused,    ///< SMTP: the server said no; see `status`
  stopped,    ///< the `Curl` is going
  failed,     ///< anything else
};
struct FetchError {
  FetchErrorKind kind = FetchErrorKind::failed;
  int status = 0;      ///< the last SMTP reply code, when there was one
  std::string reason;  ///< libcurl's words, for the log; no credentials, maybe the host's name
  bool sent = false;   ///< some of the request went out: the server may have done what it says
};

/// HTTP and SMTP transfers, at most `max_at_once` at the same time, the others wait their turn. Redirects are never
/// followed. Callbacks come on the loop, never before the call has returned; none comes after the object is gone.
class Curl {
 public:
  explicit Curl(Loop& loop, std::size_t max_at_once = 64);
  ~Curl();
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  void fetch(HttpFetch request, std::move_only_function<void(expected<HttpFetched, FetchError>)> done);
  void send_mail(SmtpSend mail, std::move_only_function<void(expected<void, FetchError>)> done);

 private:
  class Worker;
  std::shared_ptr<Worker> worker_;
};

/// Whether `address` (numeric IPv4 or IPv6) is in a network that everybody can reach; false for what cannot be read.
/// IPv4 addresses inside IPv6 ones (mapped, 6to4, NAT64) are judged by the IPv4 address.
[[nodiscard]] bool is_public_address(std::string_view address);

}  // namespace sealhall::io
