#include "io/ca/local_ca.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>

#include "io/ca/certificate.h"
#include "io/files/files.h"
#include "io/tls/openssl.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {
constexpr std::int64_t day = 86'400LL * 1'000'000;
constexpr std::int64_t start = 1'790'000'000LL * 1'000'000;

struct Folder {
  std::string path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-ca-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};
LocalCaOptions at(const Folder& folder, std::int64_t days, std::vector<std::string> names = {}) {
  return {.folder = folder.path + "/tls", .names = std::move(names), .now = UnixMicros{start + days * day}};
}
X509Ptr certificate(const std::string& path) {
  const auto pem = read_file(path);
  REQUIRE(pem);
  return X509Ptr{PEM_read_bio_X509(memory_bio(*pem).get(), nullptr, nullptr, nullptr)};
}
unsigned mode_of(const std::string& path) {
  struct stat info{};
  ::stat(path.c_str(), &info);
  return info.st_mode & 07777;
}
}  // namespace

TEST_CASE("local CA: is made once, kept afterwards, and its keys are ours alone") {
  const Folder folder;
  const auto first = ensure_local_ca(at(folder, 0));
  REQUIRE(first);
  CHECK(first->made_ca);
  CHECK(first->made_server);
  CHECK(mode_of(folder.path + "/tls") == 0700);
  CHECK(mode_of(folder.path + "/tls/ca-key.pem") == 0600);
  CHECK(mode_of(first->server.key_path) == 0600);
  CHECK(first->ca_fingerprint.size() == 32 * 3 - 1);
  const auto second = ensure_local_ca(at(folder, 1));
  REQUIRE(second);
  CHECK_FALSE(second->made_ca);
  CHECK_FALSE(second->made_server);
  CHECK(second->ca_fingerprint == first->ca_fingerprint);
  CHECK(second->server_fingerprint == first->server_fingerprint);
  CHECK(read_local_ca(folder.path + "/tls")->ca_fingerprint == first->ca_fingerprint);
}

TEST_CASE("local CA: the authority may sign servers and nothing else, for ten years") {
  const Folder folder;
  const auto made = ensure_local_ca(at(folder, 0));
  REQUIRE(made);
  const X509Ptr ca = certificate(made->ca_path);
  CHECK(X509_check_ca(ca.get()) == 1);
  CHECK(X509_get_pathlen(ca.get()) == 0);
  CHECK(X509_get_key_usage(ca.get()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
  CHECK(asn1_time_to_unix_micros(X509_get0_notAfter(ca.get())) == start + 3650 * day);
  const X509Ptr server = certificate(made->server.chain_path);
  CHECK(X509_check_ca(server.get()) == 0);
  CHECK(X509_get_extended_key_usage(server.get()) == XKU_SSL_SERVER);
  // Browsers refuse more than 398 days from begin to end.
  CHECK(asn1_time_to_unix_micros(X509_get0_notAfter(server.get())) -
            asn1_time_to_unix_micros(X509_get0_notBefore(server.get())) <=
        398 * day);
}

TEST_CASE("local CA: the server's certificate is for the loopback names and those that were given") {
  const Folder folder;
  const auto made = ensure_local_ca(at(folder, 0, {"meet.example", "192.0.2.7", "2001:db8::7"}));
  REQUIRE(made);
  X509Ptr server = certificate(made->server.chain_path);
  for (const char* name : {"localhost", "meet.example"}) CHECK(X509_check_host(server.get(), name, 0, 0, nullptr) == 1);
  for (const char* ip : {"127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"})
    CHECK(X509_check_ip_asc(server.get(), ip, 0) == 1);
  CHECK(X509_check_host(server.get(), "other.example", 0, 0, nullptr) == 0);
  CHECK_FALSE(ensure_local_ca(at(folder, 0, {"not a name"})));
}

TEST_CASE(
    "local CA: the server's certificate is renewed when it is due, when a name is added, and when its key is wrong") {
  const Folder folder;
  const auto first = ensure_local_ca(at(folder, 0));
  REQUIRE(first);
  CHECK_FALSE(ensure_local_ca(at(folder, 360))->made_server);
  const auto due = ensure_local_ca(at(folder, 370));
  CHECK(due->made_server);
  CHECK_FALSE(due->made_ca);
  CHECK(due->server_fingerprint != first->server_fingerprint);
  CHECK(ensure_local_ca(at(folder, 370, {"new.example"}))->made_server);
  REQUIRE(write_file_atomically(first->server.key_path, as_bytes("not a key")));
  CHECK(ensure_local_ca(at(folder, 370, {"new.example"}))->made_server);
}

TEST_CASE("local CA: an interrupted start is repaired, a lost key is named and nothing is overwritten") {
  const Folder folder;
  REQUIRE(make_private_folder(folder.path + "/tls"));
  REQUIRE(write_file_atomically(folder.path + "/tls/ca-key.pem", as_bytes("half a start")));
  const auto made = ensure_local_ca(at(folder, 0));
  REQUIRE(made);
  remove_file(folder.path + "/tls/ca-key.pem");
  CHECK(ensure_local_ca(at(folder, 1)));  // the certificate is still good
  const auto lost = ensure_local_ca(at(folder, 390));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().reason.find("ca-key.pem") != std::string::npos);
  CHECK(read_local_ca(folder.path + "/tls")->ca_fingerprint == made->ca_fingerprint);
  CHECK(ensure_local_ca(at(folder, 3650)).error().kind == NetError::certificate_expired);
}

TEST_CASE("local CA: a folder that cannot be written is named") {
  const auto result = ensure_local_ca({.folder = "/proc/nowhere", .names = {}, .now = UnixMicros{start}});
  REQUIRE_FALSE(result);
  CHECK(result.error().reason.find("/proc/nowhere") != std::string::npos);
}

TEST_CASE("certificate names: what may stand in a certificate") {
  for (const char* good : {"a", "a.b", "*.a.example", "xn--bcher-kva.example", "127.0.0.1", "::1", "under_score"})
    CHECK(certificate_name_is_valid(good));
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a,IP:1.2.3.4", "*", "a.*.b", "ä"}) {
    CAPTURE(bad);
    CHECK_FALSE(certificate_name_is_valid(bad));
  }
  CHECK_FALSE(certificate_name_is_valid(std::string(64, 'a') + ".example"));
}
