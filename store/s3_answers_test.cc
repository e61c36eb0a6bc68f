#include "store/s3_answers.h"

#include <doctest/doctest.h>

using namespace sealhall::store;

TEST_CASE("S3 answers: a listing, with what one may have around it") {
  const auto listing = read_listing(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a > b -->\n"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" x='a>b'><Name>b</Name><Prefix/>"
      "<IsTruncated>true</IsTruncated>"
      "<Contents><Key>a/one</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag>"
      "<Size>1234567890123</Size><Owner><ID>o</ID></Owner></Contents>"
      "<Contents><Size>0</Size><Key>t&amp;u&#x3C;&#62;</Key></Contents></ListBucketResult>\n");
  REQUIRE(listing.has_value());
  CHECK(listing->truncated);
  CHECK(listing->objects == std::vector<BlobInfo>{{"a/one", 1234567890123U}, {"t&u<>", 0}});
  const auto none = read_listing("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  REQUIRE(none.has_value());
  CHECK(none->objects.empty());
  CHECK_FALSE(none->truncated);
}

TEST_CASE("S3 answers: uploads, an upload's id, an error's code") {
  const auto uploads = read_uploads(
      "<ListMultipartUploadsResult><Bucket>b</Bucket><Upload><Key>k</Key><UploadId>2~i</UploadId>"
      "<Initiated>2026-01-01T00:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>");
  REQUIRE(uploads.has_value());
  REQUIRE(uploads->size() == 1);
  CHECK(uploads->front().key == "k");
  CHECK(uploads->front().id == "2~i");
  CHECK(uploads->front().initiated == "2026-01-01T00:00:00.000Z");
  CHECK(read_upload_id("<InitiateMultipartUploadResult><UploadId>2~i</UploadId></InitiateMultipartUploadResult>") ==
        "2~i");
  CHECK_FALSE(read_upload_id("<InitiateMultipartUploadResult/>").has_value());
  CHECK(read_error_code("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>") == "NoSuchKey");
  CHECK(read_error_code("<CompleteMultipartUploadResult/>").empty());
  CHECK(read_error_code("").empty());
}

TEST_CASE("S3 answers: what is not well formed is nothing") {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string{}, std::string{"<ListBucketResult>"}, std::string{"<ListBucketResult></Other>"},
        std::string{"<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult/>"}, std::string{"<ListBucketResult a=\"/>"},
        std::string{"<ListBucketResult>&bomb;</ListBucketResult>"},
        std::string{"<ListBucketResult>&#xZ;</ListBucketResult>"}, std::string{"</ListBucketResult>"},
        std::string{"<>"}, std::string{"<Error/>"}, std::string{"text"}, deep}) {
    CAPTURE(text);
    CHECK_FALSE(read_listing(text).has_value());
    CHECK_FALSE(read_uploads(text).has_value());
  }
}
