// One step of the schema: see store/migrations.h.
#pragma once

#include <string_view>

namespace sealhall::store {

struct SchemaStep {
  std::string_view name;  ///< unique, kept for good: "chat", "chat: reactions"
  /// Statements with ';' between them, for both engines: BIGINT, TEXT, `{bytes}`; what store/engine.h says holds here.
  std::string_view sql;
};

}  // namespace sealhall::store
