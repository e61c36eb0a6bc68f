#include "server/api/text.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::api;

TEST_CASE("text: times are RFC 3339, out and in") {
  const UnixMicros time{1'795'000'000'000'000};
  CHECK(rfc3339(time) == "2026-11-18T11:06:40Z");
  CHECK(day_of(time) == "2026-11-18");
  CHECK(parse_time("2026-11-18T11:06:40Z") == time);
  CHECK(parse_time("2026-11-18t13:36:40.5+02:30") == UnixMicros{1'795'000'000'500'000});
  CHECK(parse_time("2026-11-18 10:06:40-01:00") == time);
  CHECK(rfc3339(*parse_time("2024-02-29")) == "2024-02-29T00:00:00Z");
  CHECK(rfc3339(*parse_time("1969-12-31T23:59:59Z")) == "1969-12-31T23:59:59Z");
  for (const char* wrong : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-18T", "2026-11-18T24:00:00Z",
                            "2026-11-18T11:06:40", "2026-11-18T11:06:40.Z", "2026-11-18T11:06:40Zx",
                            "2026-11-18T11:06:40+1:00", "x026-11-18", "2026-11-18T11:06Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_time(wrong).has_value());
  }
}

TEST_CASE("text: nothing gets out of HTML text") {
  CHECK(html_escape("<a b='c' d=\"e\">&") == "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
}
