#include "server/identity/cbor.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "core/base/encoding.h"

using namespace sealhall;
using namespace sealhall::identity;

namespace {
/// The error of parsing `hex`, or nullopt.
std::optional<CborError> error_of(const char* hex) {
  const Bytes data = from_hex(hex).value();
  const auto parsed = parse_cbor(data);
  if (parsed) return std::nullopt;
  return parsed.error();
}
}  // namespace

TEST_CASE("cbor: the examples of RFC 8949 appendix A that are supported") {
  struct Example {
    const char* hex;
    std::int64_t value;
  };
  for (const auto& [hex, value] :
       {Example{"00", 0}, Example{"01", 1}, Example{"0a", 10}, Example{"17", 23}, Example{"1818", 24},
        Example{"1864", 100}, Example{"1903e8", 1000}, Example{"1a000f4240", 1000000},
        Example{"1b000000e8d4a51000", 1000000000000}, Example{"20", -1}, Example{"29", -10}, Example{"3863", -100},
        Example{"3903e7", -1000}, Example{"3b7fffffffffffffff", INT64_MIN}}) {
    CAPTURE(hex);
    const Bytes data = from_hex(hex).value();
    const auto parsed = parse_cbor(data);
    REQUIRE(parsed.has_value());
    CHECK(parsed->item.is(value));
    CHECK_FALSE(parsed->item.is(value == 7 ? 8 : 7));
    CHECK(parsed->size == data.size());
  }
  const Bytes big = from_hex("1bffffffffffffffff").value();
  CHECK(std::get<std::uint64_t>(parse_cbor(big)->item.value) == UINT64_MAX);
  CHECK_FALSE(parse_cbor(big)->item.is(-1));
  const Bytes text = from_hex("6449455446").value();
  CHECK(*parse_cbor(text)->item.text() == "IETF");
  const Bytes bytes = from_hex("4401020304").value();
  CHECK(to_hex(*parse_cbor(bytes)->item.bytes()) == "01020304");
  const Bytes list = from_hex("8301820203820405").value();
  REQUIRE(parse_cbor(list)->item.list() != nullptr);
  CHECK(parse_cbor(list)->item.list()->at(2).list()->at(1).is(5));
  const Bytes map = from_hex("a26161016162820203").value();
  const auto parsed_map = parse_cbor(map);
  CHECK(parsed_map->item.at("a")->is(1));
  CHECK(parsed_map->item.at("b")->list()->size() == 2);
  CHECK(parsed_map->item.at("c") == nullptr);
  CHECK(parsed_map->item.at(1) == nullptr);
  const Bytes numbers = from_hex("a201020326").value();
  CHECK(parse_cbor(numbers)->item.at(3)->is(-7));
  for (const char* simple : {"f4", "f5", "f6"}) CHECK_FALSE(error_of(simple));
}

TEST_CASE("cbor: what follows the item is not looked at, and its size is known") {
  const Bytes data = from_hex("a1616101ffff").value();
  CHECK(parse_cbor(data)->size == 4);
}

TEST_CASE("cbor: every kind of bad data has its error") {
  CHECK(error_of("") == CborError::truncated);
  for (const char* cut : {"18", "1903", "1a0000", "1b00000000000000", "42ff", "62c3", "8201", "a101", "a1",
                          "5affffffff00", "5bffffffffffffffff00"}) {
    CAPTURE(cut);
    CHECK(error_of(cut) == CborError::truncated);
  }
  for (const char* unsupported : {"c001", "d81801", "f90000", "fa00000000", "fb0000000000000000", "5f4101ff",
                                  "7f6161ff", "9f01ff", "bf0101ff", "f7", "f818", "f0", "ff", "1c", "1f"}) {
    CAPTURE(unsupported);
    CHECK(error_of(unsupported) == CborError::not_supported);
  }
  for (const char* longer :
       {"1801", "1817", "190001", "1900ff", "1a0000ffff", "1b00000000ffffffff", "580100", "3800"}) {
    CAPTURE(longer);
    CHECK(error_of(longer) == CborError::not_minimal);
  }
  CHECK(error_of("61ff") == CborError::bad_text);
  CHECK(error_of("63eda080") == CborError::bad_text);
  CHECK(error_of("a2616101616102") == CborError::duplicate_key);
  CHECK(error_of("a201020103") == CborError::duplicate_key);
  CHECK(error_of("3bffffffffffffffff") == CborError::number_range);
  CHECK(error_of("8181818181818100") == std::nullopt);
  CHECK(error_of("818181818181818100") == CborError::too_deep);
  CHECK(error_of("9affffffff") == CborError::too_many);
  CHECK(error_of("baffffffff") == CborError::too_many);
  std::string many = "98ff";
  for (int i = 0; i < 255; ++i) many += "00";
  CHECK(error_of(many.c_str()) == std::nullopt);
  std::string too_many = "82" + many + many;
  CHECK(error_of(too_many.c_str()) == CborError::too_many);
}
