#include "server/bbb/xml.h"

#include <doctest/doctest.h>

namespace sealhall::bbb {
namespace {

TEST_CASE("bbb answers: elements in elements, everything closed") {
  Xml xml = Xml::success();
  xml.open("meetings").open("meeting").element("name", "a").element("n", 5).element("on", true).close();
  CHECK(xml.finish() ==
        "<response><returncode>SUCCESS</returncode><meetings><meeting><name>a</name><n>5</n><on>true</on></meeting>"
        "</meetings></response>");
  CHECK(Xml::failed("notFound", "We could <not>") ==
        "<response><returncode>FAILED</returncode><messageKey>notFound</messageKey><message>We could &lt;not&gt;"
        "</message></response>");
}

TEST_CASE("bbb answers: text from outside never becomes markup") {
  CHECK(xml_text("<script>\"a\" & 'b'</script>") == "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
  CHECK(xml_text("]]>") == "]]&gt;");
  CHECK(xml_text(std::string_view{"a\0b\x01\x1b\tc\nd\re", 11}) == "ab\tc\nd&#13;e");
  CHECK(xml_text("B\u00fcro \U0001F600 \uFFFD") == "B\u00fcro \U0001F600 \uFFFD");
  CHECK(xml_text("a\xEF\xBF\xBF\xEF\xBF\xBEz") == "az");
}

TEST_CASE("bbb answers: which names may be elements") {
  for (const char* name : {"bbb-origin", "endCallbackUrl", "a", "a_b.c-9"}) CHECK(is_element_name(name));
  for (const char* name : {"", "9a", "a b", "a>", "xml:lang", "a/", "-a"}) CHECK_FALSE(is_element_name(name));
  CHECK_FALSE(is_element_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace sealhall::bbb
