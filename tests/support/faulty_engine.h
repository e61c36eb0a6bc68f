// A store's engine that passes everything on to another one, and whose database is away for what a test names.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/engine.h"

namespace sealhall::testing {

class FaultyEngine final : public store::Engine {
 public:
  explicit FaultyEngine(store::Engine& whole) noexcept : whole_(whole) {}

  std::optional<std::string> lost_reads;   ///< reads whose SQL has this in it get `unavailable`
  std::optional<std::string> lost_writes;  ///< the same of transactions in which one statement has it; nothing happens
  int lost = 0;                            ///< so many until now

  void read(store::Statement statement, store::Done<store::Rows> done) override {
    if (!names(lost_reads, statement)) return whole_.read(std::move(statement), std::move(done));
    ++lost;
    done(unexpected(store::StoreError::unavailable));
  }
  void write(std::vector<store::Statement> statements, store::Done<std::vector<store::Rows>> done) override {
    const bool fails =
        std::ranges::any_of(statements, [this](const store::Statement& s) { return names(lost_writes, s); });
    if (!fails) return whole_.write(std::move(statements), std::move(done));
    ++lost;
    done(unexpected(store::StoreError::unavailable));
  }
  [[nodiscard]] std::optional<store::StoreError> trouble() const noexcept override { return whole_.trouble(); }

 private:
  static bool names(const std::optional<std::string>& lost, const store::Statement& statement) {
    return lost && statement.sql.find(*lost) != std::string::npos;
  }
  store::Engine& whole_;
};

}  // namespace sealhall::testing
