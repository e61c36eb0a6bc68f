#include "store/branding.h"

#include <utility>

namespace sealhall::store {
namespace {

/// The account's row, so that an UPDATE after it finds one.
Statement row_of(const std::string& account_id) {
  return {.sql =
              "INSERT INTO branding(account_id, organisation, accent, logo_id, logo_type, logo) "
              "VALUES($1, '', '', '', '', $2) ON CONFLICT(account_id) DO NOTHING",
          .values = {account_id, Bytes{}}};
}

}  // namespace

void Brandings::of(std::string account_id, Done<Branding> done) {
  engine_.read({.sql = "SELECT organisation, accent, logo_id FROM branding WHERE account_id=$1",
                .values = {std::move(account_id)}},
               [done = std::move(done)](expected<Rows, StoreError> rows) mutable {
                 if (!rows) return done(unexpected(rows.error()));
                 if (rows->empty()) return done(Branding{});
                 done(Branding{rows->text(0, 0), rows->text(0, 1), rows->text(0, 2)});
               });
}

void Brandings::change(std::string account_id, std::optional<std::string> organisation,
                       std::optional<std::string> accent, Done<void> done) {
  engine_.write({row_of(account_id),
                 {.sql = "UPDATE branding SET organisation=COALESCE(CAST($2 AS TEXT), organisation), "
                         "accent=COALESCE(CAST($3 AS TEXT), accent) WHERE account_id=$1",
                  .values = {account_id, std::move(organisation), std::move(accent)}}},
                only_done(std::move(done)));
}

void Brandings::put_logo(std::string account_id, std::string logo_id, Logo logo, Done<void> done) {
  engine_.write({row_of(account_id),
                 {.sql = "UPDATE branding SET logo_id=$2, logo_type=$3, logo=$4 WHERE account_id=$1",
                  .values = {account_id, std::move(logo_id), std::move(logo.type), std::move(logo.content)}}},
                only_done(std::move(done)));
}

void Brandings::remove_logo(std::string account_id, Done<void> done) {
  engine_.write({{.sql = "UPDATE branding SET logo_id='', logo_type='', logo=$2 WHERE account_id=$1",
                  .values = {std::move(account_id), Bytes{}}}},
                only_done(std::move(done)));
}

void Brandings::logo(std::string account_id, std::string logo_id, Done<std::optional<Logo>> done) {
  engine_.read({.sql = "SELECT logo_type, logo FROM branding WHERE account_id=$1 AND logo_id=$2 AND logo_id<>''",
                .values = {std::move(account_id), std::move(logo_id)}},
               first_row<Logo>([](const Rows& rows, std::size_t i) { return Logo{rows.text(i, 0), rows.bytes(i, 1)}; },
                               std::move(done)));
}

}  // namespace sealhall::store
