#include "server/media/link_packer.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sealhall;
using namespace sealhall::media;

TEST_CASE("link packer: messages come out as they went in, with the sending worker") {
  LinkPacker packer;
  CHECK(packer.pending().empty());
  CHECK(packer.add(7, as_bytes("head"), as_bytes("body")));
  CHECK(packer.add(7, as_bytes("x"), {}));
  std::vector<std::string> got;
  unpack_link(packer.pending(), [&](std::uint32_t worker, ByteView message) {
    CHECK(worker == 7);
    got.emplace_back(as_text(message));
  });
  CHECK(got == std::vector<std::string>{"headbody", "x"});
  packer.clear();
  CHECK(packer.pending().empty());
}

TEST_CASE("link packer: what does not fit is refused and changes nothing") {
  LinkPacker packer;
  CHECK(!packer.add(1, {}, {}));
  const Bytes large(30'000, 1);
  CHECK(packer.add(1, {}, large));
  CHECK(packer.add(1, {}, large));
  const std::size_t before = packer.pending().size();
  CHECK(!packer.add(1, {}, large));
  CHECK(packer.pending().size() == before);
  CHECK(!packer.add(1, large, Bytes(40'000)));
}

TEST_CASE("link packer: cut datagrams give the whole messages only") {
  LinkPacker packer;
  packer.add(1, {}, as_bytes("abc"));
  packer.add(1, {}, as_bytes("defg"));
  const ByteView whole = packer.pending();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    std::size_t count = 0;
    unpack_link(whole.first(n), [&](std::uint32_t, ByteView) { ++count; });
    CHECK(count == (n >= 9 ? 1 : 0));
  }
}
