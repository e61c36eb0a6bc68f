// Requests to an S3 server: signed (AWS Signature Version 4), asked again when it is busy, errors as ours.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/curl/curl.h"
#include "io/net/timer.h"
#include "store/error.h"

namespace sealhall::store {

/// Where blobs are kept. The bucket is part of the path, not of the host's name.
struct S3Place {
  std::string endpoint;  ///< "https://s3.example.org:9000"; http:// also, for a server on this machine or network
  std::string bucket;
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
  std::string prefix = {};   ///< in front of every name: several installations in one bucket
  std::string ca_file = {};  ///< PEM of authorities; empty: the system's
};

/// How long a server that is away or busy is asked again.
struct S3Patience {
  int tries = 4;
  Duration first_wait = std::chrono::milliseconds{200};  ///< then twice as long each time
  Duration timeout = std::chrono::seconds{60};           ///< of one try
};

struct S3Request {
  std::string method = "GET";
  std::string key = {};    ///< without the prefix; empty: the bucket itself
  std::string query = {};  ///< sorted by name and encoded, each name with '='
  std::string range = {};  ///< "bytes=0-9"
  Bytes body = {};
  std::size_t max_response = 1U << 20;
  bool once = false;  ///< not asked again when the first may have been done already
};

struct S3Failure {
  StoreError error = StoreError::failed;
  bool maybe_done = false;  ///< a try got no answer: the server may have done it
  int status = 0;
  std::string code = {};  ///< "NoSuchBucket"
};

/// Callbacks come on the loop's thread, never before the call has returned, none after the object is gone.
class S3Client {
 public:
  using Answer = std::move_only_function<void(expected<io::HttpFetched, S3Failure>)>;

  S3Client(io::Loop& loop, S3Place place, S3Patience patience)
      : loop_(loop), place_(std::move(place)), patience_(patience), curl_(loop) {}
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  void ask(S3Request request, Answer answer);
  [[nodiscard]] const std::string& prefix() const noexcept { return place_.prefix; }

 private:
  struct Attempt {
    explicit Attempt(io::Loop& loop) : wait(loop) {}
    S3Request request;
    Answer answer;
    int tried = 0;
    bool maybe_done = false;
    io::Timer wait;
  };
  using Place = std::list<Attempt>::iterator;
  void try_now(Place attempt);
  void answered(Place attempt, expected<io::HttpFetched, io::FetchError> result);
  void end(Place attempt, expected<io::HttpFetched, S3Failure> result);

  io::Loop& loop_;
  S3Place place_;
  S3Patience patience_;
  std::list<Attempt> attempts_;
  io::Curl curl_;  ///< the last member: it calls nothing back when the others go
};

/// What is wrong with `place`, as a sentence that names the setting; "" when it can be tried.
std::string problem_of(const S3Place& place);

}  // namespace sealhall::store
