// A provider's keys and its signature, for tests: tokens of any header and claims, also those that no honest provider
// makes.
#pragma once

#include <cjose/cjose.h>
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/base/encoding.h"

namespace sealhall::testing {

class SigningKey {
 public:
  static SigningKey rsa(std::size_t bits = 2048) {
    cjose_err error{};
    return SigningKey{cjose_jwk_create_RSA_random(bits, nullptr, 0, &error)};
  }
  static SigningKey p256() {
    cjose_err error{};
    return SigningKey{cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error)};
  }
  static SigningKey symmetric(std::string_view secret) {
    cjose_err error{};
    return SigningKey{
        cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), &error)};
  }

  /// The key as JSON with further members, e.g. {{"kid","1"},{"use","sig"}}; with the private part when asked for.
  [[nodiscard]] boost::json::object jwk(const boost::json::object& more = {}, bool with_private = false) const {
    cjose_err error{};
    char* text = cjose_jwk_to_json(key_.get(), with_private, &error);
    REQUIRE(text != nullptr);
    boost::json::object out = boost::json::parse(text).as_object();
    std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): what cjose allocates with the default allocator
    for (const auto& member : more) out[member.key()] = member.value();
    return out;
  }
  /// Compact form (RFC 7515 section 3.1). `header` names the algorithm.
  [[nodiscard]] std::string sign(const boost::json::object& header, const std::string& payload) const {
    cjose_err error{};
    cjose_header_t* protected_header = cjose_header_new(&error);
    for (const auto& member : header) {
      const std::string name{member.key()};
      const bool set =
          member.value().is_string()
              ? cjose_header_set(protected_header, name.c_str(), member.value().get_string().c_str(), &error)
              : cjose_header_set_raw(protected_header, name.c_str(), boost::json::serialize(member.value()).c_str(),
                                     &error);
      REQUIRE(set);
    }
    cjose_jws_t* jws = cjose_jws_sign(key_.get(), protected_header,
                                      reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size(), &error);
    REQUIRE(jws != nullptr);
    const char* compact = nullptr;
    REQUIRE(cjose_jws_export(jws, &compact, &error));
    std::string out = compact;
    cjose_jws_release(jws);
    cjose_header_release(protected_header);
    return out;
  }

 private:
  struct Release {
    void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  };
  explicit SigningKey(cjose_jwk_t* key) : key_(key) { REQUIRE(key != nullptr); }
  std::unique_ptr<cjose_jwk_t, Release> key_;
};

inline std::string key_set(std::initializer_list<boost::json::object> keys) {
  boost::json::array list;
  for (const auto& key : keys) list.push_back(key);
  return boost::json::serialize(boost::json::object{{"keys", list}});
}

}  // namespace sealhall::testing
