// What of a meeting that was held is content, and how it is sealed: written by control while it runs, read by reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/shape.h"
#include "server/vault/vault.h"

namespace sealhall::v2 {

struct TrackedValue {
  std::string field;
  std::string value;
};
struct RunContent {
  std::string topic;
  std::string timezone = "UTC";
  std::uint32_t type = 2;
  std::vector<TrackedValue> tracking_fields;
};
BOOST_DESCRIBE_STRUCT(TrackedValue, (), (field, value))
BOOST_DESCRIBE_STRUCT(RunContent, (), (topic, timezone, type, tracking_fields))

inline vault::SealContext run_context(const std::string& account_id, const std::string& uuid) {
  return {account_id, "history", uuid, "details"};
}
inline vault::SealContext visit_context(const std::string& account_id, const std::string& uuid, std::int64_t visit) {
  return {account_id, "history", uuid + "/" + std::to_string(visit), "name"};
}

}  // namespace sealhall::v2
