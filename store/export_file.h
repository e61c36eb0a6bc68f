// The file of `sealhall export`: every row of every table, the same bytes whichever database they came from.
//
//   "sealhall-export-1\n", then records, each with a byte for its kind; numbers are big-endian:
//   1 schema step: u16 length, name              2 table: u16 length, name, u16 columns, each u16 length, name
//   3 row of that table: a cell a column: 0 NULL | 1 i64 | 2 u32 length, text | 3 u32 length, bytes
//   4 end of the table: u64 rows, 32 bytes hash  5 end: u32 tables
// The hash is a chain: h = SHA-256(h, row record), h = 32 zero bytes before the first row.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "store/engine.h"

namespace sealhall::store {

using RowsHash = std::array<std::uint8_t, 32>;

struct ExportStep {
  std::string name;
};
struct ExportTable {
  std::string name;
  std::vector<std::string> columns;
};
struct ExportRow {
  std::vector<Value> cells;
};
struct ExportTableEnd {
  std::uint64_t rows = 0;
  RowsHash hash{};
};
struct ExportEnd {
  std::uint32_t tables = 0;
};
using ExportRecord = std::variant<ExportStep, ExportTable, ExportRow, ExportTableEnd, ExportEnd>;

enum class ExportFileError : std::uint8_t {
  not_ours,   ///< no export, or one of another format
  truncated,  ///< it ends before its end
  damaged,    ///< a record that no export has, or a table that is not what its end says
};

/// Appends the record to `to`.
void write_record(Bytes& to, const ExportRecord& record);
/// The chain's next link for a row.
RowsHash next_hash(const RowsHash& hash, const ExportRow& row);
void write_export_start(Bytes& to);

/// Reads records one after the other and checks counts and hashes on the way. After an error it is of no use.
class ExportReader {
 public:
  /// `file` must live as long.
  explicit ExportReader(ByteView file) noexcept : file_(file) {}
  expected<ExportRecord, ExportFileError> next();

 private:
  expected<ExportRecord, ExportFileError> take(ByteReader& reader);
  expected<ExportRecord, ExportFileError> take_row(ByteReader& reader);

  ByteView file_;
  std::size_t at_ = 0;
  std::size_t columns_ = 0;
  bool in_table_ = false;
  std::uint64_t rows_ = 0;
  std::uint32_t tables_ = 0;
  RowsHash hash_{};
};

}  // namespace sealhall::store
