#include "store/transfer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "io/files/files.h"
#include "io/net/timer.h"
#include "store/migrations.h"
#include "store/sqlite.h"

namespace sealhall::store {
namespace {

constexpr std::size_t page = 500;

struct Table {
  std::string name;
  std::vector<std::string> columns;  ///< by name
  std::vector<std::string> key;      ///< the primary key, or every column
  std::set<std::string> parents;     ///< tables that its foreign keys name
};

std::string joined(const std::vector<std::string>& words, const std::string& between = ", ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}
std::string parameters(std::size_t n, std::size_t from = 1) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += (i == 0 ? "$" : ",$") + std::to_string(from + i);
  return out;
}

/// Tables of our schema, parents before their children. A scratch database knows them, so no engine is asked.
expected<std::vector<Table>, std::string> tables_of_schema() {
  const auto wrong = [] { return unexpected(std::string{"The schema cannot be made in memory."}); };
  auto scratch = Database::open(":memory:", Database::Mode::read_write);
  if (!scratch || !migrate(*scratch)) return wrong();
  auto names =
      scratch->run({"SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite!_%' "
                    "ESCAPE '!' AND name<>'schema_steps' ORDER BY name"});
  if (!names) return wrong();
  std::map<std::string, Table> tables;
  for (std::size_t i = 0; i < names->size(); ++i) {
    Table table{names->text(i, 0), {}, {}, {}};
    auto columns = scratch->run({"SELECT name FROM pragma_table_info($1) ORDER BY name", {table.name}});
    auto key = scratch->run({"SELECT name FROM pragma_table_info($1) WHERE pk>0 ORDER BY pk", {table.name}});
    auto parents = scratch->run({"SELECT \"table\" FROM pragma_foreign_key_list($1)", {table.name}});
    if (!columns || !key || !parents) return wrong();
    for (std::size_t c = 0; c < columns->size(); ++c) table.columns.push_back(columns->text(c, 0));
    for (std::size_t c = 0; c < key->size(); ++c) table.key.push_back(key->text(c, 0));
    for (std::size_t p = 0; p < parents->size(); ++p) table.parents.insert(parents->text(p, 0));
    if (table.key.empty()) table.key = table.columns;
    tables.emplace(table.name, std::move(table));
  }
  std::vector<Table> ordered;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> add = [&](const std::string& name) {
    if (!seen.insert(name).second) return;
    for (const std::string& parent : tables.at(name).parents) add(parent);
    ordered.push_back(tables.at(name));
  };
  for (const auto& [name, table] : tables) add(name);
  return ordered;
}

/// Asks an engine and waits.
class Asker {
 public:
  Asker(io::Loop& loop, Engine& engine) : loop_(loop), engine_(engine), awake_(loop) {
    awake_.after(std::chrono::hours{10'000}, [] {});
  }
  expected<Rows, StoreError> read(Statement statement) {
    return wait<Rows>([&](Done<Rows> done) { engine_.read(std::move(statement), std::move(done)); });
  }
  expected<void, StoreError> write(std::vector<Statement> statements) {
    auto rows = wait<std::vector<Rows>>([&](auto done) { engine_.write(std::move(statements), std::move(done)); });
    if (!rows) return unexpected(rows.error());
    return {};
  }

 private:
  template <class T, class Start>
  expected<T, StoreError> wait(Start start) {
    std::optional<expected<T, StoreError>> result;
    start(Done<T>{[&](expected<T, StoreError> r) { result = std::move(r); }});
    loop_.run_until([&] { return result.has_value(); }, std::chrono::hours{1});
    return result ? std::move(*result) : unexpected(StoreError::busy);
  }
  io::Loop& loop_;
  Engine& engine_;
  io::Timer awake_;
};

std::string failed(const std::string& what, StoreError error) {
  return what + " failed (" + std::string{name_of(error)} + ").";
}

/// Gives every row of the table to `take`, by its key, a page at a time.
expected<void, std::string> each_row(Asker& asker, const Table& table, const std::function<void(ExportRow)>& take) {
  const std::string start = "SELECT " + joined(table.columns) + " FROM " + table.name;
  const std::string end = " ORDER BY " + joined(table.key) + " LIMIT " + std::to_string(page);
  std::vector<Value> last;
  for (;;) {
    const std::string after =
        last.empty() ? "" : " WHERE (" + joined(table.key) + ") > (" + parameters(last.size()) + ")";
    std::vector<Value> values = last;
    auto rows = asker.read({start + after + end, std::move(values)});
    if (!rows) return unexpected(failed("Reading " + table.name, rows.error()));
    for (std::size_t i = 0; i < rows->size(); ++i) {
      ExportRow row;
      for (std::size_t c = 0; c < rows->columns(); ++c) row.cells.push_back(rows->at(i, c));
      if (i + 1 == rows->size()) {
        last.clear();
        for (const std::string& column : table.key) {
          const auto at = std::ranges::find(table.columns, column) - table.columns.begin();
          last.push_back(row.cells[static_cast<std::size_t>(at)]);
        }
      }
      take(std::move(row));
    }
    if (rows->size() < page) return {};
  }
}

expected<TransferReport, std::string> describe(Asker& asker, const std::vector<Table>& tables,
                                               const std::function<void(const ExportRecord&)>& write) {
  TransferReport report;
  for (const Table& table : tables) {
    TransferredTable& now = report.emplace_back(TransferredTable{table.name, 0, {}});
    if (write) write(ExportTable{table.name, table.columns});
    auto done = each_row(asker, table, [&](ExportRow row) {
      ++now.rows;
      now.hash = next_hash(now.hash, row);
      if (write) write(row);
    });
    if (!done) return unexpected(done.error());
    if (write) write(ExportTableEnd{now.rows, now.hash});
  }
  if (write) write(ExportEnd{static_cast<std::uint32_t>(tables.size())});
  return report;
}

/// The file, mapped.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info{};
    if (fd >= 0 && ::fstat(fd, &info) == 0 && info.st_size > 0) {
      size_ = static_cast<std::size_t>(info.st_size);
      void* const at = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (at != MAP_FAILED) data_ = static_cast<const std::uint8_t*>(at);
    }
    if (fd >= 0) ::close(fd);
  }
  ~Mapped() {
    if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  [[nodiscard]] ByteView bytes() const noexcept { return data_ == nullptr ? ByteView{} : ByteView{data_, size_}; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Writes rows in pages; those whose parent is not there yet are tried again when the others are.
class Importer {
 public:
  explicit Importer(Asker& asker) : asker_(asker) {}
  void begin(const ExportTable& table) {
    insert_ = "INSERT INTO " + table.name + "(" + joined(table.columns) + ") VALUES(" +
              parameters(table.columns.size()) + ")";
  }
  expected<void, StoreError> add(ExportRow row) {
    ready_.push_back({insert_, std::move(row.cells)});
    return ready_.size() < page ? expected<void, StoreError>{} : flush();
  }
  expected<void, StoreError> flush() {
    std::vector<Statement> rows = std::exchange(ready_, {});
    if (rows.empty()) return {};
    auto all = asker_.write(rows);
    if (all || all.error() != StoreError::not_found) return all;
    for (Statement& row : rows) {
      auto one = asker_.write({row});
      if (!one && one.error() != StoreError::not_found) return one;
      if (!one) orphans_.push_back(std::move(row));
    }
    return {};
  }
  expected<void, StoreError> finish() {
    for (std::size_t before = orphans_.size() + 1; !orphans_.empty() && orphans_.size() < before;) {
      before = orphans_.size();
      ready_ = std::exchange(orphans_, {});
      if (auto done = flush(); !done) return done;
    }
    if (!orphans_.empty()) return unexpected(StoreError::not_found);
    return {};
  }

 private:
  Asker& asker_;
  std::string insert_;
  std::vector<Statement> ready_;
  std::vector<Statement> orphans_;
};

std::string sentence(ExportFileError error) {
  switch (error) {
    case ExportFileError::not_ours:
      return "This is no file of sealhall export.";
    case ExportFileError::truncated:
      return "The file ends too early; copy it again.";
    default:
      return "The file is damaged; copy it again.";
  }
}

}  // namespace

expected<TransferReport, std::string> describe(io::Loop& loop, Engine& engine) {
  auto tables = tables_of_schema();
  if (!tables) return unexpected(tables.error());
  Asker asker{loop, engine};
  return describe(asker, *tables, nullptr);
}

expected<TransferReport, std::string> export_to(io::Loop& loop, Engine& engine, const std::string& path) {
  auto tables = tables_of_schema();
  if (!tables) return unexpected(tables.error());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return unexpected("The file " + path + " exists already or cannot be made.");
  bool good = true;
  Bytes waiting;
  const auto drain = [&] {
    good = good && io::write_all(fd, waiting);
    waiting.clear();
  };
  write_export_start(waiting);
  for (const SchemaStep& step : schema_steps()) write_record(waiting, ExportStep{std::string{step.name}});
  Asker asker{loop, engine};
  auto report = describe(asker, *tables, [&](const ExportRecord& record) {
    write_record(waiting, record);
    if (waiting.size() > (1U << 20)) drain();
  });
  drain();
  good = ::fsync(fd) == 0 && good;
  ::close(fd);
  expected<TransferReport, std::string> result = report;
  if (report && !good) result = unexpected("The file " + path + " cannot be written; is the disk full?");
  if (report && good && describe(asker, *tables, nullptr) != report) {
    result = unexpected(std::string{"The database was changed meanwhile. Stop the server first."});
  }
  if (!result) ::unlink(path.c_str());
  return result;
}

expected<TransferReport, std::string> import_from(io::Loop& loop, Engine& engine, const std::string& path) {
  auto tables = tables_of_schema();
  if (!tables) return unexpected(tables.error());
  const Mapped file{path};
  Asker asker{loop, engine};
  auto users = asker.read({"SELECT COUNT(*) FROM users"});
  if (!users) return unexpected(failed("Reading users", users.error()));
  if (users->integer(0, 0) > 0)
    return unexpected(std::string{"This database is in use: it has users. Give a new one."});

  // Twice through the file: the first only looks, so that nothing is begun with a damaged one.
  std::vector<std::string> steps;
  TransferReport wanted;
  for (ExportReader reader{file.bytes()};;) {
    auto record = reader.next();
    if (!record) return unexpected(sentence(record.error()));
    if (auto* step = std::get_if<ExportStep>(&*record)) steps.push_back(std::move(step->name));
    if (const auto* table = std::get_if<ExportTable>(&*record)) {
      if (wanted.size() >= tables->size() || (*tables)[wanted.size()].name != table->name ||
          (*tables)[wanted.size()].columns != table->columns) {
        return unexpected(std::string{"The file is of another version. Export with the version that imports."});
      }
      wanted.push_back({table->name, 0, {}});
    }
    if (const auto* end = std::get_if<ExportTableEnd>(&*record)) {
      wanted.back().rows = end->rows;
      wanted.back().hash = end->hash;
    }
    if (std::holds_alternative<ExportEnd>(*record)) break;
  }
  if (!std::ranges::equal(steps, schema_steps(), {}, {}, &SchemaStep::name) || wanted.size() != tables->size()) {
    return unexpected(std::string{"The file is of another version. Export with the version that imports."});
  }

  std::vector<Statement> clear;
  for (auto table = tables->rbegin(); table != tables->rend(); ++table) clear.push_back({"DELETE FROM " + table->name});
  if (auto cleared = asker.write(std::move(clear)); !cleared) {
    return unexpected(failed("Emptying the database", cleared.error()));
  }
  Importer importer{asker};
  std::string current;
  for (ExportReader reader{file.bytes()};;) {
    auto record = reader.next();
    if (!record) return unexpected(sentence(record.error()));
    expected<void, StoreError> done;
    if (const auto* table = std::get_if<ExportTable>(&*record)) {
      current = table->name;
      importer.begin(*table);
    } else if (auto* row = std::get_if<ExportRow>(&*record)) {
      done = importer.add(std::move(*row));
    } else if (std::holds_alternative<ExportTableEnd>(*record)) {
      done = importer.flush();
    }
    const bool last = std::holds_alternative<ExportEnd>(*record);
    if (last) done = importer.finish();
    if (!done) return unexpected(failed("Writing " + current, done.error()));
    if (last) break;
  }
  auto report = describe(asker, *tables, nullptr);
  if (report && *report != wanted) return unexpected(std::string{"The database does not hold what the file holds."});
  return report;
}

}  // namespace sealhall::store
