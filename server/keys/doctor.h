// Looks at a data folder and says in sentences what is well, what is not, and what to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/open_blobs.h"

namespace sealhall::keys {

enum class Verdict : std::uint8_t { good, note, bad };
struct Finding {
  Verdict verdict = Verdict::good;
  std::string sentence;
};

struct DoctorOptions {
  std::string data;
  std::string run;
  std::string passphrase_file = {};
  std::string database = {};  ///< as store::open_engine takes it
  bool root_in_hsm = false;
  store::BlobSettings blobs = {};
  std::string scan_clamd = {};  ///< as io::ping_clamd takes it; empty: it is not asked
};
/// Changes nothing. Asks the S3 server and the PostgreSQL server that the settings name.
std::vector<Finding> examine(const DoctorOptions& options);

/// What `upgrade --check` asks: the steps that this version would apply to the database. The first finding is bad when
/// the database is of a later version or cannot be read.
std::vector<Finding> examine_upgrade(const std::string& data);

}  // namespace sealhall::keys
