// Tested in library_test.cc
#include "server/recording/share_page.h"

#include "server/api/html.h"
#include "server/api/text.h"

namespace sealhall::recordings {
namespace {

using identity::Reading;

// Its sentences stand in the page, by the status of the answer: it is the same script in every language.
constexpr std::string_view script = R"(
const form = document.querySelector('form');
const said = document.querySelector('#said');
function say(text) {
  said.textContent = text;
  said.hidden = text === '';
}
async function open(passcode) {
  const body = passcode === undefined ? {} : {passcode};
  const answer = await fetch('/api/shared/' + encodeURIComponent(form.dataset.token),
    {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  const found = await answer.json();
  if (!answer.ok) {
    say(passcode === undefined && answer.status === 401 ? '' : said.dataset[answer.status] || found.message);
    form.hidden = answer.status !== 401 && answer.status !== 429;
    return;
  }
  form.hidden = true;
  say('');
  if (found.topic) document.title = document.querySelector('h1').textContent = found.topic;
  const file = found.files.find(f => f.file_type === 'MP4') || found.files[0];
  if (!file) return say(said.dataset.empty);
  const key = '?access_token=' + encodeURIComponent(found.access_token);
  const video = document.querySelector('video');
  video.src = new URL(file.play_url).pathname + key;
  video.hidden = false;
  if (found.download) {
    const link = document.querySelector('#download');
    link.href = new URL(file.download_url).pathname + key;
    link.parentElement.hidden = false;
  }
}
form.addEventListener('submit', event => { event.preventDefault(); open(form.elements.passcode.value); });
open();
)";

}  // namespace

io::HttpResponse share_page(const std::string& token, Reading reading) {
  const bool chinese = reading == Reading::traditional_chinese;
  const auto word = [&](std::string_view english, std::string_view in_chinese) {
    return std::string{chinese ? in_chinese : english};
  };
  const std::string body =
      "<p id=\"said\" role=\"alert\" hidden data-401=\"" + word("The passcode is not right.", "密碼不正確。") +
      "\" data-404=\"" + word("This link is not valid any more.", "此連結已失效。") + "\" data-429=\"" +
      word("Too many attempts. Please wait a moment.", "嘗試次數過多，請稍候。") + "\" data-503=\"" +
      word("The server cannot do this right now. Please try again.", "伺服器目前無法處理，請再試一次。") +
      "\" data-empty=\"" + word("There is nothing to play yet.", "目前還沒有可以播放的內容。") +
      "\"></p><form hidden data-token=\"" + api::html_escape(token) + "\"><label for=\"passcode\">" +
      word("Passcode", "密碼") +
      "</label><input id=\"passcode\" name=\"passcode\" type=\"password\" autocomplete=\"off\"><button>" +
      word("Watch", "觀看") + "</button></form><video controls hidden></video><p hidden><a id=\"download\">" +
      word("Download", "下載") + "</a></p>";
  return api::html_page(
      {.title = word("Recording", "錄製內容"), .body = body, .language = chinese ? "zh-Hant" : "en", .script = script});
}

}  // namespace sealhall::recordings
