#include "server/vault/sealed_blob.h"

#include <algorithm>
#include <utility>

namespace sealhall::vault {
namespace {

SealedBlobError reading(store::StoreError error) {
  return error == store::StoreError::not_found ? SealedBlobError::gone : SealedBlobError::unavailable;
}
SealedBlobError opening(VaultError error) {
  const bool never = error == VaultError::shredded || error == VaultError::not_authentic;
  return never ? SealedBlobError::gone : SealedBlobError::unavailable;
}

}  // namespace

void SealedBlobWriter::create(store::Blobs& blobs, Vault& vault, RandomSource& random, std::string name,
                              SealContext context, std::string scope,
                              BlobDone<std::shared_ptr<SealedBlobWriter>> done) {
  vault.new_object_key(
      context, std::move(scope),
      [&blobs, &random, name = std::move(name), context,
       done = std::move(done)](expected<ObjectKey, VaultError> key) mutable {
        if (!key) return done(unexpected(SealedBlobError::unavailable));
        auto container = envelope::ContainerWriter::create(context, key->key, key->wrapped, random);
        if (!container) return done(unexpected(SealedBlobError::failed));
        const auto& header = container->header();
        Bytes begin(header.begin(), header.end());
        std::shared_ptr<SealedBlobWriter> made{new SealedBlobWriter{std::move(*container), blobs.put(std::move(name))}};
        made->out_ = std::move(begin);
        done(std::move(made));
      });
}

void SealedBlobWriter::write(ByteView plaintext, BlobDone<void> done) {
  const std::size_t before = out_.size();
  if (!container_.write(plaintext, out_)) return done(unexpected(SealedBlobError::failed));
  if (out_.size() == before) return done({});
  blob_->append(std::exchange(out_, {}), [done = std::move(done)](expected<void, store::StoreError> written) mutable {
    if (!written) return done(unexpected(SealedBlobError::failed));
    done({});
  });
}

void SealedBlobWriter::finish(BlobDone<void> done) {
  if (!container_.finish(out_)) return done(unexpected(SealedBlobError::failed));
  blob_->append(std::exchange(out_, {}), [](expected<void, store::StoreError>) {});  // `finish` says it, too
  blob_->finish([done = std::move(done)](expected<void, store::StoreError> written) mutable {
    if (!written) return done(unexpected(SealedBlobError::failed));
    done({});
  });
}

struct SealedBlobReader::Opening {
  std::shared_ptr<SealedBlobReader> reader;
  SealContext context;
  KeyOf key_of;
  std::optional<std::uint64_t> recovered;
  BlobDone<std::shared_ptr<SealedBlobReader>> done;
  std::uint64_t size = 0;
  Bytes header;

  void fail(SealedBlobError error) { done(unexpected(error)); }
  void opened(expected<envelope::ContainerReader, envelope::EnvelopeError> container) {
    if (!container) return fail(SealedBlobError::gone);
    reader->container_ = std::move(*container);
    done(reader);
  }
};

void SealedBlobReader::open(store::Blobs& blobs, Vault& vault, std::string name, SealContext context,
                            BlobDone<std::shared_ptr<SealedBlobReader>> done) {
  auto key_of = [&vault, context](Bytes wrapped, Done<envelope::Key> then) {
    vault.object_key(context, std::move(wrapped), std::move(then));
  };
  open_with(blobs, std::move(name), std::move(context), std::move(key_of), std::nullopt, std::move(done));
}

void SealedBlobReader::open_with(store::Blobs& blobs, std::string name, SealContext context, KeyOf key_of,
                                 std::optional<std::uint64_t> recovered,
                                 BlobDone<std::shared_ptr<SealedBlobReader>> done) {
  auto reader = std::shared_ptr<SealedBlobReader>{new SealedBlobReader{blobs, name}};
  auto o = std::make_shared<Opening>(
      Opening{std::move(reader), std::move(context), std::move(key_of), recovered, std::move(done), 0, {}});
  blobs.size(name, [o, &blobs, name](expected<std::uint64_t, store::StoreError> size) {
    if (!size) return o->fail(reading(size.error()));
    o->size = *size;
    const auto last = envelope::ContainerReader::last_segment(o->size);
    if (!last && !o->recovered) return o->fail(SealedBlobError::gone);
    blobs.get(name, 0, envelope::container_header_size, [o, &blobs, name, last](auto header) {
      if (!header) return o->fail(reading(header.error()));
      auto read = envelope::read_container_header(*header);
      if (!read) return o->fail(SealedBlobError::gone);
      o->header = std::move(*header);
      o->key_of(std::move(read->wrapped_key), [o, &blobs, name, last](expected<envelope::Key, VaultError> key) {
        if (!key) return o->fail(opening(key.error()));
        const auto as_recovered = [o](const envelope::Key& with) {
          o->opened(envelope::ContainerReader::open_recovered(o->context, with, o->header, *o->recovered));
        };
        if (!last) return as_recovered(*key);
        blobs.get(name, last->offset, static_cast<std::size_t>(last->size),
                  [o, as_recovered, key = std::move(*key)](expected<Bytes, store::StoreError> end) {
                    if (!end) return o->fail(reading(end.error()));
                    auto container = envelope::ContainerReader::open(o->context, key, o->header, *end, o->size);
                    if (!container && o->recovered) return as_recovered(key);
                    o->opened(std::move(container));
                  });
      });
    });
  });
}

void SealedBlobReader::read(std::uint64_t offset, std::size_t size, BlobDone<Bytes> done) {
  if (offset >= container_->size()) return done(Bytes{});
  const envelope::ByteRange wanted{offset, std::min<std::uint64_t>(size, container_->size() - offset)};
  const auto sealed = container_->sealed_range(wanted);
  if (!sealed) return done(unexpected(SealedBlobError::gone));
  blobs_.get(
      name_, sealed->offset, static_cast<std::size_t>(sealed->size),
      [self = shared_from_this(), wanted, done = std::move(done)](expected<Bytes, store::StoreError> bytes) mutable {
        if (!bytes) return done(unexpected(reading(bytes.error())));
        auto plain = self->container_->open_range(wanted, *bytes);
        if (!plain) return done(unexpected(SealedBlobError::gone));
        done(std::move(*plain));
      });
}

}  // namespace sealhall::vault
