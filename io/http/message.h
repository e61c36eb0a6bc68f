// HTTP requests and responses as values (RFC 9110).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "io/log/json_text.h"
#include "io/net/endpoint.h"

namespace sealhall::io {

/// Field lines in order; names are compared without case.
class HttpHeaders {
 public:
  void add(std::string name, std::string value) { lines_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every line of that name.
  void set(std::string_view name, std::string value);
  /// The first value, or nullopt.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// How many lines have that name.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Whether the comma-separated values of `name` contain `token`, without case (RFC 9110 section 5.6.1).
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;
  [[nodiscard]] auto begin() const noexcept { return lines_.begin(); }
  [[nodiscard]] auto end() const noexcept { return lines_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

/// A request as it came in. `path` is percent-decoded only where `decode` functions are called: routing happens on the
/// raw text.
struct HttpRequest {
  std::string method;  ///< "GET", .. as sent
  std::string target;  ///< origin-form: "/v2/users?page=2"
  HttpHeaders headers;
  std::string body;
  bool http_1_0 = false;
  Endpoint peer;

  [[nodiscard]] std::string_view path() const noexcept;   ///< target before '?'
  [[nodiscard]] std::string_view query() const noexcept;  ///< target after '?', maybe empty
  /// The decoded value of the first `name=` in the query; nullopt when absent or badly encoded.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
  /// The token of "Authorization: Bearer x" (RFC 6750 section 2.1); nullopt when absent.
  [[nodiscard]] std::optional<std::string_view> bearer_token() const noexcept;
};

/// Content that is not held whole: it is asked for piece by piece, as fast as the peer takes it.
class HttpSource {
 public:
  virtual ~HttpSource() = default;
  /// Called again after `piece`, until as many bytes have come as were promised. `piece` may be called at once or
  /// later, on the loop's thread; an empty piece means that it cannot go on: the connection is cut. A piece of some 256
  /// KiB is a good size. Destroyed early when the peer has gone.
  virtual void next(std::move_only_function<void(Bytes)> piece) = 0;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  ///< Content-Length, Date, Connection and the security headers are added by the server
  std::string body;
  std::shared_ptr<HttpSource> source = nullptr;  ///< instead of `body`
  std::uint64_t source_size = 0;                 ///< bytes that `source` will give

  static HttpResponse json(int status, std::string body);
  static HttpResponse text(int status, std::string body);
  static HttpResponse empty(int status);  ///< 204, 304, ..
  /// `{"code":status,"message":message,"errors":[]}`, the shape of every error of the API.
  static HttpResponse error(int status, std::string_view message);
  /// The same with an application code of its own, e.g. 1001.
  static HttpResponse error(int status, int code, std::string_view message);
};

/// "Not Found" for 404; "Unknown" for a status that has no registered phrase here.
std::string_view status_phrase(int status) noexcept;

/// Percent-decodes (RFC 3986 section 2.1), '+' stays '+'. nullopt for a broken escape or a zero byte.
std::optional<std::string> percent_decode(std::string_view text);
/// Encodes everything but unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace sealhall::io
