#include "store/postgres_result.h"

#include <charconv>

namespace sealhall::store {
namespace {

// Object ids of built-in types; fixed for good (pg_type.dat).
enum Type : Oid { boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23, text = 25, varchar = 1043 };

std::optional<Value> cell(const PGresult& result, int row, int column) {
  if (PQgetisnull(&result, row, column) != 0) return Value{};
  const char* const data = PQgetvalue(&result, row, column);
  const ByteView raw{reinterpret_cast<const std::uint8_t*>(data),
                     static_cast<std::size_t>(PQgetlength(&result, row, column))};
  ByteReader reader{raw};
  std::int64_t number = 0;
  switch (PQftype(&result, column)) {
    case boolean:
      number = reader.u8();
      break;
    case int2:
      number = static_cast<std::int16_t>(reader.u16());
      break;
    case int4:
      number = static_cast<std::int32_t>(reader.u32());
      break;
    case int8:
      number = static_cast<std::int64_t>(reader.u64());
      break;
    case text:
    case varchar:
    case name:
      return Value{as_text(raw)};
    case bytea:
      return Value{raw};
    default:
      return std::nullopt;
  }
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return Value{number};
}

std::int64_t changes_of(const PGresult& result) {
  // Both want a non-const pointer and only read.
  auto* const reading = const_cast<PGresult*>(&result);
  if (std::string_view{PQcmdStatus(reading)}.starts_with("SELECT")) return 0;
  const std::string_view count = PQcmdTuples(reading);
  std::int64_t changes = 0;
  std::from_chars(count.data(), count.data() + count.size(), changes);
  return changes;
}

}  // namespace

Oid type_of(const Value& value) noexcept {
  if (std::holds_alternative<std::int64_t>(value)) return int8;
  if (std::holds_alternative<std::string>(value)) return text;
  if (std::holds_alternative<Bytes>(value)) return bytea;
  return InvalidOid;
}

PostgresFailure failure_of(std::string_view sqlstate) noexcept {
  using enum PostgresFailure::Kind;
  using enum StoreError;
  const std::string_view group = sqlstate.substr(0, 2);
  if (sqlstate == "23505") return {error, taken};
  if (sqlstate == "23503") return {error, not_found};
  if (sqlstate == "40001" || sqlstate == "40P01") return {again, busy};
  if (sqlstate == "55P03" || sqlstate == "57014") return {error, busy};  // lock_timeout, statement_timeout
  if (sqlstate == "53100") return {error, full};
  if (sqlstate == "22021" || sqlstate == "22P05") return {error, bad_text};
  if (group == "XX" && sqlstate != "XX000") return {error, damaged};
  // A standby; a server that stops; another one behind the same name whose plans are not ours.
  if (sqlstate == "08P01") return {error, failed};  // not as many values as parameters
  if (sqlstate == "25006" || sqlstate == "26000" || sqlstate == "0A000" || sqlstate == "40003" || group == "08" ||
      sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" || sqlstate == "57P05" || sqlstate == "25P03") {
    return {lost, unavailable};
  }
  return {error, failed};
}

std::optional<Rows> rows_of(const PGresult& result) {
  const int rows = PQntuples(&result);
  const int columns = PQnfields(&result);
  std::vector<Value> cells;
  cells.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      auto value = cell(result, row, column);
      if (!value) return std::nullopt;
      cells.push_back(std::move(*value));
    }
  }
  return Rows{static_cast<std::size_t>(columns), std::move(cells), changes_of(result)};
}

}  // namespace sealhall::store
