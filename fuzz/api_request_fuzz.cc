// deps: server_api
// The body and the query of a request, as an endpoint takes them: nothing that decodes breaks a limit, and what was
// read is written as JSON that reads back the same.
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include "server/api/page.h"
#include "server/api/shape.h"
#include "server/api/text.h"

using namespace sealhall;
using namespace sealhall::api;

namespace api_request_fuzz {

enum class Word : std::uint8_t { one, two };
BOOST_DESCRIBE_ENUM(Word, one, two)
struct Leaf {
  std::optional<std::string> text;
  std::optional<std::int32_t> number;
  std::vector<Leaf> more;
};
BOOST_DESCRIBE_STRUCT(Leaf, (), (text, number, more))
struct Body {
  std::optional<std::string> text;
  std::optional<std::uint64_t> number;
  std::optional<double> real;
  std::optional<bool> flag;
  std::optional<Bytes> bytes;
  std::optional<Word> word;
  std::optional<Leaf> leaf;
  std::optional<std::vector<std::uint8_t>> numbers;
  PageQuery page;
};
BOOST_DESCRIBE_STRUCT(Body, (), (text, number, real, flag, bytes, word, leaf, numbers, page))

}  // namespace api_request_fuzz
using api_request_fuzz::Body;

template <>
inline constexpr wire::Limit sealhall::wire::limit_of<&Body::text> = wire::size_between(1, 20);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto check = [](const Body& body) {
    if (body.text && (body.text->empty() || body.text->size() > 80)) std::abort();
    // Boost.JSON reads a number with a fraction to within the last place, so that it may be another one when it is read
    // once more: it stays near.
    Body exact = body;
    const std::optional<double> real = std::exchange(exact.real, std::nullopt);
    const std::string once = to_json(exact);
    const auto again = from_json<Body>(once);
    if (!again || to_json(*again) != once) std::abort();
    if (real && !std::isfinite(*real)) std::abort();
    if (real && std::abs(*real) < 1e308) {  // nearer to the end, the neighbour may be none
      exact.real = real;
      const auto near = from_json<Body>(to_json(exact));
      const double apart = std::abs(*real) * 1e-14 + std::numeric_limits<double>::min();
      if (!near || !near->real || std::abs(*near->real - *real) > apart) std::abort();
    }
    static_cast<void>(window_of(body.page));
  };
  if (const auto body = from_json<Body>(text)) check(*body);
  if (const auto parameters = parse_parameters(text)) {
    Body body;
    if (read_parameters(*parameters, type_of<Body>(), &body)) check(body);
  }
  if (const auto time = parse_time(text)) static_cast<void>(rfc3339(*time));
  return 0;
}
