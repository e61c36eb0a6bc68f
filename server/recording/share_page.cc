// Tested in library_test.cc
#include "server/recording/share_page.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/api/text.h"

namespace sealhall::recordings {
namespace {

constexpr std::string_view script = R"(
const token = document.body.dataset.token;
const form = document.querySelector('form');
const said = document.querySelector('#said');
async function open(passcode) {
  const body = passcode === undefined ? {} : {passcode};
  const answer = await fetch('/api/shared/' + encodeURIComponent(token),
    {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  const found = await answer.json();
  if (!answer.ok) {
    said.textContent = passcode === undefined && answer.status === 401 ? '' : found.message;
    form.hidden = answer.status !== 401 && answer.status !== 429;
    return;
  }
  form.hidden = true;
  said.textContent = '';
  document.querySelector('h1').textContent = found.topic || 'Recording';
  const file = found.files.find(f => f.file_type === 'MP4') || found.files[0];
  if (!file) { said.textContent = 'There is nothing to play yet.'; return; }
  const key = '?access_token=' + encodeURIComponent(found.access_token);
  const video = document.querySelector('video');
  video.src = new URL(file.play_url).pathname + key;
  video.hidden = false;
  if (found.download) {
    const link = document.querySelector('a');
    link.href = new URL(file.download_url).pathname + key;
    link.hidden = false;
  }
}
form.addEventListener('submit', event => { event.preventDefault(); open(form.elements.passcode.value); });
open();
)";

constexpr std::string_view style =
    "body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}video{width:100%}";

std::string source_of(std::string_view text) { return "'sha256-" + to_base64(crypto::sha256(as_bytes(text))) + "'"; }

}  // namespace

io::HttpResponse share_page(const std::string& token) {
  io::HttpResponse response;
  // Only this very script runs, and it talks to this server alone.
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; script-src " + source_of(script) + "; style-src " + source_of(style) +
                           "; connect-src 'self'; media-src 'self'; form-action 'none'; frame-ancestors 'none'; "
                           "base-uri 'none'");
  response.body =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Recording</title><style>" +
      std::string{style} + "</style></head><body data-token=\"" + api::html_escape(token) +
      "\"><h1>Recording</h1><form hidden><label>Passcode <input name=\"passcode\" type=\"password\" "
      "autocomplete=\"off\"></label> <button>Watch</button></form><p id=\"said\"></p><video controls "
      "hidden></video><p><a "
      "hidden>Download</a></p><script>" +
      std::string{script} + "</script></body></html>";
  return response;
}

}  // namespace sealhall::recordings
