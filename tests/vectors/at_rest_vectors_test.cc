// The formats of docs/protocol/at-rest.md against files that a second implementation made (tools/at_rest_vectors.py),
// right ones and such as must be refused, and every single-bit flip of a container of three segments.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include "core/crypto/hash.h"
#include "core/crypto/hkdf.h"
#include "core/envelope/container.h"
#include "core/envelope/sealed_record.h"
#include "core/envelope/testing.h"
#include "tests/support/source_dir.h"
#include "tests/support/vectors_json.h"

namespace sealhall {
namespace {

using namespace envelope;
using envelope::testing::content;
using test::hex_of;
using test::number_of;

boost::json::value vectors() {
  std::ifstream file{test::source_path("tests/vectors/at_rest.json")};
  REQUIRE(file.good());
  return boost::json::parse(std::string{std::istreambuf_iterator<char>{file}, {}});
}
Context context_of(const boost::json::value& parts) {
  const auto part = [&](std::size_t i) { return std::string{parts.as_array().at(i).as_string().c_str()}; };
  return {part(0), part(1), part(2), part(3)};
}
Key key_of(const boost::json::value& c, std::string_view name) { return Key{ByteView{hex_of(c, name)}.first<32>()}; }
KeyId id_of(const boost::json::value& c, std::string_view name) {
  KeyId id{};
  const Bytes bytes = hex_of(c, name);
  REQUIRE(bytes.size() == id.size());
  std::ranges::copy(bytes, id.begin());
  return id;
}

TEST_CASE("at rest vectors: contexts") {
  const auto all = vectors();
  for (const auto& c : all.at("contexts").as_array())
    CHECK(encode_context(context_of(c.at("parts"))).value() == hex_of(c, "encoded"));
}

TEST_CASE("at rest vectors: wrapped keys") {
  const auto all = vectors();
  for (const auto& c : all.at("wrapped_keys").as_array()) {
    const WrappedKeyInfo info{{id_of(c, "wrapping_key_id"), static_cast<std::uint32_t>(number_of(c, "version"))},
                              id_of(c, "key_id")};
    envelope::testing::GivenRandom random{hex_of(c, "random")};
    const Context context = context_of(c.at("context"));
    CHECK(wrap_key(key_of(c, "wrapping_key"), info, context, key_of(c, "key"), random).value() == hex_of(c, "wrapped"));
    CHECK(unwrap_key(key_of(c, "wrapping_key"), context, hex_of(c, "wrapped")).value() == key_of(c, "key"));
  }
}

TEST_CASE("at rest vectors: records") {
  const auto all = vectors();
  for (const auto& c : all.at("records").as_array()) {
    RecordKey key{key_of(c, "data_key"), id_of(c, "key_id")};
    envelope::testing::GivenRandom random{hex_of(c, "random")};
    const Context context = context_of(c.at("context"));
    const Bytes plain = content(number_of(c, "plaintext_size"));
    CHECK(key.seal(context, plain, random).value() == hex_of(c, "sealed"));
    CHECK(key.open(context, hex_of(c, "sealed")).value() == plain);
  }
}

Bytes make(const boost::json::value& c) {
  envelope::testing::GivenRandom random{hex_of(c, "random")};
  auto writer =
      ContainerWriter::create(context_of(c.at("context")), key_of(c, "key"), hex_of(c, "wrapped_key"), random).value();
  Bytes out{writer.header().begin(), writer.header().end()};
  REQUIRE(writer.write(content(number_of(c, "plaintext_size")), out));
  REQUIRE(writer.finish(out));
  CHECK(random.used_up());
  return out;
}

TEST_CASE("at rest vectors: containers") {
  const auto all = vectors();
  for (const auto& c : all.at("containers").as_array()) {
    const Bytes made = make(c);
    CHECK(made.size() == number_of(c, "size"));
    const Bytes start = hex_of(c, "header_start");
    CHECK(equal(ByteView{made}.first(start.size()), start));
    CHECK(equal(crypto::sha256(made), hex_of(c, "sha256")));
  }
}

TEST_CASE("at rest vectors: a record whose ciphertext is authentic under two keys opens under one") {
  const auto all = vectors();
  const auto& c = all.at("two_key_record");
  const Context context = context_of(c.at("context"));
  const KeyId id = id_of(c, "key_id");
  const Bytes sealed = hex_of(c, "sealed");
  const auto key_at = [&](std::size_t i) {
    return Key{ByteView{from_hex(c.at("data_keys").as_array().at(i).as_string()).value()}.first<32>()};
  };
  // AES-GCM alone accepts both: that is what the commitment is for.
  for (const std::size_t i : {0U, 1U}) {
    const auto derived = crypto::hkdf_expand_secret<64>(
        crypto::HashAlgorithm::sha256,
        crypto::hkdf_extract(crypto::HashAlgorithm::sha256, {}, {key_at(i).reveal()}).reveal(),
        {as_bytes("sealhall record v1"), id});
    auto opener = crypto::AeadOpener::create(crypto::AeadAlgorithm::aes_256_gcm, derived.reveal().first<32>()).value();
    Bytes out(sealed.size());
    CHECK(opener.open(ByteView{sealed}.subspan(18).first<12>(),
                      {ByteView{sealed}.first(62), encode_context(context).value()}, ByteView{sealed}.subspan(62),
                      out));
  }
  CHECK(RecordKey(key_at(0), id).open(context, sealed));
  CHECK(RecordKey(key_at(1), id).open(context, sealed).error() == EnvelopeError::wrong_key);
}

/// Whether AES-GCM by itself, under the key that `secret` gives, takes this ciphertext.
bool authentic(const Key& secret, ByteView salt, std::string_view label, ByteView header, ByteView context,
               ByteView nonce, ByteView associated, ByteView ciphertext) {
  const auto derived = crypto::hkdf_expand_secret<64>(
      crypto::HashAlgorithm::sha256,
      crypto::hkdf_extract(crypto::HashAlgorithm::sha256, salt, {secret.reveal()}).reveal(),
      {as_bytes(label), header, context});
  auto opener = crypto::AeadOpener::create(crypto::AeadAlgorithm::aes_256_gcm, derived.reveal().first<32>()).value();
  Bytes out(ciphertext.size());
  return opener.open(nonce.first<12>(), {associated}, ciphertext, out).has_value();
}
std::vector<Key> keys_of(const boost::json::value& c, std::string_view name) {
  std::vector<Key> keys;
  for (const auto& key : c.at(name).as_array())
    keys.emplace_back(ByteView{from_hex(key.as_string()).value()}.first<32>());
  return keys;
}
/// A header as the file shows it, with the zeros that it leaves out.
Bytes header_of(const boost::json::value& c, std::size_t size = container_header_size) {
  Bytes header = hex_of(c, "header");
  REQUIRE(header.size() <= size);
  header.resize(size);
  return header;
}

TEST_CASE("at rest vectors: a wrapped key whose ciphertext is authentic under two keys opens under one") {
  const auto all = vectors();
  const auto& c = all.at("two_key_wrap");
  const Context context = context_of(c.at("context"));
  const Bytes wrapped = hex_of(c, "wrapped");
  const ByteView clear = ByteView{wrapped}.first(38);
  const auto keys = keys_of(c, "wrapping_keys");
  REQUIRE(keys.size() == 2);
  Bytes associated{clear.begin(), clear.end()};
  append(associated, encode_context(context).value());
  for (const Key& key : keys)
    CHECK(authentic(key, ByteView{wrapped}.subspan(38, 32), "sealhall wrap v1", clear, encode_context(context).value(),
                    Bytes(12), associated, ByteView{wrapped}.subspan(102)));
  CHECK(unwrap_key(keys[0], context, wrapped));
  CHECK(unwrap_key(keys[1], context, wrapped).error() == EnvelopeError::wrong_key);
}

TEST_CASE("at rest vectors: a container whose segment is authentic under two keys opens under one") {
  const auto all = vectors();
  const auto& c = all.at("two_key_container");
  const Context context = context_of(c.at("context"));
  const Bytes header = header_of(c);
  const Bytes segment = hex_of(c, "segments");
  const auto keys = keys_of(c, "data_keys");
  REQUIRE(keys.size() == 2);
  Bytes nonce{header.begin() + 64, header.begin() + 71};
  append(nonce, Bytes{0, 0, 0, 0, 1});
  for (const Key& key : keys)
    CHECK(authentic(key, ByteView{header}.subspan(32, 32), "sealhall container v1",
                    crypto::sha256(ByteView{header}.first(72)), encode_context(context).value(), nonce, {}, segment));
  const std::uint64_t size = header.size() + segment.size();
  CHECK(ContainerReader::open(context, keys[0], header, segment, size));
  CHECK(ContainerReader::open(context, keys[1], header, segment, size).error() == EnvelopeError::wrong_key);
}

/// Whether a container opens and gives all that is in it.
bool opens_whole(const Context& context, const Key& key, ByteView header, ByteView segments) {
  const std::uint64_t size = header.size() + segments.size();
  const auto last = ContainerReader::last_segment(size);
  if (!last) return false;
  auto reader =
      ContainerReader::open(context, key, header, segments.last(static_cast<std::size_t>(size - last->offset)), size);
  return reader && reader->open_range({0, reader->size()}, segments).has_value();
}

TEST_CASE(
    "at rest vectors: what another implementation made wrong on purpose is refused, and the same made right is not") {
  const auto all = vectors();
  const auto& refused = all.at("refused");
  const Context context = context_of(refused.at("context"));
  const Key data_key = key_of(refused, "data_key");
  const auto judge = [](const boost::json::value& c, bool opened) {
    const std::string wrong{c.at("wrong").as_string().c_str()};
    CHECK_MESSAGE(opened == (wrong == "nothing"), wrong);
  };
  RecordKey records{data_key, id_of(refused, "key_id")};
  for (const auto& c : refused.at("records").as_array())
    judge(c, records.open(context, hex_of(c, "sealed")).has_value());
  for (const auto& c : refused.at("wrapped_keys").as_array())
    judge(c, unwrap_key(key_of(refused, "wrapping_key"), context, hex_of(c, "wrapped")).has_value());
  for (const auto& c : refused.at("containers").as_array())
    judge(c, opens_whole(context, data_key, header_of(c, number_of(c, "header_size")), hex_of(c, "segments")));

  const auto& good = all.at("containers").as_array().back();
  const Bytes container = make(good);
  const auto segment = [&](std::size_t i) {
    const ByteView rest = ByteView{container}.subspan(container_header_size + i * sealed_segment_size);
    return rest.first(std::min(rest.size(), sealed_segment_size));
  };
  for (const auto& c : refused.at("orders").as_array()) {
    Bytes segments;
    for (const auto& i : c.at("segments").as_array()) append(segments, segment(i.to_number<std::size_t>()));
    judge(c, opens_whole(context_of(good.at("context")), key_of(good, "key"),
                         ByteView{container}.first(container_header_size), segments));
  }
}

/// Flips the bits that `wanted` names, one at a time, in a container of three segments; counts those that still open.
std::size_t opened_after_flips(const std::function<bool(std::size_t bit)>& wanted) {
  const auto all = vectors();
  const auto& c = all.at("containers").as_array().back();
  Bytes container = make(c);
  const Context context = context_of(c.at("context"));
  const Key key = key_of(c, "key");
  const std::uint64_t size = container.size();
  const ByteRange last = ContainerReader::last_segment(size).value();
  const auto open = [&] {
    return ContainerReader::open(context, key, ByteView{container}.first(container_header_size),
                                 ByteView{container}.subspan(last.offset), size);
  };
  auto reader = open().value();
  REQUIRE(reader.size() > 2 * segment_size);
  const auto& w = all.at("wrapped_keys").as_array().front();
  std::size_t opened = 0;
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    if (!wanted(bit)) continue;
    const std::size_t byte = bit / 8;
    container[byte] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    if (byte < container_header_size || byte >= last.offset) {
      // Both are looked at when a container is opened; the wrapped key by whoever holds the key that opens it.
      const auto header = read_container_header(ByteView{container}.first(container_header_size));
      if (header && unwrap_key(key_of(w, "wrapping_key"), context_of(w.at("context")), header->wrapped_key) && open())
        ++opened;
    } else {
      const std::uint64_t at = (byte - container_header_size) / sealed_segment_size * segment_size;
      const ByteRange range = reader.sealed_range({at, 1}).value();
      if (reader.open_range({at, 1}, ByteView{container}.subspan(range.offset, range.size))) ++opened;
    }
    container[byte] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  CHECK(open());
  return opened;
}

TEST_CASE("at rest vectors: a flipped bit of a container of three segments is refused") {
  // All of the header and of the last segment, the edges of the two full ones, and a bit of every 16th byte between.
  CHECK(opened_after_flips([](std::size_t bit) {
          const std::size_t byte = bit / 8;
          if (byte < container_header_size || byte >= container_header_size + 2 * sealed_segment_size) return true;
          const std::size_t in = (byte - container_header_size) % sealed_segment_size;
          return in < 32 || in >= sealed_segment_size - 32 || (byte % 16 == 0 && bit % 8 == (byte / 16) % 8);
        }) == 0);
}

TEST_CASE("at rest vectors: every single bit of a container of three segments (about a minute: tests/store/run.sh)" *
          doctest::skip()) {
  CHECK(opened_after_flips([](std::size_t) { return true; }) == 0);
}

}  // namespace
}  // namespace sealhall
