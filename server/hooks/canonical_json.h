// JSON as a JavaScript engine writes it. Receivers of webhooks recompute the signature over
// JSON.stringify(JSON.parse(body)), so a body has to be exactly that: compact, keys that look like indices first,
// numbers as ECMA-262 section 6.1.6.1.20 says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sealhall::hooks {

/// The same JSON, such that JSON.stringify(JSON.parse(x)) changes nothing. A fraction may come out as the neighbouring
/// double: the parser does not round exactly. nullopt when it is no JSON or deeper than 32.
std::optional<std::string> canonical_json(std::string_view json);

/// The text of a number: 1, 0.1, 1e+21, 1.5e-7. "null" for what is not finite.
std::string js_number(double value);

/// Text in quotes, escaped as JSON.stringify does. `text` is UTF-8.
std::string js_string(std::string_view text);

}  // namespace sealhall::hooks
