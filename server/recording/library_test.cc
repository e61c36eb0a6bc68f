#include "server/recording/library.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/recording/byte_range.h"
#include "server/recording/share_page.h"
#include "server/recording/views.h"
#include "tests/support/recording_library.h"

using namespace sealhall;
using namespace sealhall::recordings;
using namespace sealhall::recordings::testing;
using namespace std::chrono_literals;

TEST_CASE("byte range: what players send") {
  const auto span = [](std::string_view header, std::uint64_t total) {
    const auto range = byte_range(header, total);
    REQUIRE(range.has_value());
    return *range;
  };
  CHECK(span("bytes=0-", 100) == ByteSpan{0, 100});
  CHECK(span("bytes=10-19", 100) == ByteSpan{10, 10});
  CHECK(span("bytes=90-500", 100) == ByteSpan{90, 10});
  CHECK(span("bytes=-30", 100) == ByteSpan{70, 30});
  CHECK(span("bytes=-300", 100) == ByteSpan{0, 100});
  for (const char* ignored :
       {"items=0-1", "bytes=5-2", "bytes=a-b", "bytes=0-1,5-6", "bytes=-", "bytes=1", "bytes=99999999999999999999-"}) {
    CHECK_FALSE(span(ignored, 100).has_value());
  }
  CHECK_FALSE(byte_range("bytes=100-", 100).has_value());
  CHECK_FALSE(byte_range("bytes=-0", 100).has_value());
  CHECK_FALSE(byte_range("bytes=0-", 0).has_value());
  CHECK_FALSE(byte_range(std::nullopt, 5)->has_value());
}

TEST_CASE("recordings API: a meeting's recordings in the shape that programs of the field know") {
  House h;
  for (const std::string& id : {std::string{"12345678901"}, std::string{"AbC%2BdEfGhIjKlMnOpQrStr1%3D%3D"},
                                std::string{"AbC%252BdEfGhIjKlMnOpQrStr1%253D%253D"}}) {
    const auto response = h.call("GET", "/v2/meetings/" + id + "/recordings", "", h.ada);
    REQUIRE(response.status == 200);
    const auto view = House::parsed(response);
    CHECK(view.at("id").as_int64() == 12345678901);
    CHECK(view.at("topic").as_string() == "Budget \"2027\"");
    CHECK(view.at("recording_count").as_int64() == 1);
    CHECK(view.at("duration").as_int64() == 2);
    const auto& file = view.at("recording_files").at(0);
    CHECK(file.at("file_type").as_string() == "MP4");
    CHECK(file.at("file_size").as_int64() == 300'000);
    CHECK(file.at("download_url").as_string() == "https://meet.example/rec/download/file-r1");
    CHECK(view.at("participant_audio_files").at(0).at("file_name").as_string() == "Grace");
    CHECK_FALSE(view.as_object().contains("download_access_token"));
  }
  const auto none = h.call("GET", "/v2/meetings/99/recordings", "", h.ada);
  CHECK(none.status == 404);
  CHECK(House::parsed(none).at("code").as_int64() == 3301);

  const auto list = House::parsed(h.call("GET", "/v2/users/me/recordings?from=2026-11-01&to=2026-11-18", "", h.ada));
  CHECK(list.at("total_records").as_int64() == 1);
  CHECK(list.at("from").as_string() == "2026-11-01");
  CHECK(list.at("to").as_string() == "2026-11-18");
  CHECK(list.at("meetings").at(0).at("uuid").as_string() == "AbC+dEfGhIjKlMnOpQrStr1==");
  const auto empty = House::parsed(h.call("GET", "/v2/users/me/recordings?from=2026-10-01&to=2026-10-18", "", h.ada));
  CHECK(empty.at("page_count").as_int64() == 1);
  CHECK(empty.at("meetings").as_array().empty());
  CHECK(h.status("GET", "/v2/users/me/recordings?from=yesterday", h.ada) == 400);
  CHECK(h.status("GET", "/v2/users/ada%40example.org/recordings", h.ada) == 200);
  CHECK(h.status("GET", "/v2/users/nobody/recordings", h.ada) == 404);
}

TEST_CASE(
    "recordings API: downloads come from the configured host, 200, for a session, a bearer token and a query (trap "
    "9)") {
  House h;
  const auto view = House::parsed(
      h.call("GET", "/v2/meetings/12345678901/recordings?include_fields=download_access_token", "", h.ada));
  const std::string url{view.at("recording_files").at(0).at("download_url").as_string().c_str()};
  CHECK(url.starts_with("https://meet.example/"));
  const std::string path = url.substr(20);
  const std::string token{view.at("download_access_token").as_string().c_str()};
  const std::string whole{as_text(h.content)};
  for (const auto& response :
       {h.call("GET", path, "", h.ada), h.call("GET", path, "", token), h.call("GET", path + "?access_token=" + token),
        h.call("GET", path + "?access_token=" + h.ada)}) {
    REQUIRE_MESSAGE(response.status == 200, response.body);
    CHECK(response.headers.find("Content-Type") == "video/mp4");
    CHECK(response.headers.find("Accept-Ranges") == "bytes");
    CHECK(response.headers.find("Content-Disposition")->starts_with("attachment"));
    CHECK(response.body == whole);
  }
  // To everybody else it does not exist.
  for (const std::string& other : {std::string{}, std::string{"wrong"}, h.person("bob", {}, account),
                                   h.person("eve", api::Permissions::all(), "elsewhere"), h.guest("gus", account)}) {
    CHECK(h.status("GET", path, other) == 404);
    CHECK(h.status("GET", path + "?access_token=" + other) == 404);
  }
  CHECK(h.status("GET", path, h.person("boss", {api::Permission::recordings_read}, account)) == 200);
  CHECK(h.status("GET", "/rec/download/none", h.ada) == 404);
  h.clock.advance(25h);
  CHECK(h.status("GET", path, token) == 404);
}

TEST_CASE("recordings API: a player seeks by range, straight from the sealed file") {
  House h;
  const std::string whole{as_text(h.content)};
  const auto ranged = [&](const std::string& range) {
    return h.call("GET", "/rec/play/file-r1", "", h.ada, {{"Range", range}});
  };
  const auto middle = ranged("bytes=65530-131080");
  CHECK(middle.status == 206);
  CHECK(middle.headers.find("Content-Range") == "bytes 65530-131080/300000");
  CHECK(middle.body == whole.substr(65'530, 65'551));
  CHECK(ranged("bytes=-5").body == whole.substr(299'995));
  CHECK(ranged("bytes=0-0").body == whole.substr(0, 1));
  const auto outside = ranged("bytes=300000-");
  CHECK(outside.status == 416);
  CHECK(outside.headers.find("Content-Range") == "bytes */300000");
  h.vault.trouble = vault::VaultError::unavailable;
  CHECK(ranged("bytes=0-0").status == 503);
}

TEST_CASE("recordings API: trash, restore, legal hold, and destroying the keys") {
  House h;
  const std::string meeting = "/v2/meetings/12345678901/recordings";
  CHECK(h.status("DELETE", meeting + "?action=shred", h.ada) == 400);
  CHECK(h.status("DELETE", meeting + "?action=trash", h.ada) == 204);
  CHECK(h.status("GET", meeting, h.ada) == 404);
  CHECK(h.status("GET", "/rec/play/file-r1", h.ada) == 404);
  CHECK(House::parsed(h.call("GET", "/v2/users/me/recordings?trash=true", "", h.ada)).at("total_records").as_int64() ==
        1);
  CHECK(h.status("PUT", meeting + "/status", h.ada, R"({"action":"recover"})") == 204);
  CHECK(h.status("GET", meeting, h.ada) == 200);
  const std::string own = "/api/recordings/r1";
  CHECK(h.status("POST", own + "/restore", h.ada) == 204);  // it is in no trash: nothing is to be done
  CHECK(h.status("DELETE", own, h.ada) == 204);
  CHECK(h.status("GET", meeting, h.ada) == 404);
  CHECK(h.status("POST", own + "/restore", h.person("bob", {}, account)) == 404);
  CHECK(h.status("POST", own + "/restore", h.ada) == 204);
  CHECK(h.status("GET", meeting, h.ada) == 200);
  CHECK(h.status("PATCH", "/api/recordings/r1", h.ada, R"({"legal_hold":true,"delete_at":"2026-11-19T00:00:00Z"})") ==
        204);
  CHECK(h.status("DELETE", meeting + "?action=trash", h.ada) == 409);
  CHECK(h.status("DELETE", meeting + "?action=delete", h.ada) == 409);
  h.clock.advance(48h);
  h.library->sweep();
  CHECK(h.status("GET", meeting, h.ada) == 200);
  CHECK(h.status("PATCH", "/api/recordings/r1", h.ada, R"({"legal_hold":false})") == 204);
  h.library->sweep();
  h.loop.run_until([&] { return !h.published.empty() && h.published.back().name == "recording.deleted"; }, 5s);
  CHECK(h.status("GET", meeting, h.ada) == 404);
  CHECK_FALSE(std::filesystem::exists(h.folder.path + "/r1"));
  std::string names;
  for (const Event& e : h.published) names += e.name.substr(10) + " ";
  CHECK(names == "trashed recovered trashed recovered deleted ");
  CHECK(h.published.back().object_json.find("\"id\":12345678901") != std::string::npos);

  // What was copied away before cannot be opened any more.
  h.add("r2", "2");
  std::filesystem::copy_file(h.folder.path + "/r2/0/video", h.folder.path + "/copy");
  CHECK(h.status("DELETE", "/api/recordings/r2?action=delete", h.ada) == 204);
  bool shredded = false;
  h.vault.object_key(recording::part_context(account, "r2", 0), *io::wrapped_key_of(h.folder.path + "/copy"),
                     [&](auto key) { shredded = !key && key.error() == vault::VaultError::shredded; });
  CHECK(shredded);
  h.add("r3", "3");
  h.vault.trouble = vault::VaultError::unavailable;
  CHECK(h.status("DELETE", "/api/recordings/none?action=delete", h.ada) == 404);
}

TEST_CASE("recordings API: one file goes into the trash and comes back, or is deleted, and the others stay") {
  House h;
  const std::string files = "/v2/meetings/12345678901/recordings/";
  const auto listed = [&] {
    const auto all = House::parsed(h.call("GET", "/v2/meetings/12345678901/recordings", "", h.ada));
    std::string out;
    for (const char* kind : {"recording_files", "participant_audio_files"}) {
      for (const auto& f : all.at(kind).as_array()) out += std::string{f.at("id").as_string().c_str()} + " ";
    }
    return out;
  };
  const auto trashed = [&] {
    return House::parsed(h.call("GET", "/api/recordings/r1", "", h.ada)).at("trashed_files").as_array().size();
  };
  h.add("r2", "2");
  CHECK(listed() == "file-r1 voice-r1 ");
  CHECK(h.status("DELETE", files + "voice-r1?action=shred", h.ada) == 400);
  CHECK(h.status("DELETE", files + "voice-r2", h.ada) == 404);  // another meeting's
  CHECK(h.status("DELETE", files + "file-r1", h.ada) == 204);   // into the trash, as the field's default is
  CHECK(listed() == "voice-r1 ");
  CHECK(trashed() == 1);
  CHECK(h.status("GET", "/rec/play/file-r1", h.ada) == 404);
  CHECK(h.status("GET", "/rec/download/file-r1", h.ada) == 404);
  CHECK(h.status("PUT", files + "file-r1/status", h.ada, R"({"action":"dance"})") == 400);
  CHECK(h.status("PUT", files + "file-r2/status", h.ada, R"({"action":"recover"})") == 404);
  CHECK(h.status("PUT", files + "file-r1/status", h.ada, R"({"action":"recover"})") == 204);
  CHECK(listed() == "file-r1 voice-r1 ");
  CHECK(trashed() == 0);
  CHECK(h.status("GET", "/rec/play/file-r1", h.ada) == 200);

  const auto hold = [&](const char* held) {
    CHECK(h.status("PATCH", "/api/recordings/r1", h.ada, R"({"legal_hold":)" + std::string{held} + "}") == 204);
  };
  hold("true");
  CHECK(h.status("DELETE", files + "file-r1", h.ada) == 409);
  CHECK(h.status("DELETE", files + "file-r1?action=delete", h.ada) == 409);
  hold("false");
  // When its time in the trash is over it goes for good; not while the recording is under legal hold.
  CHECK(h.status("DELETE", files + "file-r1?action=trash", h.ada) == 204);
  hold("true");
  h.clock.advance(24h * 31);
  const std::string film = h.folder.path + "/r1/0/video";
  h.library->sweep();
  h.loop.run_until([] { return false; }, 50ms);
  CHECK(std::filesystem::exists(film));
  hold("false");
  h.library->sweep();
  h.loop.run_until([&] { return !std::filesystem::exists(film); }, 5s);
  CHECK_FALSE(std::filesystem::exists(film));
  CHECK(h.status("PUT", files + "file-r1/status", h.ada, R"({"action":"recover"})") == 404);
  CHECK(listed() == "voice-r1 ");
  // And at once.
  CHECK(h.status("DELETE", files + "voice-r1?action=delete", h.ada) == 204);
  CHECK(listed().empty());
  CHECK(h.status("GET", "/v2/meetings/2/recordings", h.ada) == 200);
}

TEST_CASE("recordings API: a link with a passcode and an end") {
  House h;
  const auto made = h.call("POST", "/api/recordings/r1/share",
                           R"({"passcode":"otter 7","expires_in_hours":2,"viewer_download":false})", h.ada);
  REQUIRE(made.status == 200);
  const std::string url{House::parsed(made).at("meeting").at("share_url").as_string().c_str()};
  REQUIRE(url.starts_with("https://meet.example/rec/share/"));
  const std::string token = url.substr(31);
  CHECK(h.call("GET", "/rec/share/" + token).body.find("<video") != std::string::npos);
  const std::string open = "/api/shared/" + token;
  CHECK(h.status("POST", open, "", "{}") == 401);
  CHECK(h.status("POST", open, "", R"({"passcode":"otter 8"})") == 401);
  const auto opened = h.call("POST", open, R"({"passcode":"otter 7"})");
  REQUIRE(opened.status == 200);
  const auto view = House::parsed(opened);
  CHECK(view.at("files").as_array().size() == 1);
  CHECK(view.at("files").at(0).at("download_url").as_string().empty());
  CHECK(h.status("GET", "/rec/play/file-r1?access_token=" + std::string{view.at("access_token").as_string().c_str()}) ==
        200);
  const auto settings = House::parsed(h.call("GET", "/v2/meetings/12345678901/recordings/settings", "", h.ada));
  CHECK(settings.at("share_recording").as_string() == "publicly");
  CHECK(settings.at("password").as_string() == "otter 7");
  CHECK_FALSE(settings.at("viewer_download").as_bool());
  CHECK(h.status("POST", "/api/shared/unknown", "", "{}") == 404);
  const auto no = h.call("PATCH", "/v2/meetings/12345678901/recordings/settings",
                         R"({"password":"","recording_authentication":true})", h.ada);
  CHECK(no.status == 400);
  CHECK(House::parsed(no).at("errors").at(0).at("field") == "recording_authentication");
  CHECK(h.status("PATCH", "/v2/meetings/12345678901/recordings/settings", h.ada,
                 R"({"recording_authentication":false,"viewer_download":false})") == 204);
  CHECK(House::parsed(h.call("GET", "/v2/meetings/12345678901/recordings/settings", "", h.ada)).at("password") ==
        "otter 7");
  int refused = 0;
  for (int i = 0; i < 10; ++i) refused = h.status("POST", open, "", R"({"passcode":"guess"})");
  CHECK(refused == 429);
  CHECK(h.status("PATCH", "/v2/meetings/12345678901/recordings/settings", h.ada, R"({"share_recording":"none"})") ==
        204);
  CHECK_FALSE(
      House::parsed(h.call("GET", "/v2/meetings/12345678901/recordings", "", h.ada)).as_object().contains("share_url"));
}

TEST_CASE("recordings API: with the passcode of another recording nobody goes on guessing at this one") {
  House h;
  h.add("r2", "12345678902");
  const auto shared = [&](const std::string& id, const std::string& passcode) {
    const auto made = h.call("POST", "/api/recordings/" + id + "/share", R"({"passcode":")" + passcode + "\"}", h.ada);
    REQUIRE(made.status == 200);
    return "/api/shared/" +
           std::string{House::parsed(made).at("meeting").at("share_url").as_string().c_str()}.substr(31);
  };
  const std::string known = shared("r1", "otter 7");
  const std::string guessed_at = shared("r2", "badger 3");
  int slowed = 0;
  for (int i = 0; i < 10; ++i) {
    CHECK(h.status("POST", known, "", R"({"passcode":"otter 7"})") == 200);
    if (h.status("POST", guessed_at, "", R"({"passcode":"guess"})") == 429) ++slowed;
  }
  CHECK(slowed > 0);
}

TEST_CASE("recordings API: dead links are slowed down, and hold up nobody from there whose link is right") {
  House h;
  const auto made = h.call("POST", "/api/recordings/r1/share", R"({"passcode":"otter 7"})", h.ada);
  REQUIRE(made.status == 200);
  const std::string token =
      std::string{House::parsed(made).at("meeting").at("share_url").as_string().c_str()}.substr(31);
  int refused = 0;
  for (int i = 0; i < 10; ++i) refused = h.status("POST", "/api/shared/dead" + std::to_string(i), "", "{}");
  CHECK(refused == 429);
  CHECK(h.status("POST", "/api/shared/" + token, "", "{}") == 401);
  CHECK(h.status("POST", "/api/shared/" + token, "", R"({"passcode":"otter 7"})") == 200);
  CHECK(h.status("POST", "/api/shared/dead", "", "{}") == 429);
}

TEST_CASE("recordings: the page behind a link runs its own script and style, by their hashes, and nothing else") {
  const io::HttpResponse page = share_page("<script>\"", identity::Reading::english);
  const std::string policy{page.headers.find("Content-Security-Policy").value_or("")};
  CHECK(policy.find("unsafe") == std::string::npos);
  for (const std::string element : {"script", "style"}) {
    const std::size_t begin = page.body.find("<" + element + ">") + element.size() + 2;
    const std::string text = page.body.substr(begin, page.body.find("</" + element + ">") - begin);
    CHECK(text.size() > 40);
    CHECK(policy.find(element + "-src 'sha256-" + to_base64(crypto::sha256(as_bytes(text))) + "'") !=
          std::string::npos);
  }
  CHECK(page.body.find("data-token=\"<") == std::string::npos);
  // The browser itself would send the form with the passcode in an address.
  CHECK(policy.find("form-action 'none'") != std::string::npos);
  CHECK(policy.find("form-action 'self'") == std::string::npos);
}

TEST_CASE("recordings: the page behind a link is in the language that the browser asks for") {
  House h;
  const auto page = [&](const std::string& languages) {
    return h.call("GET", "/rec/share/some-token", "", "", {{"Accept-Language", languages}}).body;
  };
  const std::string chinese = page("zh-TW,zh;q=0.9,en;q=0.8");
  CHECK(chinese.find("<html lang=\"zh-Hant\">") != std::string::npos);
  for (const char* words : {"<h1>錄製內容</h1>", ">密碼</label>", "<button>觀看</button>", "密碼不正確。"}) {
    CHECK(chinese.find(words) != std::string::npos);
  }
  const std::string english = page("en-GB,zh-TW");
  CHECK(english.find("<html lang=\"en\">") != std::string::npos);
  CHECK(english.find(">Passcode</label>") != std::string::npos);
  CHECK(english.find("密碼") == std::string::npos);
}

TEST_CASE("recordings API: when the time of a link is over it is as if there were none, also for who had opened it") {
  House h;
  const auto shared =
      h.call("POST", "/api/recordings/r1/share", R"({"passcode":"otter 7","expires_in_hours":2})", h.ada);
  REQUIRE(shared.status == 200);
  const std::string token =
      std::string{House::parsed(shared).at("meeting").at("share_url").as_string().c_str()}.substr(31);
  const auto open = [&] { return h.call("POST", "/api/shared/" + token, R"({"passcode":"otter 7"})"); };
  const auto access = [&] { return std::string{House::parsed(open()).at("access_token").as_string().c_str()}; };
  const std::string early = access();
  const auto plays = [&](const std::string& with) { return h.status("GET", "/rec/play/file-r1?access_token=" + with); };
  h.clock.advance(119min);
  CHECK(plays(early) == 200);
  const std::string late = access();
  CHECK(plays(late) == 200);
  h.clock.advance(2min);
  CHECK(open().status == 404);
  CHECK(plays(early) == 404);
  CHECK(plays(late) == 404);
  // What is not shared any more is not watched any more, by whoever is watching it now.
  CHECK(h.status("POST", "/api/recordings/r1/share", h.ada, R"({"passcode":"otter 7","expires_in_hours":2})") == 200);
  const std::string now = access();
  CHECK(plays(now) == 200);
  CHECK(h.status("DELETE", "/api/recordings/r1/share", h.ada) == 204);
  CHECK(plays(now) == 404);
  CHECK(open().status == 404);
}

namespace {

/// A recording that is shared, and who comes to watch it.
struct Shared {
  House h;
  std::string token;

  /// The body of the request that shares it.
  explicit Shared(const std::string& how) {
    const auto shared = h.call("POST", "/api/recordings/r1/share", how, h.ada);
    REQUIRE_MESSAGE(shared.status == 200, shared.body);
    token = std::string{House::parsed(shared).at("meeting").at("share_url").as_string().c_str()}.substr(31);
  }
  io::HttpResponse open(const std::string& passcode) {
    return h.call("POST", "/api/shared/" + token, R"({"passcode":")" + passcode + "\"}");
  }
  std::string viewer(const std::string& passcode) {
    const auto opened = open(passcode);
    REQUIRE_MESSAGE(opened.status == 200, opened.body);
    return House::parsed(opened).at("access_token").as_string().c_str();
  }
  std::string program() {
    const auto view = House::parsed(
        h.call("GET", "/v2/meetings/12345678901/recordings?include_fields=download_access_token", "", h.ada));
    return view.at("download_access_token").as_string().c_str();
  }
  int gets(const std::string& what, const std::string& with) {
    return h.status("GET", "/rec/" + what + "?access_token=" + with);
  }
};

}  // namespace

TEST_CASE("recordings API: who watches comes again when the passcode changes or the end comes nearer; programs go on") {
  Shared s{R"({"passcode":"otter 7","expires_in_hours":2})"};
  House& h = s.h;
  const std::string program = s.program(), first = s.viewer("otter 7");
  const auto settings = [&](const std::string& body) {
    CHECK(h.status("PATCH", "/v2/meetings/12345678901/recordings/settings", h.ada, body) == 204);
  };
  settings(R"({"viewer_download":false})");
  CHECK(s.gets("play/file-r1", first) == 200);  // which is no other passcode
  settings(R"({"password":"otter 8"})");
  CHECK(s.gets("play/file-r1", first) == 404);
  CHECK(s.open("otter 7").status == 401);
  const std::string second = s.viewer("otter 8");
  CHECK(s.gets("play/file-r1", second) == 200);
  CHECK(h.status("POST", "/api/recordings/r1/share", h.ada, R"({"expires_in_hours":1})") == 200);
  CHECK(s.gets("play/file-r1", second) == 200);
  h.clock.advance(61min);
  CHECK(s.gets("play/file-r1", second) == 404);
  CHECK(s.open("otter 8").status == 404);
  // The link is one thing, what a program was told of a finished recording another.
  CHECK(h.status("DELETE", "/api/recordings/r1/share", h.ada) == 204);
  CHECK(s.gets("play/file-r1", program) == 200);
  CHECK(s.gets("download/file-r1", program) == 200);
}

TEST_CASE("recordings API: a link shows the film and nothing else, and is kept by nobody where that is not allowed") {
  Shared s{R"({"viewer_download":false})"};
  House& h = s.h;
  const std::string viewer = s.viewer(""), program = s.program();
  CHECK(s.gets("play/file-r1", viewer) == 200);
  CHECK(s.gets("download/file-r1", viewer) == 404);
  CHECK(s.gets("download/file-r1", program) == 200);
  CHECK(h.status("PATCH", "/v2/meetings/12345678901/recordings/settings", h.ada, R"({"viewer_download":true})") == 204);
  CHECK(s.gets("download/file-r1", viewer) == 200);
  // The same bytes, as somebody's voice by itself.
  store::RecordingFile track;
  track.id = "track";
  track.recording_id = "r1";
  track.file = "video";
  track.kind = "audio";
  track.size = h.content.size();
  h.ok([&](auto d) { h.store_of->finish("r1", store::RecordingState::completed, 61'000, {track}, std::move(d)); });
  for (const char* what : {"play/track", "download/track"}) {
    CHECK(s.gets(what, viewer) == 404);
    CHECK(s.gets(what, program) == 200);
  }
}

TEST_CASE("recordings API: nobody else, and a meeting that runs is recorded on request") {
  House h;
  const std::string bob = h.person("bob", {}, account);
  const std::string eve = h.person("eve", api::Permissions::all(), "elsewhere");
  for (const auto& [method, path, body] :
       {std::tuple{"GET", "/v2/meetings/12345678901/recordings", ""},
        {"DELETE", "/v2/meetings/12345678901/recordings", ""},
        {"GET", "/api/recordings/r1", ""},
        {"DELETE", "/api/recordings/r1", ""},
        {"PATCH", "/api/recordings/r1", "{}"},
        {"POST", "/api/recordings/r1/share", "{}"},
        {"PATCH", "/v2/live_meetings/777/events", R"({"method":"recording.start"})"}}) {
    CAPTURE(path);
    CHECK(h.status(method, path, "", body) == 401);
    CHECK(h.status(method, path, bob, body) == 404);
    CHECK(h.status(method, path, eve, body) == 404);
  }
  const std::string live = "/v2/live_meetings/777/events";
  CHECK(h.status("PATCH", live, h.ada, R"({"method":"recording.stop"})") == 404);
  CHECK(h.status("PATCH", live, h.ada, R"({"method":"participant.dance"})") == 400);
  CHECK(h.status("PATCH", "/v2/live_meetings/778/events", h.ada, R"({"method":"recording.start"})") == 404);
  CHECK(h.status("PATCH", live, h.ada, R"({"method":"recording.start"})") == 202);
  CHECK(h.status("PATCH", live, h.ada, R"({"method":"recording.start"})") == 409);
  CHECK(House::parsed(h.call("GET", "/api/live/777/recording", "", h.ada)).at("state").as_string() == "starting");
  CHECK(h.status("PATCH", live, h.ada, R"({"method":"recording.pause"})") == 204);
}

TEST_CASE("recordings API: settings of the account and of a meeting, and what a recording then begins with") {
  House h;
  const std::string boss = h.person("boss", {api::Permission::settings_read, api::Permission::settings_write}, account);
  const std::string of_all = "/api/recording-settings";
  const std::string of_one = "/api/meetings/777/recording-settings";
  const auto look = [&](const std::string& path, const std::string& who) {
    return std::string{boost::json::serialize(House::parsed(h.call("GET", path, "", who)))};
  };
  CHECK(look(of_all, boss) == R"({"layout":"gallery","height":720,"retention_days":0})");
  CHECK(h.status("PATCH", of_all, h.ada, "{}") == 403);
  CHECK(h.status("PATCH", of_all, boss, R"({"height":700})") == 400);
  CHECK(h.status("PATCH", of_all, boss, R"({"layout":"mosaic"})") == 400);
  CHECK(h.status("PATCH", of_all, boss, R"({"retention_days":40000})") == 400);
  CHECK(h.status("PATCH", of_all, boss, R"({"height":1080,"retention_days":7})") == 204);
  CHECK(h.status("PATCH", of_one, h.person("bob", {}, account), "{}") == 404);
  CHECK(h.status("PATCH", of_one, h.ada, R"({"layout":"speaker"})") == 204);
  CHECK(look(of_all, boss) == R"({"layout":"gallery","height":1080,"retention_days":7})");
  CHECK(look(of_one, h.ada) == R"({"layout":"speaker","height":1080,"retention_days":7})");
  CHECK(h.status("PATCH", "/v2/live_meetings/777/events", h.ada, R"({"method":"recording.start"})") == 202);
  std::optional<std::vector<store::Recording>> rows;
  h.store_of->of_meeting(account, "777", [&](auto found) { rows = std::move(*found); });
  h.loop.run_until([&] { return rows.has_value(); }, 5s);
  REQUIRE(rows->size() == 1);
  CHECK(rows->front().speaker);
  CHECK(rows->front().height == 1080);
  CHECK(rows->front().delete_at ==
        UnixMicros{static_cast<std::int64_t>(rows->front().started_at) + 7 * 86'400'000'000});
  CHECK(h.status("PATCH", of_one, h.ada, R"({"inherit":true})") == 204);
  CHECK(look(of_one, h.ada) == R"({"layout":"gallery","height":1080,"retention_days":7})");
}
