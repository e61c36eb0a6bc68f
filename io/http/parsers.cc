// The one translation unit that includes Beast: its message parser, and nothing else of it.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>

#include "core/base/check.h"
#include "io/http/request_parser.h"
#include "io/http/response_parser.h"

namespace sealhall::io {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::size_t response_header_limit = 64U << 10;

// Bytes that a structure (header, chunk size line) needs whole. Empty between structures.
class Pending {
 public:
  /// What to parse: the bytes that were kept, and `data`.
  ByteView with(ByteView data) {
    if (kept_.empty()) return data;
    append(kept_, data);
    return kept_;
  }
  /// Keeps the last `size` bytes of `view`, which is the last result of `with`.
  void keep(ByteView view, std::size_t size) {
    if (size == 0) {
      kept_ = {};
    } else if (kept_.empty()) {
      kept_.assign(view.end() - static_cast<std::ptrdiff_t>(size), view.end());
    } else {
      kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(size));
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

 private:
  Bytes kept_;
};

bool is_token_character(char c) noexcept {
  // RFC 9110 section 5.6.2
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool method_is_spoken(std::string_view method) noexcept {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (method == known) return true;
  }
  return false;
}

std::string_view view_of(string_view text) noexcept { return {text.data(), text.size()}; }

// Which of our errors a callback meant: Beast carries only its own through.
class RequestBase : public beast_http::basic_parser<true> {
 public:
  HttpRequest request;
  std::optional<HttpError> error;
  bool header_complete = false;
  bool keep = false;
  bool upgrade_wanted = false;
  std::size_t limit = 64U << 10;

 private:
  void refuse(HttpError why, error_code& ec) {
    error = why;
    ec = beast_http::error::bad_value;
  }

  void on_request_impl(beast_http::verb, string_view method, string_view target, int version, error_code& ec) override {
    if (target.size() > http_request_line_limit) return refuse(HttpError::uri_too_long, ec);
    if (!method_is_spoken(view_of(method))) return refuse(HttpError::not_implemented, ec);
    request.method = view_of(method);
    request.target = view_of(target);
    request.http_1_0 = version == 10;
    // RFC 9112 section 3.2.2: a server takes the absolute form as well.
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (request.target.starts_with(scheme)) {
        const std::size_t slash = request.target.find('/', scheme.size());
        request.target = slash == std::string::npos ? "/" : request.target.substr(slash);
        break;
      }
    }
    const bool asterisk = request.target == "*" && request.method == "OPTIONS";
    if (!request.target.starts_with('/') && !asterisk) return refuse(HttpError::bad_request, ec);
  }

  void on_field_impl(beast_http::field, string_view name, string_view value, error_code& ec) override {
    // Trailer fields are not merged into the header (RFC 9110 section 6.5.1): they could change what was already
    // decided.
    if (header_complete) return;
    if (request.headers.size() >= http_header_lines_limit) return refuse(HttpError::headers_too_large, ec);
    request.headers.add(std::string{view_of(name)}, std::string{view_of(value)});
  }

  void on_header_impl(error_code& ec) override {
    header_complete = true;
    keep = keep_alive();
    const HttpHeaders& headers = request.headers;
    // RFC 9112 section 3.2: exactly one Host in HTTP/1.1.
    if (headers.count("Host") > 1 || (!request.http_1_0 && headers.count("Host") != 1))
      return refuse(HttpError::bad_request, ec);
    const auto coding = headers.find("Transfer-Encoding");
    if (coding) {
      if (request.http_1_0) return refuse(HttpError::bad_request, ec);  // RFC 9112 section 6.1
      if (!chunked() || headers.count("Transfer-Encoding") != 1 || coding->find(',') != std::string_view::npos) {
        return refuse(HttpError::not_implemented, ec);
      }
    }
    // One length, written once (RFC 9112 section 6.3 would allow a repeated one).
    if (headers.count("Content-Length") > 1 ||
        (headers.find("Content-Length") && headers.find("Content-Length")->find(',') != std::string_view::npos)) {
      return refuse(HttpError::bad_request, ec);
    }
    // A request that names neither has no content (RFC 9112 section 6.3). Clients put a Content-Type into every GET and
    // DELETE; where content was meant, its length was forgotten.
    const bool for_content = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (for_content && headers.find("Content-Type") && !coding && !content_length()) {
      return refuse(HttpError::length_required, ec);
    }
    if (const auto expect = headers.find("Expect"); expect && !headers.has_token("Expect", "100-continue")) {
      return refuse(HttpError::expectation_failed, ec);
    }
    upgrade_wanted = upgrade() && headers.find("Upgrade").has_value() && !request.http_1_0;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 64U << 10)));
  }
  std::size_t on_body_impl(string_view body, error_code& ec) override {
    if (body.size() > limit - std::min(limit, request.body.size())) {
      refuse(HttpError::content_too_large, ec);
      return 0;
    }
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) override {
    if (size > limit - std::min(limit, request.body.size())) refuse(HttpError::content_too_large, ec);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}
};

}  // namespace

struct HttpRequestParser::Impl {
  RequestBase parser;
  Pending pending;
  std::size_t empty_lines = 0;
  std::size_t header_size = 0;
  bool started = false;
  bool header_told = false;

  // Before the header is whole, garbage is recognised by its first bytes instead of being waited for.
  [[nodiscard]] std::optional<HttpError> look_at_start(ByteView view) const {
    const std::string_view text = as_text(view);
    const std::size_t space = text.find(' ');
    const std::string_view method = text.substr(0, std::min(space, text.size()));
    if (!std::ranges::all_of(method, is_token_character)) return HttpError::bad_request;
    if (method.size() > 32) return HttpError::not_implemented;
    if (text.size() > http_request_line_limit &&
        text.substr(0, http_request_line_limit).find("\r\n") == std::string_view::npos) {
      return HttpError::uri_too_long;
    }
    return std::nullopt;
  }

  [[nodiscard]] HttpError translate(const error_code& ec, ByteView view) const {
    if (parser.error) return *parser.error;
    if (ec == beast_http::error::header_limit) {
      return header_size > 0 ? HttpError::headers_too_large
                             : look_at_start(view).value_or(HttpError::headers_too_large);
    }
    if (ec == beast_http::error::body_limit) return HttpError::content_too_large;
    if (ec == beast_http::error::bad_version) {
      const std::string_view text = as_text(view);
      const std::string_view line = text.substr(0, std::min(text.find("\r\n"), text.size()));
      const std::size_t at = line.rfind(" HTTP/");
      // "HTTP/2.0" is a version that we do not speak, "HTTP/x" is not HTTP.
      if (at != std::string_view::npos && line.size() == at + 9 && line[at + 6] >= '0' && line[at + 6] <= '9' &&
          line[at + 7] == '.' && line[at + 8] >= '0' && line[at + 8] <= '9') {
        return HttpError::version_not_supported;
      }
    }
    return HttpError::bad_request;
  }
};

HttpRequestParser::HttpRequestParser() : impl_(std::make_unique<Impl>()) {
  impl_->parser.header_limit(static_cast<std::uint32_t>(http_header_limit));
  // Our own limits are exact; Beast's counts chunk sizes against a number that it changes.
  impl_->parser.body_limit(boost::none);
}
HttpRequestParser::~HttpRequestParser() = default;
HttpRequestParser::HttpRequestParser(HttpRequestParser&&) noexcept = default;
HttpRequestParser& HttpRequestParser::operator=(HttpRequestParser&&) noexcept = default;

expected<HttpRequestParser::Progress, HttpError> HttpRequestParser::feed(ByteView data) {
  Impl& i = *impl_;
  ByteView fresh = data;
  if (!i.started) {
    // RFC 9112 section 2.2: empty lines before a request are skipped, a few.
    while (!fresh.empty() && (fresh[0] == '\r' || fresh[0] == '\n')) {
      if (++i.empty_lines > 4) return unexpected(HttpError::bad_request);
      fresh = fresh.subspan(1);
    }
    if (fresh.empty()) return Progress{Step::need_more, data.size()};
    i.started = true;
  }
  // An announced length is refused before any of it arrives.
  if (i.header_told && i.parser.content_length().value_or(0) > i.parser.limit)
    return unexpected(HttpError::content_too_large);
  ByteView view = i.pending.with(fresh);
  std::size_t at = 0;
  while (true) {
    const ByteView rest = view.subspan(at);
    if (i.parser.is_done()) {
      i.pending.keep(view, 0);
      return Progress{Step::done, data.size() - rest.size()};
    }
    error_code ec;
    std::size_t used = 0;
    if (!rest.empty()) {
      used = i.parser.put(boost::asio::const_buffer{rest.data(), rest.size()}, ec);
    } else {
      ec = beast_http::error::need_more;
    }
    at += used;
    if (!i.header_told) i.header_size += used;  // Beast takes line by line and does not add them up
    if (i.header_size > http_header_limit) return unexpected(HttpError::headers_too_large);
    if (ec == beast_http::error::need_more) {
      const ByteView left = view.subspan(at);
      if (!i.parser.is_header_done()) {
        if (i.header_size == 0) {
          if (const auto error = i.look_at_start(left)) return unexpected(*error);
        }
        if (i.header_size + left.size() > http_header_limit) return unexpected(HttpError::headers_too_large);
      } else if (left.size() > http_header_limit) {
        return unexpected(HttpError::headers_too_large);  // a chunk size line or a trailer without an end
      }
      i.pending.keep(view, left.size());
      return Progress{Step::need_more, data.size()};
    }
    if (ec) return unexpected(i.translate(ec, view));
    if (i.parser.is_header_done() && !i.header_told) {
      i.header_told = true;
      const std::size_t left = view.size() - at;
      // The header may have been kept from before, but what follows it is always a part of `data`.
      i.pending.keep(view, 0);
      return Progress{Step::header_ready, data.size() - left};
    }
    if (used == 0 && !i.parser.is_done()) {
      // Cannot be: Beast neither moved nor complained. Waiting for ever would be worse.
      return unexpected(HttpError::bad_request);
    }
  }
}

void HttpRequestParser::set_body_limit(std::size_t bytes) { impl_->parser.limit = bytes; }
bool HttpRequestParser::started() const noexcept { return impl_->started; }
bool HttpRequestParser::expects_continue() const noexcept {
  return !impl_->parser.request.http_1_0 && impl_->parser.request.headers.has_token("Expect", "100-continue");
}
bool HttpRequestParser::keep_alive() const noexcept { return impl_->parser.keep; }
bool HttpRequestParser::is_upgrade() const noexcept { return impl_->parser.upgrade_wanted; }
HttpRequest& HttpRequestParser::request() noexcept { return impl_->parser.request; }

namespace {

class ResponseBase : public beast_http::basic_parser<false> {
 public:
  HttpResponse response;
  bool header_complete = false;
  bool too_large = false;
  bool keep = false;
  std::size_t limit = 0;

 private:
  void on_response_impl(int status, string_view, int, error_code&) override { response.status = status; }
  void on_field_impl(beast_http::field, string_view name, string_view value, error_code& ec) override {
    if (header_complete) return;
    if (response.headers.size() >= 256) {
      too_large = true;
      ec = beast_http::error::header_limit;
      return;
    }
    response.headers.add(std::string{view_of(name)}, std::string{view_of(value)});
  }
  void on_header_impl(error_code&) override {
    header_complete = true;
    keep = keep_alive();
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override {
    if (length && *length > limit) {
      too_large = true;
      ec = beast_http::error::body_limit;
    }
  }
  std::size_t on_body_impl(string_view body, error_code& ec) override {
    if (body.size() > limit - std::min(limit, response.body.size())) {
      too_large = true;
      ec = beast_http::error::body_limit;
      return 0;
    }
    response.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(error_code&) override {}
  void on_request_impl(beast_http::verb, string_view, string_view, int, error_code&) override {}
};

}  // namespace

struct HttpResponseParser::Impl {
  std::unique_ptr<ResponseBase> parser;
  Pending pending;
  bool head = false;
  std::size_t limit = 0;
  std::size_t interim = 0;

  void reset() {
    parser = std::make_unique<ResponseBase>();
    parser->header_limit(static_cast<std::uint32_t>(response_header_limit));
    parser->body_limit(boost::none);
    parser->limit = limit;
    if (head) parser->skip(true);
  }
};

HttpResponseParser::HttpResponseParser(bool head_request, std::size_t body_limit) : impl_(std::make_unique<Impl>()) {
  impl_->head = head_request;
  impl_->limit = body_limit;
  impl_->reset();
}
HttpResponseParser::~HttpResponseParser() = default;
HttpResponseParser::HttpResponseParser(HttpResponseParser&&) noexcept = default;
HttpResponseParser& HttpResponseParser::operator=(HttpResponseParser&&) noexcept = default;

expected<HttpResponseParser::Progress, HttpResponseError> HttpResponseParser::feed(ByteView data) {
  Impl& i = *impl_;
  const ByteView view = i.pending.with(data);
  std::size_t at = 0;
  while (true) {
    const ByteView rest = view.subspan(at);
    if (i.parser->is_done()) {
      const int status = i.parser->response.status;
      if (status >= 100 && status < 200 && status != 101) {
        if (++i.interim > 8) return unexpected(HttpResponseError::malformed);
        i.reset();
        continue;
      }
      i.pending.keep(view, 0);
      return Progress{true, data.size() - rest.size()};
    }
    error_code ec;
    std::size_t used = 0;
    if (!rest.empty()) {
      used = i.parser->put(boost::asio::const_buffer{rest.data(), rest.size()}, ec);
    } else {
      ec = beast_http::error::need_more;
    }
    at += used;
    if (ec == beast_http::error::need_more) {
      const std::size_t left = view.size() - at;
      if (left > response_header_limit) return unexpected(HttpResponseError::too_large);
      i.pending.keep(view, left);
      return Progress{false, data.size()};
    }
    if (ec) {
      const bool size = i.parser->too_large || ec == beast_http::error::header_limit;
      return unexpected(size ? HttpResponseError::too_large : HttpResponseError::malformed);
    }
    if (used == 0 && !i.parser->is_done() && !i.parser->is_header_done())
      return unexpected(HttpResponseError::malformed);
  }
}

expected<void, HttpResponseError> HttpResponseParser::end() {
  if (!impl_->parser->got_some() || impl_->pending.size() > 0) return unexpected(HttpResponseError::truncated);
  error_code ec;
  impl_->parser->put_eof(ec);
  if (ec) return unexpected(HttpResponseError::truncated);
  return {};
}

bool HttpResponseParser::keep_alive() const noexcept { return impl_->parser->keep; }
HttpResponse& HttpResponseParser::response() noexcept { return impl_->parser->response; }

}  // namespace sealhall::io
