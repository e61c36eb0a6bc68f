#include "store/s3_blobs.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/http/message.h"
#include "store/s3_answers.h"
#include "store/s3_writing.h"

namespace sealhall::store {
namespace {

constexpr std::size_t page = 1000;  // what S3 lists at once
constexpr std::size_t page_bytes = 8U << 20;
constexpr std::size_t error_bytes = 64U << 10;  // an answer that says no may be longer than what was asked for

}  // namespace

class S3Blobs::Writer final : public BlobWriter {
 public:
  Writer(std::weak_ptr<S3Shared> shared, std::string name)
      : writing_(std::make_shared<S3Writing>(std::move(shared), std::move(name))) {}
  ~Writer() override { writing_->abandon(); }
  void append(Bytes piece, Done<void> done) override { writing_->add(std::move(piece), false, std::move(done)); }
  void finish(Done<void> done) override { writing_->add({}, true, std::move(done)); }

 private:
  std::shared_ptr<S3Writing> writing_;
};

namespace {

/// Answers on the loop, not at once.
template <class T>
void answer(const std::shared_ptr<S3Shared>& shared, Done<T> done, expected<T, StoreError> result) {
  shared->loop.post(
      [alive = std::weak_ptr<S3Shared>{shared}, done = std::move(done), result = std::move(result)]() mutable {
        if (const auto still = alive.lock(); still && still->open) done(std::move(result));
      });
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A listing, page by page, until enough of it is there.
struct Listing : std::enable_shared_from_this<Listing> {
  std::weak_ptr<S3Shared> shared;
  std::string prefix;
  std::string after;
  std::size_t limit = 0;
  std::vector<BlobInfo> found;
  Done<std::vector<BlobInfo>> done;

  void ask() {
    const auto place = shared.lock();
    if (!place || !place->open) return;
    const std::string& own = place->client.prefix();
    std::string query = "list-type=2&max-keys=" + std::to_string(std::min(page, limit - found.size())) +
                        "&prefix=" + io::percent_encode(own + prefix);
    if (!after.empty()) query += "&start-after=" + io::percent_encode(own + after);
    place->client.ask({.query = std::move(query), .max_response = page_bytes},
                      [self = shared_from_this()](auto answer) { self->answered(std::move(answer)); });
  }
  void answered(expected<io::HttpFetched, S3Failure> answer) {
    const auto place = shared.lock();
    if (!place) return;
    if (!answer) return done(unexpected(answer.error().error));
    auto listing = read_listing(as_text(answer->body));
    if (!listing) return done(unexpected(StoreError::failed));
    const std::string& own = place->client.prefix();
    std::string last = after;
    for (BlobInfo& object : listing->objects) {
      if (!object.name.starts_with(own)) continue;
      object.name.erase(0, own.size());
      last = std::max(last, object.name);
      if (object.name <= after || !object.name.starts_with(prefix) || !is_blob_name(object.name)) continue;
      if (found.size() < limit) found.push_back(std::move(object));
    }
    const bool goes_on = listing->truncated && last > after && found.size() < limit;
    after = std::move(last);
    if (goes_on) return ask();
    std::ranges::sort(found);
    done(std::move(found));
  }
};

/// Takes uploads away, one after the other.
struct Tidying : std::enable_shared_from_this<Tidying> {
  std::weak_ptr<S3Shared> shared;
  std::vector<S3Upload> left;
  std::size_t gone = 0;
  Done<std::size_t> done;

  void next() {
    const auto place = shared.lock();
    if (!place || !place->open) return;
    if (left.empty()) return done(gone);
    const S3Upload upload = std::move(left.back());
    left.pop_back();
    place->client.ask({.method = "DELETE",
                       .key = upload.key.substr(place->client.prefix().size()),
                       .query = "uploadId=" + io::percent_encode(upload.id)},
                      [self = shared_from_this()](auto answer) {
                        self->gone += answer ? 1 : 0;
                        self->next();
                      });
  }
};

}  // namespace

S3Blobs::S3Blobs(io::Loop& loop, S3Place place, S3Patience patience)
    : core_(std::make_shared<S3Shared>(loop, std::move(place), patience)) {}
S3Blobs::~S3Blobs() { core_->open = false; }

std::unique_ptr<BlobWriter> S3Blobs::put(std::string name) { return std::make_unique<Writer>(core_, std::move(name)); }

void S3Blobs::get(std::string name, std::uint64_t offset, std::size_t length, Done<Bytes> done) {
  if (!is_blob_name(name)) return answer<Bytes>(core_, std::move(done), unexpected(StoreError::bad_text));
  if (length == 0) {
    return size(std::move(name), [done = std::move(done)](auto there) mutable {
      if (!there) return done(unexpected(there.error()));
      done(Bytes{});
    });
  }
  const std::uint64_t last = offset + std::min<std::uint64_t>(length - 1, UINT64_MAX - offset);
  core_->client.ask({.key = std::move(name),
                     .range = "bytes=" + std::to_string(offset) + "-" + std::to_string(last),
                     .max_response = std::max(length, error_bytes)},
                    [offset, length, done = std::move(done)](auto got) mutable {
                      if (!got && got.error().status == 416) return done(Bytes{});  // it ends before
                      if (!got) return done(unexpected(got.error().error));
                      if (got->status == 206) return done(std::move(got->body));
                      // The whole, since this server does not know ranges (or the blob is empty).
                      Bytes all = std::move(got->body);
                      const auto from = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, all.size()));
                      all.erase(all.begin(), all.begin() + from);
                      all.resize(std::min(all.size(), length));
                      done(std::move(all));
                    });
}

void S3Blobs::size(std::string name, Done<std::uint64_t> done) {
  if (!is_blob_name(name)) return answer<std::uint64_t>(core_, std::move(done), unexpected(StoreError::bad_text));
  core_->client.ask({.method = "HEAD", .key = std::move(name)}, [done = std::move(done)](auto got) mutable {
    if (!got) return done(unexpected(got.error().error));
    const auto size = number(got->header("content-length"));
    if (!size) return done(unexpected(StoreError::failed));
    done(*size);
  });
}

void S3Blobs::list(std::string prefix, std::string after, std::size_t limit, Done<std::vector<BlobInfo>> done) {
  if (limit == 0) return answer<std::vector<BlobInfo>>(core_, std::move(done), std::vector<BlobInfo>{});
  auto listing = std::make_shared<Listing>();
  listing->shared = core_;
  listing->prefix = std::move(prefix);
  listing->after = std::move(after);
  listing->limit = limit;
  listing->done = std::move(done);
  listing->ask();
}

void S3Blobs::remove(std::string name, Done<void> done) {
  if (!is_blob_name(name)) return answer<void>(core_, std::move(done), unexpected(StoreError::bad_text));
  core_->client.ask({.method = "DELETE", .key = std::move(name)}, [done = std::move(done)](auto gone) mutable {
    if (gone || gone.error().error == StoreError::not_found) return done({});
    done(unexpected(gone.error().error));
  });
}

void S3Blobs::check(Done<void> done) {
  core_->client.ask({.query = "list-type=2&max-keys=1"}, [done = std::move(done)](auto answer) mutable {
    if (!answer && answer.error().code == "NoSuchBucket") return done(unexpected(StoreError::not_found));
    if (!answer) return done(unexpected(answer.error().error));
    if (!read_listing(as_text(answer->body))) return done(unexpected(StoreError::failed));
    done({});
  });
}

void S3Blobs::tidy(std::string then, Done<std::size_t> done) {
  const std::string query = "prefix=" + io::percent_encode(core_->client.prefix()) + "&uploads=";
  core_->client.ask(
      {.query = query, .max_response = page_bytes},
      [shared = std::weak_ptr<S3Shared>{core_}, then = std::move(then), done = std::move(done)](auto answer) mutable {
        const auto place = shared.lock();
        if (!place) return;
        if (!answer) return done(unexpected(answer.error().error));
        auto uploads = read_uploads(as_text(answer->body));
        if (!uploads) return done(unexpected(StoreError::failed));
        const std::string& own = place->client.prefix();
        std::erase_if(*uploads, [&](const S3Upload& upload) {
          return upload.initiated >= then || !upload.key.starts_with(own) ||
                 !is_blob_name(std::string_view{upload.key}.substr(own.size()));
        });
        auto tidying = std::make_shared<Tidying>();
        tidying->shared = shared;
        tidying->left = std::move(*uploads);
        tidying->done = std::move(done);
        tidying->next();
      });
}

}  // namespace sealhall::store
