#include "server/control/web_app.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

/// A folder as `vite build` leaves one.
std::string built() {
  const std::string folder = (std::filesystem::temp_directory_path() / ("web-" + std::to_string(::getpid()))).string();
  std::filesystem::create_directories(folder + "/assets");
  const auto write = [&](const std::string& name, std::string_view text) {
    std::ofstream{folder + "/" + name} << text;
  };
  write("index.html", "<!doctype html><div id=app></div>");
  write("index.html.gz", "zipped page");
  write("csp", "default-src 'none'; script-src 'self'");
  write("assets/index-1.js", "let a;");
  write("assets/core-1.wasm", "wasm");
  write("assets/sealhall-1.webmanifest", "{}");
  write("assets/core-1.wasm.gz", "zipped");
  write("assets/gone-1.js.gz", "zipped");
  return folder;
}

}  // namespace

TEST_CASE("web app: pages and assets come with their types, policies and life times, and nothing outside of them") {
  const std::string folder = built();
  const auto app = WebApp::load(folder);
  REQUIRE(app);
  CHECK(app->here());
  CHECK(app->page().headers.find("Content-Security-Policy") == "default-src 'none'; script-src 'self'");
  CHECK(app->page().body.find("id=app") != std::string::npos);
  CHECK(app->asset("index-1.js").headers.find("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(app->asset("core-1.wasm").headers.find("Content-Type") == "application/wasm");
  CHECK(app->asset("sealhall-1.webmanifest").headers.find("Content-Type") == "application/manifest+json");
  CHECK(app->asset("index-1.js").headers.find("Cache-Control")->find("immutable") != std::string_view::npos);
  CHECK(app->asset("../index.html").status == 404);
  CHECK(app->asset("").status == 404);
  std::filesystem::remove(folder + "/csp");
  CHECK(!WebApp::load(folder));
  std::filesystem::remove_all(folder);
  const auto none = WebApp::load(folder);
  REQUIRE(none);
  CHECK(!none->here());
}

TEST_CASE("web app: what was built compressed goes so to whoever takes it, under the name of the original") {
  const std::string folder = built();
  const auto app = WebApp::load(folder);
  REQUIRE(app);
  for (const char* accepted : {"gzip", "br, gzip;q=0.8", "deflate,GZIP", "gzip ; q=1"}) {
    const auto answer = app->asset("core-1.wasm", accepted);
    CHECK(answer.body == "zipped");
    CHECK(answer.headers.find("Content-Encoding") == "gzip");
    CHECK(answer.headers.find("Content-Type") == "application/wasm");
    CHECK(answer.headers.find("Vary") == "Accept-Encoding");
  }
  for (const char* accepted : {"", "br", "gzip;q=0", "gzip;q=0.0, br", "xgzip"}) {
    const auto answer = app->asset("core-1.wasm", accepted);
    CHECK(answer.body == "wasm");
    CHECK(!answer.headers.find("Content-Encoding"));
    CHECK(answer.headers.find("Vary") == "Accept-Encoding");
  }
  CHECK(app->asset("index-1.js", "gzip").body == "let a;");
  CHECK(app->page("gzip, br").body == "zipped page");
  CHECK(app->page("gzip, br").headers.find("Content-Encoding") == "gzip");
  CHECK(app->page("gzip, br").headers.find("Content-Security-Policy"));
  CHECK(app->page("br").body.find("id=app") != std::string::npos);
  CHECK(!app->page("br").headers.find("Content-Encoding"));
  CHECK(app->page("br").headers.find("Vary") == "Accept-Encoding");
  CHECK(app->asset("core-1.wasm.gz", "gzip").status == 404);
  CHECK(app->asset("gone-1.js", "gzip").status == 404);
  std::filesystem::remove_all(folder);
}

TEST_CASE("web app: a meeting's link shows it, and a link to no meeting explains itself") {
  const std::string folder = built();
  ControlOptions options;
  options.web_folder = folder;
  House house{std::move(options)};
  const std::string token = house.admin();
  const std::string id = House::text_at(house.call("POST", "/api/meetings", R"({"topic":"T"})", token), "id");
  CHECK(house.call("GET", "/j/" + id + "?pwd=x").body.find("id=app") != std::string::npos);
  CHECK(house.call("GET", "/s/" + id + "?zak=x").body.find("id=app") != std::string::npos);
  const auto unknown = house.call("GET", "/j/11122233344");
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("No such meeting") != std::string::npos);
  const auto chinese = house.send("GET", "/j/11122233344", "", {{"Accept-Language", "zh-TW,zh;q=0.9"}});
  CHECK(chinese.status == 404);
  CHECK(chinese.body.find("<html lang=\"zh-Hant\">") != std::string::npos);
  CHECK(chinese.body.find("找不到這場會議") != std::string::npos);
  for (const char* path : {"/app", "/app/meetings", "/app/meetings/1/edit", "/admin", "/admin/users/x", "/setup"}) {
    CAPTURE(path);
    const auto shown = house.call("GET", path);
    CHECK(shown.status == 200);
    CHECK(shown.body.find("id=app") != std::string::npos);
    CHECK(shown.headers.find("Content-Security-Policy") == "default-src 'none'; script-src 'self'");
  }
  const auto front = house.call("GET", "/");
  CHECK(front.status == 303);
  CHECK(front.headers.find("Location") == "/app");
  CHECK(house.call("GET", "/assets/index-1.js").body == "let a;");
  CHECK(house.call("GET", "/assets/%2e%2e%2fcsp").status == 404);
  std::filesystem::remove_all(folder);
}

TEST_CASE("web app: a server without the browser client says so") {
  House house;
  CHECK(house.call("GET", "/").status == 200);
  const auto page = house.call("GET", "/app/meetings");
  CHECK(page.status == 404);
  CHECK(page.body.find("browser client is not installed") != std::string::npos);
}
