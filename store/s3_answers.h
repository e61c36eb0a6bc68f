// What an S3 server says, as XML: only the few elements that we ask for. Reads text from outside.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/blobs.h"

namespace sealhall::store {

/// Calls `on_element(path, text)` at the end of each element: "ListBucketResult/Contents/Key" and its text, entities
/// decoded. False when it is not well enough formed, or has a DTD, or is nested deeper than 32.
bool read_xml(std::string_view xml,
              const std::function<void(std::string_view path, std::string_view text)>& on_element);

struct S3Listing {
  std::vector<BlobInfo> objects;  ///< names as the server has them
  bool truncated = false;
};
/// The answer of ListObjectsV2.
std::optional<S3Listing> read_listing(std::string_view xml);

struct S3Upload {
  std::string key;
  std::string id;
  std::string initiated;  ///< "2026-01-31T12:34:56.000Z"; compares as text
};
/// The answer of ListMultipartUploads.
std::optional<std::vector<S3Upload>> read_uploads(std::string_view xml);

/// The answer of CreateMultipartUpload.
std::optional<std::string> read_upload_id(std::string_view xml);

/// "NoSuchKey", or "" when this is no error. CompleteMultipartUpload answers 200 before it knows.
std::string read_error_code(std::string_view xml);

}  // namespace sealhall::store
