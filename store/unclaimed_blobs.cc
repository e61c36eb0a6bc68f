#include "store/unclaimed_blobs.h"

#include <utility>

namespace sealhall::store {

void UnclaimedBlobs::add(std::string name, UnixMicros now, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO unclaimed_blobs(name, since) VALUES($1,$2) ON CONFLICT (name) DO UPDATE SET "
                         "since=excluded.since",
                  .values = {std::move(name), now}}},
                only_done(std::move(done)));
}

void UnclaimedBlobs::doom(UnixMicros then, Done<std::int64_t> done) {
  engine_.write({{.sql = "INSERT INTO doomed_blobs(name) SELECT name FROM unclaimed_blobs WHERE since<$1 ON CONFLICT "
                         "(name) DO NOTHING",
                  .values = {then}},
                 {.sql = "DELETE FROM unclaimed_blobs WHERE since<$1", .values = {then}}},
                [done = std::move(done)](auto rows) mutable {
                  if (!rows) return done(unexpected(rows.error()));
                  done(rows->back().changes());
                });
}

}  // namespace sealhall::store
