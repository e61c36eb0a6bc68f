// deps: io_http
// HTTP requests, responses and addresses: however the bytes are cut, the same request comes out, within its bounds.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "io/http/client.h"
#include "io/http/request_parser.h"
#include "io/http/response_parser.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

constexpr std::size_t body_limit = 1000;

struct Outcome {
  bool done = false;
  bool failed = false;
  std::size_t consumed = 0;
  HttpRequest request;
};

Outcome parse(ByteView data, std::size_t piece) {
  HttpRequestParser parser;
  Outcome out;
  for (std::size_t at = 0; at < data.size() && !out.done; at += piece) {
    ByteView part = data.subspan(at, std::min(piece, data.size() - at));
    while (true) {
      const auto progress = parser.feed(part);
      if (!progress) {
        out.failed = true;
        return out;
      }
      SEALHALL_CHECK(progress->consumed <= part.size());
      out.consumed += progress->consumed;
      part = part.subspan(progress->consumed);
      if (progress->step == HttpRequestParser::Step::header_ready) {
        parser.set_body_limit(body_limit);
        continue;
      }
      out.done = progress->step == HttpRequestParser::Step::done;
      SEALHALL_CHECK(out.done || part.empty());
      break;
    }
  }
  out.request = std::move(parser.request());
  SEALHALL_CHECK(out.request.body.size() <= body_limit);
  SEALHALL_CHECK(out.request.headers.size() <= http_header_lines_limit);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1U + bytes[0] % 32U;
  const ByteView data{bytes + 1, size - 1};

  const Outcome whole = parse(data, data.size() + 1);
  const Outcome cut = parse(data, piece);
  if (whole.done) {
    SEALHALL_CHECK(cut.done);
    SEALHALL_CHECK(whole.consumed == cut.consumed);
    SEALHALL_CHECK(whole.request.method == cut.request.method && whole.request.target == cut.request.target);
    SEALHALL_CHECK(whole.request.body == cut.request.body &&
                   whole.request.headers.size() == cut.request.headers.size());
    static_cast<void>(whole.request.query_value("a"));
    static_cast<void>(whole.request.bearer_token());
  } else {
    SEALHALL_CHECK(!cut.done);
  }

  HttpResponseParser response{(bytes[0] & 0x80) != 0, body_limit};
  bool open = true;
  for (std::size_t at = 0; at < data.size() && open; at += piece) {
    const auto progress = response.feed(data.subspan(at, std::min(piece, data.size() - at)));
    open = progress && !progress->done;
  }
  if (open && !data.empty()) static_cast<void>(response.end());
  SEALHALL_CHECK(response.response().body.size() <= body_limit);

  if (const auto url = parse_url(as_text(data))) {
    SEALHALL_CHECK(!url->host.empty() && url->target.starts_with('/'));
    SEALHALL_CHECK(url->target.find('\n') == std::string::npos && url->host.find('\r') == std::string::npos);
  }
  return 0;
}
