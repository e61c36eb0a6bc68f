// Lists as CSV (RFC 4180), for whoever opens them in a spreadsheet: the one list of a paged answer, a line each.
#pragma once

#include <string>

#include "server/api/shape.h"

namespace sealhall::api {

/// A paged answer ("next_page_token" and one list of objects) with a line of names before it, lines ended by CR LF,
/// UTF-8. Fields of fields are "settings.name"; a list of plain values is joined by "; ", anything deeper is JSON. A
/// text that a spreadsheet would take for a formula (=, +, -, @ in front) gets an apostrophe before it.
std::string write_csv(const Type& answer, const void* value);
/// The field of that name, also inside flattened ones, when it is a text; "" otherwise.
std::string text_field(const Type& type, const void* value, std::string_view name);
/// Whether `type` has a field of that name, also inside flattened ones.
bool has_field(const Type& type, std::string_view name);

}  // namespace sealhall::api
