#include "server/api/error.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::api;

TEST_CASE("trap 7: errors have the numbers that programs look at") {
  const auto v2 = [](const ApiError& error) { return to_response(error, ErrorStyle::v2); };
  CHECK(v2(sign_in_needed()).body == R"({"code":124,"message":"Please sign in.","errors":[]})");
  CHECK(v2(sign_in_needed()).status == 401);
  CHECK(v2(wrong_field("topic", "Too long.")).body ==
        R"({"code":300,"message":"Please check what you sent.","errors":[{"field":"topic","message":"Too long."}]})");
  CHECK(v2(no_user("x\"y")).body == R"({"code":1001,"message":"User does not exist: x\"y.","errors":[]})");
  CHECK(v2(not_found()).body.find("\"code\":2300") != std::string::npos);
  CHECK(v2(not_allowed()).body.find("\"code\":200,") != std::string::npos);
  CHECK(to_response(not_found()).body.find("\"code\":404") != std::string::npos);
  ApiError grant{400, "This code was used already."};
  grant.oauth = "invalid_grant";
  CHECK(to_response(grant, ErrorStyle::oauth).body ==
        R"({"reason":"This code was used already.","error":"invalid_grant"})");
  CHECK(to_response({401, "Who?"}, ErrorStyle::oauth).body == R"({"reason":"Who?","error":"invalid_client"})");
  CHECK(error_style_of("/v2/users") == ErrorStyle::v2);
  CHECK(error_style_of("/oauth/token") == ErrorStyle::oauth);
  CHECK(error_style_of("/api/me") == ErrorStyle::own);
}

TEST_CASE("error: what the store says becomes a status") {
  CHECK(from_store(store::StoreError::taken).status == 409);
  CHECK(from_store(store::StoreError::not_found).status == 404);
  CHECK(from_store(store::StoreError::full).status == 507);
  CHECK(from_store(store::StoreError::failed).status == 503);
  CHECK(to_response(from_store(store::StoreError::busy)).headers.find("Retry-After") == "5");
}
