// The signalling protocol as a JSON schema (draft 2020-12) and as TypeScript types, from the same declaration as the
// codec.
#pragma once

#include <string>

namespace sealhall::wire {

/// One document: "$defs" holds every struct and enumeration, ClientMessage and ServerMessage. Sizes of strings count
/// code points; base64url text has the length that its bytes need.
std::string signalling_json_schema();

/// A module of types: one interface a struct, one union of words an enumeration, ClientMessage and ServerMessage.
std::string signalling_typescript();

}  // namespace sealhall::wire
