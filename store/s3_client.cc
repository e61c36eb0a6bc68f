// Tested in s3_blobs_test.cc
#include "store/s3_client.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/http/client.h"
#include "io/log/log.h"
#include "store/blobs.h"
#include "store/s3_answers.h"

namespace sealhall::store {
namespace {

bool worth_another_try(int status, std::string_view code) {
  return status == 500 || status == 502 || status == 503 || status == 504 || status == 429 || code == "RequestTimeout";
}

StoreError error_of(int status, std::string_view code) {
  if (code == "QuotaExceeded" || status == 507) return StoreError::full;
  if (status == 401 || status == 403) return StoreError::denied;
  if (code == "NoSuchBucket") return StoreError::failed;
  if (status == 404) return StoreError::not_found;
  if (worth_another_try(status, code)) return StoreError::unavailable;
  return StoreError::failed;
}

}  // namespace

void S3Client::ask(S3Request request, Answer answer) {
  const Place attempt = attempts_.emplace(attempts_.end(), loop_);
  attempt->request = std::move(request);
  attempt->answer = std::move(answer);
  try_now(attempt);
}

void S3Client::try_now(Place attempt) {
  const S3Request& request = attempt->request;
  ++attempt->tried;
  io::HttpFetch fetch;
  fetch.method = request.method;
  fetch.url = place_.endpoint + "/" + place_.bucket;
  if (!request.key.empty()) fetch.url += "/" + place_.prefix + request.key;
  if (!request.query.empty()) fetch.url += "?" + request.query;
  if (!request.range.empty()) fetch.headers.emplace_back("Range", request.range);
  fetch.headers.emplace_back("x-amz-content-sha256", to_hex(crypto::sha256(request.body)));
  if (request.method == "PUT" || request.method == "POST") {
    fetch.headers.emplace_back("Content-Type", "application/octet-stream");
  }
  fetch.body = request.body;
  fetch.timeout = patience_.timeout;
  fetch.max_response = request.max_response;
  fetch.ca_file = place_.ca_file;
  fetch.allow_clear_text = place_.endpoint.starts_with("http://");
  fetch.sigv4 = io::SigV4{place_.region, "s3", place_.access_key, place_.secret_key};
  curl_.fetch(std::move(fetch), [this, attempt](auto result) { answered(attempt, std::move(result)); });
}

void S3Client::answered(Place attempt, expected<io::HttpFetched, io::FetchError> result) {
  S3Failure failure;
  bool again = false;
  std::string why;
  if (result) {
    failure.status = result->status;
    // What is got from a blob is not an answer to be read.
    const bool says = result->status >= 300 || attempt->request.method == "POST";
    if (says) failure.code = read_error_code(as_text(result->body));
    if (result->status >= 200 && result->status < 300 && failure.code.empty()) return end(attempt, std::move(*result));
    // An error after a beginning of 200 (a large blob is put together meanwhile) is one of the server's.
    if (result->status == 200) failure.status = failure.code == "SlowDown" ? 503 : 500;
    // Somebody in between who does not know what became of it.
    attempt->maybe_done = attempt->maybe_done || failure.status == 502 || failure.status == 504;
    again = worth_another_try(failure.status, failure.code);
    failure.error = error_of(failure.status, failure.code);
    why = failure.code;
  } else {
    const io::FetchError& error = result.error();
    again = error.kind == io::FetchErrorKind::unreachable || error.kind == io::FetchErrorKind::timeout;
    failure.error = again ? StoreError::unavailable : StoreError::failed;
    attempt->maybe_done = attempt->maybe_done || error.sent;
    if (attempt->request.once && error.sent) again = false;
    why = error.reason;
  }
  failure.maybe_done = attempt->maybe_done;
  if (again && attempt->tried < patience_.tries) {
    attempt->wait.after(patience_.first_wait * (1 << (attempt->tried - 1)), [this, attempt] { try_now(attempt); });
    return;
  }
  if (failure.error != StoreError::not_found && failure.status != 416) {
    io::log::warning("the S3 server did not do what it was asked",
                     {{"method", attempt->request.method}, {"status", failure.status}, {"reason", why}});
  }
  end(attempt, unexpected(std::move(failure)));
}

void S3Client::end(Place attempt, expected<io::HttpFetched, S3Failure> result) {
  Answer answer = std::move(attempt->answer);
  attempts_.erase(attempt);
  answer(std::move(result));  // this object may be gone after it
}

std::string problem_of(const S3Place& place) {
  const bool clear = place.endpoint.starts_with("http://");
  const auto url = io::parse_url(clear ? "https://" + place.endpoint.substr(7) : place.endpoint);
  if (!url || url->scheme != "https" || url->target != "/" || !url->fragment.empty() || place.endpoint.ends_with('/') ||
      place.endpoint.find_first_of("?#@") != std::string::npos) {
    return "s3_endpoint must be an address without a path, like https://s3.example.org.";
  }
  const auto plain = [](std::string_view text, std::string_view more) {
    return std::ranges::all_of(text, [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || more.find(c) != std::string_view::npos;
    });
  };
  if (place.bucket.size() < 3 || place.bucket.size() > 63 || !plain(place.bucket, ".")) {
    return "s3_bucket must be the name of a bucket: 3 to 63 small letters, digits, '-' and '.'.";
  }
  if (place.region.empty() || place.region.size() > 60 || !plain(place.region, "")) {
    return "s3_region must be small letters, digits and '-', like us-east-1.";
  }
  const auto printable = [](std::string_view text) {
    return !text.empty() && text.size() <= 512 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
  };
  if (!printable(place.access_key) || place.access_key.find(':') != std::string::npos) {
    return "s3_access_key is missing or has characters that no access key has.";
  }
  if (!printable(place.secret_key)) return "s3_secret_key is missing or has characters that no secret key has.";
  if (!place.prefix.empty() &&
      !(place.prefix.ends_with('/') && is_blob_name(place.prefix.substr(0, place.prefix.size() - 1)))) {
    return "s3_prefix must end with '/' and have letters, digits, '.', '_' and '-' before it.";
  }
  return {};
}

}  // namespace sealhall::store
