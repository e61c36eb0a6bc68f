#include "server/control/people_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace sealhall;
using namespace sealhall::control;

namespace {
struct Folder {
  std::string path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-people-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path + "/" + name} << text;
    return path + "/" + name;
  }
};
}  // namespace

TEST_CASE("people file: mail, providers, secrets in files of their own") {
  const Folder folder;
  PeopleOptions options;
  CHECK(read_people_file(folder.path + "/nothing", options).has_value());
  CHECK_FALSE(options.smtp);
  const std::string secret = folder.write("secret", "hush\n");
  const std::string file =
      folder.write("identity.json", R"({"mail":{"server":"smtps://m","from":"a@b","user":"u","password":"file:)" +
                                        secret + R"("},"providers":[{"id":"work","issuer":"https://i","client_id":"c",
    "client_secret":"plain","email_domains":["b"],"sign_up":false}],"breached_passwords":"/x"})");
  REQUIRE(read_people_file(file, options).has_value());
  CHECK(options.smtp->password == "hush");
  CHECK(options.smtp->from == "a@b");
  REQUIRE(options.providers.size() == 1);
  CHECK(options.providers[0].client_secret == "plain");
  CHECK_FALSE(options.providers[0].sign_up);
  CHECK(options.providers[0].link_by_email);
  CHECK(options.breached_passwords == "/x");
}

TEST_CASE("people file: a slip of the pen is said") {
  const Folder folder;
  for (const char* wrong :
       {"", "[]", "{", R"({"mial":{}})", R"({"mail":[]})", R"({"mail":{"sever":"x"}})", R"({"mail":{"server":5}})",
        R"({"providers":{}})", R"({"providers":[5]})", R"({"providers":[{"id":"a","sign_up":"yes"}]})",
        R"({"mail":{"password":"file:/nowhere/at/all"}})", R"({"breached_passwords":true})"}) {
    CAPTURE(wrong);
    PeopleOptions options;
    const auto read = read_people_file(folder.write("identity.json", wrong), options);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().ends_with('.'));
  }
}
