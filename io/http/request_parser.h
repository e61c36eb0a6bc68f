// Reads HTTP/1.0 and 1.1 requests out of a byte stream (RFC 9112). Sans-IO; Beast's parser inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "io/http/message.h"

namespace sealhall::io {

/// What is wrong with a request; the number is the status of the answer.
enum class HttpError : std::uint16_t {
  bad_request = 400,         ///< not HTTP, or ambiguous about its length (RFC 9112 section 6.3)
  length_required = 411,     ///< a POST, PUT or PATCH that announces content but neither Content-Length nor chunked
  content_too_large = 413,   ///< more than the route's body limit
  uri_too_long = 414,        ///< request line over the limit
  expectation_failed = 417,  ///< Expect other than 100-continue
  headers_too_large = 431,   ///< field lines over the limit, or too many of them
  not_implemented = 501,     ///< method or transfer coding that we do not speak
  version_not_supported = 505,
};

inline constexpr std::size_t http_request_line_limit = 8U << 10;  ///< larger costs memory a slow client can hold
inline constexpr std::size_t http_header_limit = 16U << 10;       ///< request line and field lines together
inline constexpr std::size_t http_header_lines_limit = 100;

class HttpRequestParser {
 public:
  HttpRequestParser();
  ~HttpRequestParser();
  HttpRequestParser(HttpRequestParser&&) noexcept;
  HttpRequestParser& operator=(HttpRequestParser&&) noexcept;

  enum class Step : std::uint8_t {
    need_more,     ///< all input was taken
    header_ready,  ///< `request()` has its line and headers: set the body limit, then call `feed` with the rest
    done,          ///< the request is whole; what was not consumed belongs to the next one
  };
  struct Progress {
    Step step;
    std::size_t consumed;  ///< bytes of the input that were taken
  };
  /// Takes bytes. After an error or `done` the parser must be replaced before more is fed.
  expected<Progress, HttpError> feed(ByteView data);

  /// Default 64 KiB. Checked against Content-Length at once and against chunked content as it arrives.
  void set_body_limit(std::size_t bytes);
  [[nodiscard]] bool started() const noexcept;           ///< a byte of a request line has come
  [[nodiscard]] bool expects_continue() const noexcept;  ///< RFC 9110 section 10.1.1
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] bool is_upgrade() const noexcept;
  [[nodiscard]] HttpRequest& request() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sealhall::io
