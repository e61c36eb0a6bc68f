// Tested in transfer_test.cc
#include "store/export_file.h"

#include <algorithm>

#include "core/crypto/hash.h"
#include "store/dialect.h"

namespace sealhall::store {
namespace {

constexpr std::string_view start = "sealhall-export-1\n";
constexpr std::size_t most_columns = 200;

template <class Number>
void put(Bytes& to, Number number, std::size_t size) {
  for (std::size_t i = size; i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i)));
}
void put_name(Bytes& to, const std::string& name) {
  put(to, name.size(), 2);
  append(to, as_bytes(name));
}
std::string take_name(ByteReader& reader) {
  const std::size_t size = reader.u16();
  return std::string{as_text(reader.bytes(size))};
}

}  // namespace

void write_export_start(Bytes& to) { append(to, as_bytes(start)); }

void write_record(Bytes& to, const ExportRecord& record) {
  put(to, record.index() + 1, 1);
  if (const auto* step = std::get_if<ExportStep>(&record)) {
    put_name(to, step->name);
  } else if (const auto* table = std::get_if<ExportTable>(&record)) {
    put_name(to, table->name);
    put(to, table->columns.size(), 2);
    for (const std::string& column : table->columns) put_name(to, column);
  } else if (const auto* row = std::get_if<ExportRow>(&record)) {
    for (const Value& cell : row->cells) {
      put(to, cell.index(), 1);
      if (const auto* number = std::get_if<std::int64_t>(&cell)) {
        put(to, *number, 8);
      } else if (const auto* text = std::get_if<std::string>(&cell)) {
        put(to, text->size(), 4);
        append(to, as_bytes(*text));
      } else if (const auto* bytes = std::get_if<Bytes>(&cell)) {
        put(to, bytes->size(), 4);
        append(to, *bytes);
      }
    }
  } else if (const auto* end = std::get_if<ExportTableEnd>(&record)) {
    put(to, end->rows, 8);
    append(to, end->hash);
  } else if (const auto* last = std::get_if<ExportEnd>(&record)) {
    put(to, last->tables, 4);
  }
}

RowsHash next_hash(const RowsHash& hash, const ExportRow& row) {
  Bytes link{hash.begin(), hash.end()};
  write_record(link, row);
  return crypto::sha256(link);
}

expected<ExportRecord, ExportFileError> ExportReader::next() {
  if (at_ == 0) {
    if (!as_text(file_).starts_with(start)) return unexpected(ExportFileError::not_ours);
    at_ = start.size();
  }
  ByteReader reader{file_.subspan(at_)};
  auto record = take(reader);
  if (!reader.ok()) return unexpected(ExportFileError::truncated);
  at_ += reader.position();
  if (record && std::holds_alternative<ExportEnd>(*record) && at_ != file_.size()) {
    return unexpected(ExportFileError::damaged);
  }
  return record;
}

expected<ExportRecord, ExportFileError> ExportReader::take(ByteReader& reader) {
  const auto damaged = unexpected(ExportFileError::damaged);
  switch (reader.u8()) {
    case 1:
      if (in_table_ || tables_ > 0) return damaged;
      return ExportStep{take_name(reader)};
    case 2: {
      if (in_table_) return damaged;
      ExportTable table{take_name(reader), {}};
      columns_ = reader.u16();
      if (columns_ == 0 || columns_ > most_columns) return damaged;
      for (std::size_t i = 0; i < columns_ && reader.ok(); ++i) table.columns.push_back(take_name(reader));
      in_table_ = true;
      rows_ = 0;
      hash_ = {};
      return table;
    }
    case 3:
      if (!in_table_) return damaged;
      return take_row(reader);
    case 4: {
      ExportTableEnd end{reader.u64(), {}};
      const ByteView hash = reader.bytes(end.hash.size());
      std::ranges::copy(hash, end.hash.begin());
      if (!in_table_ || end.rows != rows_ || end.hash != hash_) return damaged;
      in_table_ = false;
      ++tables_;
      return end;
    }
    case 5: {
      const ExportEnd end{reader.u32()};
      if (in_table_ || end.tables != tables_) return damaged;
      return end;
    }
    default:
      return damaged;
  }
}

expected<ExportRecord, ExportFileError> ExportReader::take_row(ByteReader& reader) {
  ExportRow row;
  for (std::size_t i = 0; i < columns_; ++i) {
    switch (reader.u8()) {
      case 0:
        row.cells.emplace_back(nullptr);
        break;
      case 1:
        row.cells.emplace_back(static_cast<std::int64_t>(reader.u64()));
        break;
      case 2: {
        const std::string_view text = as_text(reader.bytes(reader.u32()));
        if (!is_storable_text(text)) return unexpected(ExportFileError::damaged);
        row.cells.emplace_back(text);
        break;
      }
      case 3:
        row.cells.emplace_back(reader.bytes(reader.u32()));
        break;
      default:
        return unexpected(ExportFileError::damaged);
    }
    if (!reader.ok()) return unexpected(ExportFileError::truncated);
  }
  ++rows_;
  hash_ = next_hash(hash_, row);
  return row;
}

}  // namespace sealhall::store
