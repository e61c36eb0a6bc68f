// The description of the whole API, as a golden file: every change of what programs see is a change that a reviewer
// sees.
#include "server/api/openapi.h"

#include "io/files/files.h"
#include "tests/support/control_house.h"
#include "tests/support/source_dir.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

TEST_CASE("openapi: docs/protocol/openapi.json is what the registry says") {
  House house;
  const std::string path = test::source_path("docs/protocol/openapi.json");
  const auto response = house.call("GET", "/openapi.json");
  CHECK(response.status == 200);
  if (std::getenv("SEALHALL_WRITE_GOLDEN") != nullptr) {
    REQUIRE(io::write_file_atomically(path, as_bytes(response.body), 0644).has_value());
  }
  const auto golden = io::read_file(path, 16U << 20);
  REQUIRE(golden.has_value());
  const bool same = std::ranges::equal(*golden, as_bytes(response.body));
  CHECK_MESSAGE(same, path, " is old; write it with SEALHALL_WRITE_GOLDEN=1 server_control_test -tc='openapi*'");
  const auto document = House::parsed(response);
  CHECK(document.at("openapi") == "3.1.0");
}

TEST_CASE("openapi: the page for reading names every endpoint, without script") {
  House house;
  const auto page = house.call("GET", "/docs/api");
  CHECK(page.status == 200);
  CHECK(page.body.find("<script") == std::string::npos);
  CHECK(page.headers.find("Content-Security-Policy")->find("script") == std::string_view::npos);
  for (const api::Registry::Declared& declared : house.control->endpoints().endpoints()) {
    if (declared.endpoint.documented) CHECK(page.body.find(declared.endpoint.path) != std::string::npos);
  }
}
