#include "server/hooks/target.h"

#include <boost/json.hpp>

#include "io/curl/curl.h"
#include "io/http/client.h"

namespace sealhall::hooks {

namespace json = boost::json;

Bytes encode_target(const Target& target) {
  const std::string text =
      json::serialize(json::object{{"name", target.name}, {"url", target.url}, {"secret", target.secret}});
  return {text.begin(), text.end()};
}

std::optional<Target> read_target(ByteView bytes) {
  json::error_code error;
  const json::value value = json::parse({as_text(bytes).data(), bytes.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto text_of = [&](const char* name) -> std::optional<std::string> {
    const json::value* member = value.get_object().if_contains(name);
    if (member == nullptr || !member->is_string()) return std::nullopt;
    return std::string{member->get_string()};
  };
  auto name = text_of("name");
  auto url = text_of("url");
  auto secret = text_of("secret");
  if (!name || !url || !secret) return std::nullopt;
  return Target{std::move(*name), std::move(*url), std::move(*secret)};
}

expected<void, std::string> check_address(std::string_view url, Reachable reachable) {
  constexpr std::string_view clear = "http://";
  std::string secured{url};
  if (url.starts_with(clear)) {
    if (reachable != Reachable::anything) return unexpected(std::string{"The address must begin with https://."});
    secured = "https://" + std::string{url.substr(clear.size())};
  }
  const auto parsed = io::parse_url(secured);
  if (url.size() > 2048 || !parsed || parsed->scheme != "https" || secured.find('@') != std::string::npos)
    return unexpected(std::string{"This is not an address like https://example.org/hooks."});
  const bool numeric =
      parsed->host.find_first_not_of("0123456789.") == std::string::npos || parsed->host.find(':') != std::string::npos;
  if (reachable == Reachable::internet &&
      (parsed->host == "localhost" || (numeric && !io::is_public_address(parsed->host))))
    return unexpected(std::string{"This address is in a private network, where nothing is sent to."});
  return {};
}

}  // namespace sealhall::hooks
