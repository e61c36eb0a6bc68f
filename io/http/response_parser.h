// Reads HTTP/1.1 responses out of a byte stream (RFC 9112), for our own small client. Sans-IO; Beast's parser inside.
#pragma once

#include <cstddef>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "io/http/message.h"

namespace sealhall::io {

enum class HttpResponseError : std::uint8_t {
  malformed,  ///< not HTTP
  too_large,  ///< headers over 64 KiB or body over the limit
  truncated,  ///< the stream ended inside the response
};

class HttpResponseParser {
 public:
  /// `head_request`: the answer has no body whatever its headers say. `body_limit` in bytes.
  explicit HttpResponseParser(bool head_request = false, std::size_t body_limit = 16U << 20);
  ~HttpResponseParser();
  HttpResponseParser(HttpResponseParser&&) noexcept;
  HttpResponseParser& operator=(HttpResponseParser&&) noexcept;

  struct Progress {
    bool done;
    std::size_t consumed;
  };
  /// Interim 1xx answers other than 101 are skipped.
  expected<Progress, HttpResponseError> feed(ByteView data);
  /// The stream has ended in good order; true when that completes the response.
  expected<void, HttpResponseError> end();
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] HttpResponse& response() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sealhall::io
