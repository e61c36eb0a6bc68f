// OpenAPI 3.1 of everything that a registry holds, and the same as a page for people.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/api/registry.h"

namespace sealhall::api {

/// Indented JSON, in the order in which the endpoints were added. Two structs of one name get a number behind it.
std::string openapi_json(std::span<const Registry::Declared> endpoints, std::string_view version);

/// The same for reading: the body of an HTML page.
std::string openapi_page(std::span<const Registry::Declared> endpoints, std::string_view version);

/// GET /openapi.json and GET /docs/api, for anyone. Added last: they show what is there when they are asked.
void add_documentation_endpoints(Registry& registry, std::string_view version);

}  // namespace sealhall::api
