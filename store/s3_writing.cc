// Tested in s3_blobs_test.cc
#include "store/s3_writing.h"

#include <algorithm>
#include <utility>

#include "io/http/message.h"
#include "store/s3_answers.h"
#include "store/s3_blobs.h"

namespace sealhall::store {
namespace {

/// What may stand between the quotes goes back as it came; others could become markup.
bool plain_etag(std::string_view etag) {
  return !etag.empty() && etag.size() <= 200 && std::ranges::all_of(etag, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '-';
  });
}

}  // namespace

void S3Writing::add(Bytes piece, bool last, Done<void> done) {
  steps_.push_back({std::move(piece), last, std::move(done)});
  post();
}

void S3Writing::abandon() {
  abandoned_ = true;
  post();
}

void S3Writing::post() {
  const auto shared = shared_.lock();
  if (shared) shared->loop.post([self = shared_from_this()] { self->next(); });
}

void S3Writing::next() {
  const auto shared = shared_.lock();
  if (busy_ || !shared || !shared->open) return;
  if (steps_.empty()) {
    if (abandoned_ && !finished_) give_up();
    return;
  }
  busy_ = true;
  if (!broken_ && !is_blob_name(name_)) broken_ = StoreError::bad_text;
  if (broken_) return end_step(unexpected(*broken_));  // what comes after a hole is worth nothing
  append(buffer_, steps_.front().piece);
  steps_.front().piece = {};
  go_on(shared);
}

void S3Writing::go_on(std::shared_ptr<S3Shared> shared) {
  const bool last = steps_.front().last;
  const std::size_t part = S3Blobs::part_size(etags_.size());
  if (buffer_.size() > part || (buffer_.size() == part && !last)) {
    return upload_.empty() ? begin_parts(*shared) : send_part(*shared, part);
  }
  if (!last) return end_step({});
  if (upload_.empty()) return put_whole(*shared);
  if (!buffer_.empty()) return send_part(*shared, buffer_.size());
  put_together(*shared);
}

void S3Writing::begin_parts(S3Shared& shared) {
  shared.client.ask({.method = "POST", .key = name_, .query = "uploads="}, [self = shared_from_this()](auto answer) {
    if (!answer) return self->fail(answer.error(), false);
    auto id = read_upload_id(as_text(answer->body));
    if (!id) return self->fail({}, false);
    self->upload_ = std::move(*id);
    if (const auto still = self->shared_.lock()) self->go_on(still);
  });
}

void S3Writing::send_part(S3Shared& shared, std::size_t size) {
  const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(size);
  Bytes part(buffer_.begin(), end);
  buffer_.erase(buffer_.begin(), end);
  shared.client.ask(
      {.method = "PUT",
       .key = name_,
       .query = "partNumber=" + std::to_string(etags_.size() + 1) + "&uploadId=" + io::percent_encode(upload_),
       .body = std::move(part)},
      [self = shared_from_this()](auto answer) {
        if (!answer) return self->fail(answer.error(), false);
        const std::string_view etag = answer->header("etag");
        if (!plain_etag(etag)) return self->fail({}, false);
        self->etags_.emplace_back(etag);
        if (const auto still = self->shared_.lock()) self->go_on(still);
      });
}

void S3Writing::put_together(S3Shared& shared) {
  std::string parts = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < etags_.size(); ++i) {
    parts += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + etags_[i] + "</ETag></Part>";
  }
  parts += "</CompleteMultipartUpload>";
  // Asked twice, the second time would say that there is no such upload.
  shared.client.ask({.method = "POST",
                     .key = name_,
                     .query = "uploadId=" + io::percent_encode(upload_),
                     .body = Bytes(parts.begin(), parts.end()),
                     .once = true},
                    [self = shared_from_this()](auto answer) {
                      if (!answer) return self->fail(answer.error(), true);
                      self->end_step({});
                    });
}

void S3Writing::put_whole(S3Shared& shared) {
  shared.client.ask({.method = "PUT", .key = name_, .body = std::exchange(buffer_, {})},
                    [self = shared_from_this()](auto answer) {
                      if (!answer) return self->fail(answer.error(), true);
                      self->end_step({});
                    });
}

void S3Writing::fail(const S3Failure& failure, bool finishing) {
  StoreError error = failure.error;
  if (error == StoreError::not_found) error = StoreError::failed;  // the upload or the bucket, not the blob
  broken_ = finishing && failure.maybe_done ? StoreError::uncertain : error;
  end_step(unexpected(*broken_));
}

void S3Writing::end_step(expected<void, StoreError> result) {
  Step step = std::move(steps_.front());
  steps_.pop_front();
  if (step.last) {
    finished_ = true;
    if (!result) give_up();
  }
  busy_ = false;
  if (!steps_.empty() || abandoned_) post();
  step.done(std::move(result));
}

void S3Writing::give_up() {
  finished_ = true;
  buffer_ = {};
  const auto shared = shared_.lock();
  // What became of the last call is not known: taking the parts away is right either way, they are used up if it
  // worked.
  if (!shared || upload_.empty()) return;
  shared->client.ask(
      {.method = "DELETE", .key = name_, .query = "uploadId=" + io::percent_encode(std::exchange(upload_, {}))},
      [](auto) {});
}

}  // namespace sealhall::store
