// When the recovery kit was shown the last time: a line in the folder of the keys, without anything secret in it. The
// command that shows the kit writes it; the key service makes an entry in the audit log of it.
#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::kms {

struct KitRecord {
  std::string root;  ///< the first four bytes of the root key's id in hexadecimal, as the sheet and `keys list` say it
  UnixMicros at{};
  bool operator==(const KitRecord&) const = default;
};

std::string kit_record_path(const std::string& folder);
/// What stands in the file.
std::string line_of(const KitRecord& record);
/// `folder` is that of the keys. The error is a sentence.
expected<void, std::string> write_kit_record(const std::string& folder, const KitRecord& record);
/// nullopt: it was never shown here, or the file is none of ours.
std::optional<KitRecord> read_kit_record(const std::string& folder);

}  // namespace sealhall::kms
