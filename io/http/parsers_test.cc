#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/http/request_parser.h"
#include "io/http/response_parser.h"

using namespace sealhall;
using namespace sealhall::io;
using Step = HttpRequestParser::Step;

namespace {

struct Outcome {
  std::optional<HttpError> error;
  HttpRequest request;
  bool done = false;
  std::size_t consumed = 0;
  bool keep = false;
};

Outcome parse(std::string_view text, std::size_t piece = 1U << 20, std::size_t limit = 64U << 10) {
  HttpRequestParser parser;
  Outcome out;
  std::string waiting;
  for (std::size_t at = 0; at < text.size() && !out.done; at += piece) {
    std::string_view part = text.substr(at, piece);
    while (!out.done) {
      const auto progress = parser.feed(as_bytes(part));
      if (!progress) {
        out.error = progress.error();
        return out;
      }
      out.consumed += progress->consumed;
      part.remove_prefix(progress->consumed);
      if (progress->step == Step::header_ready) {
        parser.set_body_limit(limit);
        continue;
      }
      out.done = progress->step == Step::done;
      if (!out.done) REQUIRE(part.empty());
      break;
    }
  }
  out.keep = parser.keep_alive();
  out.request = std::move(parser.request());
  return out;
}

const std::string host = "Host: a\r\n";

}  // namespace

TEST_CASE("http request: a plain GET, however it is cut") {
  const std::string text =
      "GET /v2/users?page=2&q=a%20b+c HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\nx-one: 2\r\nAuthorization: Bearer "
      "abc\r\n\r\nNEXT";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 50U, 1000U}) {
    CAPTURE(piece);
    const Outcome out = parse(text, piece);
    CHECK_FALSE(out.error);
    REQUIRE(out.done);
    CHECK(out.consumed == text.size() - 4);
    CHECK(out.request.method == "GET");
    CHECK(out.request.path() == "/v2/users");
    CHECK(out.request.query_value("page") == "2");
    CHECK(out.request.query_value("q") == "a b c");
    CHECK_FALSE(out.request.query_value("none"));
    CHECK(out.request.headers.count("X-ONE") == 2);
    CHECK(out.request.bearer_token() == "abc");
    CHECK(out.keep);
  }
}

TEST_CASE("http request: bodies by length and by chunks, however they are cut, and what follows is left") {
  const std::string by_length = "POST / HTTP/1.1\r\n" + host + "Content-Length: 11\r\n\r\nhello world";
  const std::string by_chunks = "POST / HTTP/1.1\r\n" + host +
                                "Transfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n6\r\n world\r\n0\r\nHost: "
                                "evil\r\nConnection: close\r\n\r\n";
  for (const std::string& text : {by_length, by_chunks}) {
    for (const std::size_t piece : {1U, 2U, 5U, 13U, 1000U}) {
      CAPTURE(piece);
      const Outcome out = parse(text + "GET", piece);
      REQUIRE(out.done);
      CHECK(out.request.body == "hello world");
      CHECK(out.consumed == text.size());
      CHECK(out.request.headers.find("Host") == "a");  // trailers are not merged
      CHECK(out.keep);
    }
  }
}

TEST_CASE("http request: every wrong one has its own answer") {
  struct Case {
    std::string text;
    HttpError error;
  };
  const std::vector<Case> cases{
      {"\x16\x03\x01", HttpError::bad_request},
      {"GET\r\n\r\n", HttpError::bad_request},
      {"GET / HTTP/1.1\r\n\r\n", HttpError::bad_request},  // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HttpError::bad_request},
      {"GET relative HTTP/1.1\r\n" + host + "\r\n", HttpError::bad_request},
      {"GET / HTTP/1.1\r\n" + host + "Bad Name: x\r\n\r\n", HttpError::bad_request},
      {"GET / HTTP/1.1\r\n" + host + "Name : x\r\n\r\n", HttpError::bad_request},  // RFC 9112 section 5.1
      {"GET / FOO/1.1\r\n" + host + "\r\n", HttpError::bad_request},
      {"GET / HTTP/2.0\r\n" + host + "\r\n", HttpError::version_not_supported},
      {"GET / HTTP/0.9\r\n\r\n", HttpError::version_not_supported},
      {"BREW / HTTP/1.1\r\n" + host + "\r\n", HttpError::not_implemented},
      {"CONNECT a:1 HTTP/1.1\r\n" + host + "\r\n", HttpError::not_implemented},
      {"TRACE / HTTP/1.1\r\n" + host + "\r\n", HttpError::not_implemented},
      {std::string(40, 'A'), HttpError::not_implemented},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", HttpError::not_implemented},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", HttpError::not_implemented},
      {"POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", HttpError::bad_request},
      // The ways to smuggle one request inside another.
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
       HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3, 3\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: +3\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
       HttpError::bad_request},
      {"POST / HTTP/1.1\r\n" + host + "Content-Type: text/plain\r\n\r\n", HttpError::length_required},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nExpect: the-unexpected\r\n\r\n",
       HttpError::expectation_failed},
      {"GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", HttpError::uri_too_long},
      {"GET /" + std::string(20000, 'a'), HttpError::uri_too_long},
      {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(17000, 'a') + "\r\n\r\n", HttpError::headers_too_large},
      {"GET / HTTP/1.1\r\n" + host + "X: " + std::string(17000, 'a'), HttpError::headers_too_large},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 65537\r\n\r\n", HttpError::content_too_large},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
       HttpError::content_too_large},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(20000, 'x'),
       HttpError::headers_too_large},
      {"\r\n\r\n\r\nGET / HTTP/1.1\r\n", HttpError::bad_request},
  };
  for (const Case& c : cases) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1}}) {
      CAPTURE(c.text.substr(0, 80));
      CAPTURE(piece);
      const Outcome out = parse(c.text, piece);
      REQUIRE(out.error);
      CHECK(static_cast<int>(*out.error) == static_cast<int>(c.error));
    }
  }
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 120; ++i) many += "a: b\r\n";
  CHECK(parse(many + "\r\n").error == HttpError::headers_too_large);
}

TEST_CASE("http request: the body limit counts what arrives, not what was announced") {
  std::string text = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) text += "4\r\nabcd\r\n";
  text += "0\r\n\r\n";
  CHECK(parse(text, 1U << 20, 20).request.body.size() == 20);
  CHECK(parse(text, 3, 19).error == HttpError::content_too_large);
  CHECK(parse("POST / HTTP/1.1\r\n" + host + "Content-Length: 20\r\n\r\n12345678901234567890", 3, 20).done);
  CHECK(parse("POST / HTTP/1.1\r\n" + host + "Content-Length: 21\r\n\r\n", 3, 20).error ==
        HttpError::content_too_large);
}

TEST_CASE("http request: what is allowed though unusual") {
  for (const char* method : {"GET", "DELETE", "HEAD"}) {
    CAPTURE(method);
    const Outcome typed =
        parse(method + std::string{" / HTTP/1.1\r\n"} + host + "Content-Type: application/json\r\n\r\n");
    REQUIRE(typed.done);
    CHECK(typed.request.body.empty());
  }
  CHECK(parse("\r\nGET / HTTP/1.1\r\n" + host + "\r\n").done);
  CHECK(parse("GET https://a.example/x?y HTTP/1.1\r\n" + host + "\r\n").request.target == "/x?y");
  CHECK(parse("GET http://a.example HTTP/1.1\r\n" + host + "\r\n").request.target == "/");
  CHECK(parse("OPTIONS * HTTP/1.1\r\n" + host + "\r\n").done);
  CHECK(parse("POST / HTTP/1.1\r\n" + host + "\r\n").done);  // no content, no length
  const Outcome old = parse("GET / HTTP/1.0\r\n\r\n");
  CHECK(old.done);
  CHECK_FALSE(old.keep);
  CHECK_FALSE(parse("GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n").keep);
}

TEST_CASE("http response: by length, by chunks, to the end of the stream, and none after HEAD or 204") {
  const auto feed = [](std::string_view text, std::size_t piece, bool head = false) {
    HttpResponseParser parser{head, 100};
    for (std::size_t at = 0; at < text.size(); at += piece) {
      const auto progress = parser.feed(as_bytes(text.substr(at, piece)));
      REQUIRE(progress);
      if (progress->done) return parser;
    }
    CHECK(parser.end());
    return parser;
  };
  for (const std::size_t piece : {1U, 3U, 1000U}) {
    CHECK(feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", piece).response().body == "hello");
    CHECK(feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: "
               "chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
               piece)
              .response()
              .status == 404);
    CHECK(feed("HTTP/1.0 200 OK\r\n\r\nhello", piece).response().body == "hello");
    CHECK(feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", piece, true).response().body.empty());
    CHECK(feed("HTTP/1.1 204 No Content\r\n\r\n", piece).response().status == 204);
    CHECK(feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", piece).response().status == 101);
  }
}

TEST_CASE("http response: too large, broken and cut off are told apart") {
  HttpResponseParser large{false, 4};
  CHECK(large.feed(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")).error() ==
        HttpResponseError::too_large);
  HttpResponseParser large_chunks{false, 4};
  CHECK(large_chunks.feed(as_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")).error() ==
        HttpResponseError::too_large);
  HttpResponseParser broken;
  CHECK(broken.feed(as_bytes("SSH-2.0-x\r\n\r\n")).error() == HttpResponseError::malformed);
  HttpResponseParser cut;
  CHECK(cut.feed(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")));
  CHECK(cut.end().error() == HttpResponseError::truncated);
  HttpResponseParser head_cut;
  CHECK(head_cut.feed(as_bytes("HTTP/1.1 200 OK\r\nConte")));
  CHECK(head_cut.end().error() == HttpResponseError::truncated);
}

TEST_CASE("percent coding: strict both ways") {
  CHECK(percent_decode("a%2Fb%20c+d") == "a/b c+d");
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%2"));
  CHECK_FALSE(percent_decode("%zz"));
  CHECK_FALSE(percent_decode("%00"));
  CHECK_FALSE(percent_decode(std::string_view{"a\0b", 3}));
  CHECK(percent_encode("a/b ä~") == "a%2Fb%20%C3%A4~");
}

TEST_CASE("headers: tokens in lists are found without case and never inside words") {
  HttpHeaders headers;
  headers.add("Connection", "keep-alive, Upgrade");
  CHECK(headers.has_token("connection", "upgrade"));
  CHECK_FALSE(headers.has_token("connection", "up"));
  headers.set("CONNECTION", "close");
  CHECK(headers.size() == 1);
}
