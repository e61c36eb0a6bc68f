// Opens the place for blobs that a configuration names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/net/loop.h"
#include "store/s3_client.h"

namespace sealhall::store {

class Blobs;

/// As a person writes it down. With an endpoint blobs are in a bucket, without one in files.
struct BlobSettings {
  std::string s3_endpoint = {};
  std::string s3_bucket = {};
  std::string s3_region = "us-east-1";
  std::string s3_access_key = {};  ///< "file:PATH" and "env:NAME" say where it stands
  std::string s3_secret_key = {};  ///< only "file:PATH" or "env:NAME": it shall not be seen in a list of processes
  std::string s3_prefix = {};
  std::string s3_ca = {};
  bool operator==(const BlobSettings&) const = default;
};

/// nullopt: files. Reads the keys. The failure is a sentence for the person who runs the server; it names the setting.
expected<std::optional<S3Place>, std::string> s3_place(const BlobSettings& settings);

/// `folder` is where the files are, without S3. A server of S3 that is away is no failure: it may come back. Of one
/// that is there, the parts of blobs that nobody finished for a day before `now` are taken away.
expected<std::unique_ptr<Blobs>, std::string> open_blobs(io::Loop& loop, const BlobSettings& settings,
                                                         const std::string& folder, UnixMicros now);

/// Asks the server; blocks for some seconds at most. A sentence that says what to do, or "" when all is well.
std::string try_s3(const S3Place& place);

}  // namespace sealhall::store
