// Against a server of the test's own that says what the case wants; tests/store/s3_test.cc asks a real one.
#include "store/s3_blobs.h"

#include <doctest/doctest.h>

#include <fstream>

#include "io/http/server.h"
#include "io/net/tcp.h"
#include "store/blobs_suite.h"
#include "store/open_blobs.h"
#include "store/testing.h"

using namespace sealhall;
using namespace sealhall::store;
using store::testing::BlobShop;
using store::testing::Folder;

namespace {

/// Answers each request with the next of `answers` (the last one again and again); status 0 breaks the connection.
struct Server {
  io::Loop loop;
  struct Answer {
    int status = 200;
    std::string body = {};
    std::string etag = {};
  };
  std::vector<Answer> answers{{}};
  std::vector<io::HttpRequest> requests;
  std::size_t answered = 0;
  std::unique_ptr<io::HttpServer> http;
  std::unique_ptr<io::TcpListener> port;

  Server() {
    io::HttpHandlers handlers;
    handlers.on_request = [this](io::HttpRequest request, io::HttpResponder responder) {
      requests.push_back(std::move(request));
      const Answer& answer = answers[std::min(answered++, answers.size() - 1)];
      if (answer.status == 0) {
        loop.post([this, never = std::make_shared<io::HttpResponder>(std::move(responder))] {
          http = nullptr;  // every connection with it
          port = nullptr;
        });
        return;
      }
      io::HttpResponse response = io::HttpResponse::text(answer.status, answer.body);
      if (!answer.etag.empty()) response.headers.add("ETag", answer.etag);
      responder(std::move(response));
    };
    io::HttpServerLimits limits;
    limits.default_body = 64U << 20;
    http = std::make_unique<io::HttpServer>(loop, std::move(handlers), limits);
    auto listening = io::TcpListener::listen(
        loop, {"127.0.0.1", 0}, {}, [this](std::shared_ptr<io::Stream> stream) { http->serve(std::move(stream)); });
    REQUIRE(listening.has_value());
    port = std::move(*listening);
  }
  [[nodiscard]] S3Place place() const {
    return {.endpoint = "http://127.0.0.1:" + std::to_string(port->local().port),
            .bucket = "blobs",
            .access_key = "key",
            .secret_key = "secret"};
  }
};

constexpr S3Patience quick{.tries = 3, .first_wait = std::chrono::milliseconds{1}, .timeout = std::chrono::seconds{20}};

}  // namespace

TEST_CASE("S3 blobs: a server that is busy is asked again, one that stays so is unavailable") {
  Server server;
  S3Blobs blobs{server.loop, server.place(), quick};
  BlobShop shop{server.loop, blobs};
  server.answers = {{503, "<Error><Code>SlowDown</Code></Error>"}, {500}, {200}};
  CHECK(shop.put("a", {Bytes{1, 2, 3}}));
  REQUIRE(server.requests.size() == 3);
  CHECK(server.requests[2].target == "/blobs/a");
  CHECK(server.requests[2].body == "\x01\x02\x03");
  CHECK(server.requests[2].headers.find("authorization").value_or("").starts_with("AWS4-HMAC-SHA256 Credential=key/"));
  server.answers = {{503}};
  CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::unavailable);
  CHECK(shop.get("a").error() == StoreError::unavailable);
  CHECK(server.requests.size() == 9);
}

TEST_CASE("S3 blobs: what the server says becomes one of our errors") {
  Server server;
  S3Blobs blobs{server.loop, server.place(), quick};
  BlobShop shop{server.loop, blobs};
  const auto said = [&](int status, const std::string& code) {
    server.answers = {{status, "<Error><Code>" + code + "</Code></Error>"}};
    return shop.get("a").error();
  };
  CHECK(said(404, "NoSuchKey") == StoreError::not_found);
  CHECK(said(404, "NoSuchBucket") == StoreError::failed);
  CHECK(said(403, "SignatureDoesNotMatch") == StoreError::denied);
  CHECK(said(403, "QuotaExceeded") == StoreError::full);
  CHECK(said(507, "") == StoreError::full);
  CHECK(said(400, "InvalidArgument") == StoreError::failed);
  CHECK(said(301, "PermanentRedirect") == StoreError::failed);
  server.answers = {{200, "<html>a portal</html>"}};
  CHECK(shop.ask<std::vector<BlobInfo>>([&](auto done) { blobs.list("", "", 5, std::move(done)); }).error() ==
        StoreError::failed);
  // A server that does not know ranges gives everything.
  server.answers = {{200, "0123456789"}};
  CHECK(shop.get("a", 3, 4) == Bytes{'3', '4', '5', '6'});
  CHECK(shop.get("a", 3, 100) == Bytes{'3', '4', '5', '6', '7', '8', '9'});
  CHECK(shop.put("a", {}));
}

TEST_CASE("S3 blobs: parts are put together, an answer that is an error after all takes them away") {
  Server server;
  S3Blobs blobs{server.loop, server.place(), quick};
  BlobShop shop{server.loop, blobs};
  const std::string id = "<InitiateMultipartUploadResult><UploadId>2~a/b</UploadId></InitiateMultipartUploadResult>";
  const Bytes large = store::testing::some_bytes(S3Blobs::part_size(0) + 5, 1);
  server.answers = {
      {200, id}, {200, "", "\"one\""}, {503}, {200, "", "\"two\""}, {200, "<CompleteMultipartUploadResult/>"}};
  CHECK(shop.put("big", {large}));
  REQUIRE(server.requests.size() == 5);
  CHECK(server.requests[0].target == "/blobs/big?uploads=");
  CHECK(server.requests[1].target == "/blobs/big?partNumber=1&uploadId=2~a%2Fb");
  CHECK(server.requests[1].body.size() == S3Blobs::part_size(0));
  CHECK(server.requests[3].body.size() == 5);
  CHECK(server.requests[4].body ==
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"one\"</ETag></Part>"
        "<Part><PartNumber>2</PartNumber><ETag>\"two\"</ETag></Part></CompleteMultipartUpload>");

  server.requests.clear();
  server.answered = 0;
  server.answers = {
      {200, id}, {200, "", "\"one\""}, {200, "", "\"two\""}, {200, "<Error><Code>InvalidPart</Code></Error>"}};
  CHECK_FALSE(shop.put("big", {large}).has_value());
  server.loop.run_until([&] { return server.requests.back().method == "DELETE"; }, std::chrono::seconds{20});
  CHECK(server.requests.back().target == "/blobs/big?uploadId=2~a%2Fb");

  server.requests.clear();
  server.answered = 0;
  server.answers = {{200, id}, {200, "", "</ETag><Evil>"}};
  CHECK(shop.put("big", {large}).error() == StoreError::failed);
}

TEST_CASE("S3 blobs: a server that is not there is unavailable; one that goes in the middle leaves it open") {
  Server server;
  const S3Place place = server.place();
  {
    S3Blobs blobs{server.loop, place, quick};
    BlobShop shop{server.loop, blobs};
    server.answers = {{0}};
    CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::uncertain);
    CHECK(shop.put("a", {Bytes{1}}).error() == StoreError::unavailable);
    CHECK(shop.get("a").error() == StoreError::unavailable);
  }
  CHECK(try_s3(place) == "The S3 server " + place.endpoint + " does not answer.");
}

TEST_CASE("S3 blobs: listings go on after the last name, and a server that lists for ever is left") {
  Server server;
  S3Place place = server.place();
  place.prefix = "ours/";
  S3Blobs blobs{server.loop, place, quick};
  BlobShop shop{server.loop, blobs};
  const auto page = [](const std::string& keys, bool more) {
    std::string out = "<ListBucketResult><IsTruncated>" + std::string{more ? "true" : "false"} + "</IsTruncated>";
    for (const char key : keys) out += "<Contents><Key>ours/" + std::string{key} + "</Key><Size>1</Size></Contents>";
    return out + "<Contents><Key>other/x</Key></Contents></ListBucketResult>";
  };
  server.answers = {{200, page("ab", true)}, {200, page("bc", false)}};
  CHECK(shop.list() == "a:1 b:1 c:1 ");
  CHECK(server.requests[0].target == "/blobs?list-type=2&max-keys=1000&prefix=ours%2F");
  CHECK(server.requests[1].target == "/blobs?list-type=2&max-keys=998&prefix=ours%2F&start-after=ours%2Fb");
  server.answered = 0;
  server.answers = {{200, page("ab", true)}};
  CHECK(shop.list() == "a:1 b:1 ");
}

TEST_CASE("S3 blobs: nobody is called back by one that is gone") {
  Server server;
  auto blobs = std::make_unique<S3Blobs>(server.loop, server.place(), quick);
  int called = 0;
  auto writer = blobs->put("a");
  writer->append(Bytes{1}, [&](auto) { ++called; });
  blobs->get("a", 0, 1, [&](auto) { ++called; });
  blobs->list("", "", 1, [&](auto) { ++called; });
  blobs->get("..", 0, 1, [&](auto) { ++called; });
  blobs.reset();
  writer->finish([&](auto) { ++called; });
  writer.reset();
  server.loop.run_until([] { return false; }, std::chrono::milliseconds{50});
  CHECK(called == 0);
  // Nor does it mind being destroyed in a callback.
  blobs = std::make_unique<S3Blobs>(server.loop, server.place(), quick);
  blobs->size("a", [&](auto) {
    blobs.reset();
    ++called;
  });
  server.loop.run_until([&] { return called == 1; }, std::chrono::seconds{20});
  CHECK(called == 1);
}

TEST_CASE("S3 blobs: settings that cannot be are said by their name") {
  const Folder folder;
  std::ofstream{folder.path + "/secret"} << "s3cret\nmore\n";
  BlobSettings good{.s3_endpoint = "https://s3.example.org:9000/",
                    .s3_bucket = "meet-blobs",
                    .s3_access_key = "AK",
                    .s3_secret_key = "file:" + folder.path + "/secret"};
  const auto place = s3_place(good);
  REQUIRE(place.has_value());
  REQUIRE(place->has_value());
  CHECK((*place)->endpoint == "https://s3.example.org:9000");
  CHECK((*place)->secret_key == "s3cret");
  CHECK_FALSE(s3_place(BlobSettings{})->has_value());
  const auto wrong = [&](std::string BlobSettings::* field, const std::string& value) {
    BlobSettings settings = good;
    settings.*field = value;
    const auto result = s3_place(settings);
    return result ? std::string{"good"} : result.error().substr(0, result.error().find_first_of(" :"));
  };
  CHECK(wrong(&BlobSettings::s3_endpoint, "") == "s3_endpoint");
  CHECK(wrong(&BlobSettings::s3_endpoint, "s3.example.org") == "s3_endpoint");
  CHECK(wrong(&BlobSettings::s3_endpoint, "https://s3.example.org/path") == "s3_endpoint");
  CHECK(wrong(&BlobSettings::s3_endpoint, "http://127.0.0.1:9000") == "good");
  CHECK(wrong(&BlobSettings::s3_bucket, "No") == "s3_bucket");
  CHECK(wrong(&BlobSettings::s3_region, "") == "s3_region");
  CHECK(wrong(&BlobSettings::s3_access_key, "") == "s3_access_key");
  CHECK(wrong(&BlobSettings::s3_secret_key, "written here") == "s3_secret_key");
  CHECK(wrong(&BlobSettings::s3_secret_key, "env:SEALHALL_NO_SUCH_VARIABLE") == "s3_secret_key");
  CHECK(wrong(&BlobSettings::s3_secret_key, "file:/nonexistent") == "s3_secret_key");
  CHECK(wrong(&BlobSettings::s3_prefix, "no-slash") == "s3_prefix");
  CHECK(wrong(&BlobSettings::s3_prefix, "one/two/") == "good");
  CHECK(wrong(&BlobSettings::s3_ca, "/nonexistent") == "s3_ca");
  io::Loop loop;
  CHECK(open_blobs(loop, {}, folder.path + "/blobs", UnixMicros{0}).has_value());
  CHECK(open_blobs(loop, {.s3_bucket = "x"}, folder.path + "/blobs", UnixMicros{0}).error() ==
        "s3_endpoint is missing; the other s3_ settings have no effect without it.");
}
