#include "core/base/secret.h"

#include <doctest/doctest.h>

#include <ostream>
#include <type_traits>

namespace sealhall {
namespace {

template <typename T>
concept Printable = requires(std::ostream& stream, const T& value) { stream << value; };

TEST_CASE("secret: the length is compared first, so an empty tag never equals a full one") {
  const Bytes tag{1, 2, 3, 4};
  CHECK(constant_time_equal(tag, Bytes{1, 2, 3, 4}));
  CHECK_FALSE(constant_time_equal(tag, Bytes{}));
  CHECK_FALSE(constant_time_equal(tag, Bytes{1, 2, 3}));
  CHECK_FALSE(constant_time_equal(tag, Bytes{1, 2, 3, 5}));
  CHECK_FALSE(constant_time_equal(tag, Bytes{0, 2, 3, 4}));
}

TEST_CASE("secret: has no way into a stream") {
  static_assert(Printable<std::uint8_t>);  // the question itself can be answered with yes
  static_assert(!Printable<Secret<4>>);
  static_assert(!Printable<SecretBytes>);
}

TEST_CASE("secret: cannot be copied by accident, and moving leaves zeros behind") {
  static_assert(!std::is_copy_constructible_v<Secret<4>>);
  static_assert(!std::is_copy_assignable_v<Secret<4>>);
  static_assert(!std::is_convertible_v<Secret<4>, ByteView>);
  const std::array<std::uint8_t, 4> key{9, 8, 7, 6};
  Secret<4> a{std::span<const std::uint8_t, 4>{key}};
  const Secret<4> b = std::move(a);
  CHECK(equal(b.reveal(), key));
  CHECK(equal(a.reveal(), Bytes{0, 0, 0, 0}));  // NOLINT(bugprone-use-after-move): the promise under test
  CHECK(b == b.clone());
  CHECK_FALSE(b == Secret<4>{});
}

TEST_CASE("secret: the destructor wipes the place where the bytes stood") {
  alignas(Secret<32>) std::array<std::uint8_t, sizeof(Secret<32>)> place{};
  auto* secret = new (place.data()) Secret<32>;
  std::ranges::fill(secret->reveal_mutable(), std::uint8_t{0xAB});
  CHECK(std::ranges::count(place, std::uint8_t{0xAB}) == 32);
  secret->~Secret();
  const volatile std::uint8_t* p = place.data();
  int left = 0;
  for (std::size_t i = 0; i < place.size(); ++i) left += p[i] == 0xAB ? 1 : 0;
  CHECK(left == 0);
}

TEST_CASE("secret: bytes of run-time length follow the same rules") {
  SecretBytes a{Bytes{1, 2, 3}};
  const SecretBytes b = a.clone();
  CHECK(a == b);
  const SecretBytes c = std::move(a);
  CHECK(c == b);
  CHECK(a.size() == 0);  // NOLINT(bugprone-use-after-move): the promise under test
}

}  // namespace
}  // namespace sealhall
