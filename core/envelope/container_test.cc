#include "core/envelope/container.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "core/envelope/testing.h"

namespace sealhall::envelope {
namespace {

using testing::content;
using testing::id_of;
using testing::key_of;

const Context place{"account", "recording", "file", ""};

Bytes wrapped(std::uint64_t seed = 1) {
  SeededRandom random{seed};
  return wrap_key(key_of(90), {{id_of(90), 1}, id_of(91)}, place, key_of(1), random).value();
}

/// A whole container, written in pieces of `step` bytes.
Bytes sealed(std::size_t size, std::size_t step = 100'000, std::uint64_t seed = 1) {
  SeededRandom random{seed};
  auto writer = ContainerWriter::create(place, key_of(1), wrapped(), random).value();
  Bytes out{writer.header().begin(), writer.header().end()};
  const Bytes plain = content(size);
  for (std::size_t at = 0; at < size; at += step) {
    CHECK(writer.write(ByteView{plain}.subspan(at, std::min(step, size - at)), out));
  }
  CHECK(writer.size() == size);
  CHECK(writer.finish(out));
  return out;
}

ByteView piece(const Bytes& of, ByteRange range) {
  return ByteView{of}.subspan(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(range.size));
}

expected<ContainerReader, EnvelopeError> open(const Bytes& container, std::uint64_t key = 1,
                                              const Context& context = place) {
  const auto last = ContainerReader::last_segment(container.size());
  if (!last) return unexpected(last.error());
  return ContainerReader::open(context, key_of(key), ByteView{container}.first(container_header_size),
                               piece(container, *last), container.size());
}

expected<Bytes, EnvelopeError> read(ContainerReader& reader, const Bytes& container, ByteRange wanted) {
  const auto range = reader.sealed_range(wanted);
  if (!range) return unexpected(range.error());
  return reader.open_range(wanted, piece(container, *range));
}

/// Everything in it, or what is wrong with it.
expected<Bytes, EnvelopeError> open_all(const Bytes& container) {
  auto reader = open(container);
  if (!reader) return unexpected(reader.error());
  return read(*reader, container, {0, reader->size()});
}

expected<ContainerReader, EnvelopeError> recover(const Bytes& container) {
  const auto read_piece = [&container](ByteRange range) {
    const auto from = std::min<std::size_t>(container.size(), static_cast<std::size_t>(range.offset));
    const auto to = std::min<std::size_t>(container.size(), static_cast<std::size_t>(range.offset + range.size));
    return Bytes(container.begin() + static_cast<std::ptrdiff_t>(from),
                 container.begin() + static_cast<std::ptrdiff_t>(to));
  };
  const ByteView header = ByteView{container}.first(std::min(container.size(), container_header_size));
  return ContainerReader::recover(place, key_of(1), header, container.size(), read_piece);
}

Bytes segment(const Bytes& of, std::size_t index) {
  const std::size_t at = container_header_size + index * sealed_segment_size;
  const std::size_t size = std::min(sealed_segment_size, of.size() - at);
  return {of.begin() + static_cast<std::ptrdiff_t>(at), of.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

/// The header of `of` with these segments behind it.
Bytes put_together(const Bytes& of, const std::vector<Bytes>& segments) {
  Bytes out{of.begin(), of.begin() + container_header_size};
  for (const Bytes& s : segments) append(out, s);
  return out;
}

TEST_CASE("container: every size round an edge comes back, and the size is plain arithmetic") {
  for (const std::size_t size : {0, 1, 15, 65535, 65536, 65537, 131071, 131072, 131073, 200'000}) {
    const Bytes container = sealed(size);
    CHECK(container.size() == container_size(size));
    const auto opened = open_all(container);
    REQUIRE(opened);
    CHECK((*opened == content(size)));
  }
}

TEST_CASE("container: it does not matter in which pieces it was written") {
  const Bytes whole = sealed(200'000, 200'000);
  for (const std::size_t step : {1000, 65535, 65536, 65537, 131072}) CHECK((sealed(200'000, step) == whole));
}

TEST_CASE("container: any range opens from the segments that hold it, and from nothing else") {
  const Bytes container = sealed(200'000);
  auto reader = open(container).value();
  CHECK(reader.size() == 200'000);
  CHECK(reader.complete());
  const Bytes plain = content(200'000);
  for (const ByteRange wanted : {ByteRange{0, 1},
                                 {65535, 1},
                                 {65536, 1},
                                 {65535, 2},
                                 {199'999, 1},
                                 {0, 200'000},
                                 {10, 65536},
                                 {65536, 65536},
                                 {65530, 70'000},
                                 {131'072, 68'928},
                                 {1, 199'999}}) {
    const auto opened = read(reader, container, wanted);
    REQUIRE(opened);
    CHECK((*opened == Bytes(plain.begin() + static_cast<std::ptrdiff_t>(wanted.offset),
                            plain.begin() + static_cast<std::ptrdiff_t>(wanted.offset + wanted.size))));
  }
  CHECK(reader.sealed_range({65536, 1}).value() == ByteRange{4096 + 65552, 65552});
  CHECK(reader.sealed_range({0, 0}).value().size == 0);
  CHECK(reader.open_range({200'000, 0}, {}).value().empty());
  CHECK(reader.sealed_range({200'000, 1}).error() == EnvelopeError::out_of_range);
  CHECK(reader.sealed_range({1, 200'000}).error() == EnvelopeError::out_of_range);
  CHECK(reader.sealed_range({~std::uint64_t{0}, 2}).error() == EnvelopeError::out_of_range);
  CHECK(reader.open_range({0, 1}, piece(container, {4096, 65551})).error() == EnvelopeError::malformed);
  // The right size from the wrong place.
  CHECK(reader.open_range({0, 1}, piece(container, {4096 + 65552, 65552})).error() == EnvelopeError::not_authentic);
}

TEST_CASE("container: another key, another place, another account does not open it") {
  const Bytes container = sealed(10);
  CHECK(open(container, 2).error() == EnvelopeError::wrong_key);
  CHECK(open(container, 1, {"another", "recording", "file", ""}).error() == EnvelopeError::wrong_key);
  CHECK(open(container, 1, {"account", "recording", "file2", ""}).error() == EnvelopeError::wrong_key);
  CHECK(open(container, 1, {"", "recording", "file", ""}).error() == EnvelopeError::bad_context);
}

TEST_CASE("container: segments that were swapped, repeated, left out, cut or added are refused") {
  const Bytes container = sealed(3 * 65536 + 100);
  const Bytes a = segment(container, 0), b = segment(container, 1), c = segment(container, 2),
              last = segment(container, 3);
  CHECK(open_all(put_together(container, {a, b, c, last})));
  const auto refused = [&](const std::vector<Bytes>& segments) {
    const auto opened = open_all(put_together(container, segments));
    CHECK_FALSE(opened);
  };
  refused({b, a, c, last});
  refused({a, a, c, last});
  refused({a, c, b, last});
  refused({a, b, last});        // one left out
  refused({a, b, c, c, last});  // one repeated
  refused({a, b, c});           // cut between segments
  refused({a, b});
  refused({});
  refused({a, b, c, last, last});
  refused({last});
  refused({a, b, c, Bytes(last.begin(), last.end() - 1)});
  refused({a, b, c, Bytes(16, 0)});
  Bytes longer = last;
  longer.push_back(0);
  refused({a, b, c, longer});
  CHECK(open_all(put_together(container, {a, b, c})).error() == EnvelopeError::incomplete);
  CHECK(open_all(Bytes(container.begin(), container.begin() + 4095)).error() == EnvelopeError::malformed);
}

TEST_CASE("container: a segment of another container with the same key and place does not fit in") {
  const Bytes one = sealed(70'000, 70'000, 1), two = sealed(70'000, 70'000, 2);
  CHECK(open_all(put_together(one, {segment(one, 0), segment(one, 1)})));
  CHECK_FALSE(open_all(put_together(one, {segment(two, 0), segment(one, 1)})));
  CHECK_FALSE(open_all(put_together(one, {segment(one, 0), segment(two, 1)})));
  CHECK_FALSE(open_all(put_together(two, {segment(one, 0), segment(one, 1)})));
}

TEST_CASE("container: what was whole when it was cut cannot be given an end afterwards") {
  // The last flag is in the nonce: a segment in the middle is none at the end, and the other way round.
  const Bytes container = sealed(65536 + 65520);
  Bytes moved = put_together(container, {segment(container, 1)});
  CHECK(open_all(moved).error() == EnvelopeError::not_authentic);
  CHECK(open_all(put_together(container, {segment(container, 0), Bytes(16, 7)})).error() ==
        EnvelopeError::not_authentic);
}

TEST_CASE("container: every flipped bit of the header is refused; of the wrapped key, by whoever opens that") {
  Bytes container = sealed(10);
  const Bytes good = wrapped();
  for (std::size_t bit = 0; bit < container_header_size * 8; ++bit) {
    container[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto header = read_container_header(ByteView{container}.first(container_header_size));
    const bool opens = header && unwrap_key(key_of(90), place, header->wrapped_key) && open(container);
    if (opens) FAIL("bit ", bit);
    container[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  CHECK(open(container));
}

TEST_CASE("container: what a stopped writer left is read up to its last whole segment") {
  const Bytes container = sealed(2 * 65536 + 500);
  const Bytes plain = content(2 * 65536 + 500);
  const auto check = [&](std::size_t bytes, std::size_t readable) {
    Bytes torn{container.begin(), container.begin() + static_cast<std::ptrdiff_t>(bytes)};
    auto reader = recover(torn);
    REQUIRE(reader);
    CHECK_FALSE(reader->complete());
    CHECK(reader->size() == readable);
    const auto opened = read(*reader, torn, {0, reader->size()});
    REQUIRE(opened);
    CHECK((*opened == Bytes(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(readable))));
    CHECK_FALSE(open(torn));
  };
  check(4096, 0);
  check(4097, 0);
  check(4096 + 65551, 0);
  check(4096 + 65552, 65536);
  check(4096 + 65552 + 300, 65536);
  check(4096 + 2 * 65552, 2 * 65536);
  check(container.size() - 1, 2 * 65536);
  auto whole = recover(container);
  REQUIRE(whole);
  CHECK(whole->complete());
  CHECK(whole->size() == plain.size());
  CHECK((read(*whole, container, {0, plain.size()}).value() == plain));
}

TEST_CASE("container: a recovered prefix ends where the disk has lost something") {
  Bytes container = sealed(4 * 65536);
  container[4096 + 2 * 65552 + 5] ^= 1;
  auto reader = recover(container);
  REQUIRE(reader);
  CHECK(reader->size() == 2 * 65536);
  CHECK_FALSE(reader->complete());
  CHECK(recover(Bytes(100, 1)).error() == EnvelopeError::malformed);
}

TEST_CASE("container: who knows how far a torn one was recovered opens it without reading all of it") {
  Bytes container = sealed(3 * 65536 + 10);
  container.resize(4096 + 2 * 65552 + 700);
  const Bytes plain = content(3 * 65536 + 10);
  const ByteView header = ByteView{container}.first(container_header_size);
  auto reader = ContainerReader::open_recovered(place, key_of(1), header, 2 * 65536);
  REQUIRE(reader);
  CHECK(reader->size() == 2 * 65536);
  CHECK_FALSE(reader->complete());
  CHECK((read(*reader, container, {65530, 100}).value() == Bytes(plain.begin() + 65530, plain.begin() + 65630)));
  CHECK(reader->sealed_range({2 * 65536, 1}).error() == EnvelopeError::out_of_range);
  container[4096 + 65552] ^= 1;
  CHECK(read(*reader, container, {0, 65536}));
  CHECK(read(*reader, container, {65536, 1}).error() == EnvelopeError::not_authentic);
  CHECK(ContainerReader::open_recovered(place, key_of(1), header, 65536 + 1).error() == EnvelopeError::malformed);
  CHECK(ContainerReader::open_recovered(place, key_of(2), header, 65536).error() == EnvelopeError::wrong_key);
}

TEST_CASE("container: everything that was given out survives, and it is said how much that is") {
  SeededRandom random{1};
  auto writer = ContainerWriter::create(place, key_of(1), wrapped(), random).value();
  Bytes out{writer.header().begin(), writer.header().end()};
  CHECK(writer.write(content(70'000), out));
  CHECK(writer.sealed_size() == 65536);
  CHECK(writer.size() == 70'000);
  CHECK(out.size() == 4096 + 65552);
  CHECK(recover(out)->size() == writer.sealed_size());
}

TEST_CASE("container: a newly wrapped key goes into the header and the content stays as it is") {
  Bytes container = sealed(100);
  const Bytes again = wrapped(7);
  REQUIRE(again != wrapped());
  CHECK(replace_wrapped_key(MutableBytes{container}.first(container_header_size), again));
  CHECK(read_container_header(ByteView{container}.first(container_header_size))->wrapped_key == again);
  CHECK((open_all(container).value() == content(100)));
  CHECK(replace_wrapped_key(MutableBytes{container}.first(container_header_size), content(150)).error() ==
        EnvelopeError::unknown_version);
  Bytes nothing(container_header_size);
  CHECK(replace_wrapped_key(nothing, again).error() == EnvelopeError::malformed);
  SeededRandom random{1};
  CHECK(ContainerWriter::create(place, key_of(1), content(3), random).error() == EnvelopeError::unknown_version);
}

TEST_CASE("container: two with the same key and content have nothing in common but the start of the header") {
  const Bytes one = sealed(65536, 65536, 1), two = sealed(65536, 65536, 2);
  CHECK((segment(one, 0) != segment(two, 0)));
  CHECK(read_container_header(ByteView{one}.first(4096))->object_id !=
        read_container_header(ByteView{two}.first(4096))->object_id);
}

}  // namespace
}  // namespace sealhall::envelope
