// Tested in server/control/account_pages_test.cc
// The pages behind the links of our mails: who was invited chooses a name and a password, who has forgotten one chooses
// another. Forms without script, in the reader's language.
#include <optional>
#include <string>
#include <utility>

#include "server/api/html.h"
#include "server/api/text.h"
#include "server/identity/account_words.h"
#include "server/identity/endpoints.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {
namespace {

using api::Answer;
using api::Call;
using api::html_escape;
using api::Http;
using api::None;

/// What a page is made of.
struct Page {
  Reading reading;
  std::string path;   ///< "/invitation"
  std::string token;  ///< of the link
  [[nodiscard]] std::string word(Word w) const { return std::string{words(w, reading)}; }

  [[nodiscard]] io::HttpResponse of(int status, Word title, const std::string& body) const {
    const bool chinese = reading == Reading::traditional_chinese;
    // A link to the same page in the other language; it carries the token, as the one in the mail did.
    const std::string other =
        path + "?lang=" + (chinese ? "en" : "zh-TW") + (token.empty() ? "" : "&token=" + io::percent_encode(token));
    const std::string language = "<p><a lang=\"" + std::string{chinese ? "en" : "zh-Hant"} + "\" href=\"" +
                                 html_escape(other) + "\">" + (chinese ? "English" : "繁體中文") + "</a></p>";
    return api::html_page({.status = status,
                           .title = words(title, reading),
                           .body = body + language,
                           .language = chinese ? "zh-Hant" : "en"});
  }
  [[nodiscard]] std::string form_begin() const {
    return "<form method=\"post\" action=\"" + path + "\"><input type=\"hidden\" name=\"lang\" value=\"" +
           (reading == Reading::traditional_chinese ? "zh-TW" : "en") + "\">" +
           (token.empty() ? "" : "<input type=\"hidden\" name=\"token\" value=\"" + html_escape(token) + "\">");
  }
  [[nodiscard]] std::string field(std::string_view name, Word label, std::string_view more,
                                  std::string_view value = {}) const {
    const std::string n{name};
    return "<label for=\"" + n + "\">" + word(label) + "</label><input id=\"" + n + "\" name=\"" + n + "\" required " +
           std::string{more} + (value.empty() ? "" : " value=\"" + html_escape(value) + "\"") + ">";
  }
  [[nodiscard]] std::string password_field() const {
    return field("password", Word::password,
                 "type=\"password\" minlength=\"10\" maxlength=\"512\" autocomplete=\"new-password\" "
                 "aria-describedby=\"advice\"") +
           "<p id=\"advice\">" + word(Word::advice) + "</p>";
  }
  /// What was wrong with the last attempt, read out at once.
  [[nodiscard]] std::string alert(const api::ApiError& error) const {
    const std::string& why = error.errors.empty() ? error.message : error.errors.front().message;
    return "<p role=\"alert\"><strong>" + html_escape(said(why, reading)) + "</strong></p>";
  }
  [[nodiscard]] io::HttpResponse refused(const api::ApiError& error, Word title) const {
    return of(error.status, title, alert(error) + "<p>" + word(Word::ask_again) + "</p>");
  }
};

io::HttpResponse invitation_form(const Page& page, const std::string& login, const std::string& name,
                                 const api::ApiError* problem) {
  return page.of(problem == nullptr ? 200 : problem->status, Word::invited_title,
                 (problem == nullptr ? "" : page.alert(*problem)) + "<p>" + page.word(Word::invited_text) + " <code>" +
                     html_escape(login) + "</code></p>" + page.form_begin() +
                     page.field("name", Word::name, "maxlength=\"64\" autocomplete=\"name\"", name) +
                     "<input type=\"hidden\" name=\"login\" autocomplete=\"username\" value=\"" + html_escape(login) +
                     "\">" + page.password_field() + "<button>" + page.word(Word::create_account) + "</button></form>");
}
io::HttpResponse password_form(const Page& page, const api::ApiError* problem) {
  return page.of(problem == nullptr ? 200 : problem->status, Word::new_password_title,
                 (problem == nullptr ? "" : page.alert(*problem)) + page.form_begin() + page.password_field() +
                     "<button>" + page.word(Word::set_password) + "</button></form>");
}
io::HttpResponse forgotten_form(const Page& page, const api::ApiError* problem) {
  return page.of(problem == nullptr ? 200 : problem->status, Word::forgotten_title,
                 (problem == nullptr ? "" : page.alert(*problem)) + "<p>" + page.word(Word::forgotten_text) + "</p>" +
                     page.form_begin() +
                     page.field("login", Word::address, "type=\"email\" maxlength=\"64\" autocomplete=\"username\"") +
                     "<button>" + page.word(Word::send_link) + "</button></form>");
}
std::string sign_in_link(const Page& page) { return "<p><a href=\"/app\">" + page.word(Word::sign_in) + "</a></p>"; }
std::string how_to_go_on(const Page& page, const std::string& public_url, const std::string& login) {
  return sign_in_link(page) + "<p>" + page.word(Word::go_on) + "</p><pre>sealhall meeting create --server " +
         html_escape(public_url) + " --user " + html_escape(login) + "</pre>";
}

struct Pages {
  Credentials& credentials;
  std::string public_url;

  void invitation(Call<shapes::LinkPage> call, Answer<Http> answer) const {
    const Page page{reading_of(call.http, call.query.lang), "/invitation", call.query.token.value_or("")};
    credentials.look(page.token, [page, answer = std::move(answer)](auto row) mutable {
      if (!row) return answer(page.refused(row.error(), Word::invited_title));
      answer(invitation_form(page, row->login, "", nullptr));
    });
  }
  void accept(Call<None, shapes::AccountForm> call, Answer<Http> answer) const {
    auto& form = call.body;
    const Page page{reading_of(call.http, form.lang), "/invitation", form.token.value_or("")};
    const std::string login = form.login.value_or("");
    const std::string name = form.name.value_or("");
    credentials.accept(
        page.token, name, form.password.value_or(""), source_of(call),
        [page, login, name, url = public_url, answer = std::move(answer)](auto signed_in) mutable {
          if (!signed_in && !signed_in.error().errors.empty())
            return answer(invitation_form(page, login, name, &signed_in.error()));
          if (!signed_in) return answer(page.refused(signed_in.error(), Word::invited_title));
          Page done = page;
          done.token.clear();
          done.path = "/password";  // the invitation is used up
          answer(done.of(201, Word::welcome_title,
                         "<p>" + done.word(Word::welcome_text) + " <code>" + html_escape(signed_in->user.login) +
                             "</code></p>" + how_to_go_on(done, url, signed_in->user.login)));
        });
  }
  /// With the token of a mail: choose a password. Without: ask for such a mail.
  void password(Call<shapes::LinkPage> call, Answer<Http> answer) const {
    const Page page{reading_of(call.http, call.query.lang), "/password", call.query.token.value_or("")};
    if (page.token.empty()) return answer(forgotten_form(page, nullptr));
    credentials.look_reset(page.token, [page, answer = std::move(answer)](auto valid) mutable {
      if (!valid) return answer(page.refused(valid.error(), Word::new_password_title));
      answer(password_form(page, nullptr));
    });
  }
  void set_password(Call<None, shapes::AccountForm> call, Answer<Http> answer) const {
    auto& form = call.body;
    const Page page{reading_of(call.http, form.lang), "/password", form.token.value_or("")};
    if (page.token.empty()) {
      return credentials.request_reset(
          form.login.value_or(""), source_of(call), [page, answer = std::move(answer)](auto asked) mutable {
            if (!asked) return answer(forgotten_form(page, &asked.error()));
            // The same for everybody: nobody learns who is here.
            answer(page.of(202, Word::sent_title, "<p>" + page.word(Word::sent_text) + "</p>"));
          });
    }
    credentials.finish_reset(
        page.token, form.password.value_or(""), source_of(call), [page, answer = std::move(answer)](auto set) mutable {
          if (!set && !set.error().errors.empty()) return answer(password_form(page, &set.error()));
          if (!set) return answer(page.refused(set.error(), Word::new_password_title));
          Page done = page;
          done.token.clear();
          answer(
              done.of(200, Word::changed_title, "<p>" + done.word(Word::changed_text) + "</p>" + sign_in_link(done)));
        });
  }
};

}  // namespace

void add_account_pages(api::Registry& registry, Credentials& credentials, const std::string& public_url) {
  const auto pages = std::make_shared<Pages>(Pages{credentials, public_url});
  registry.add(api::page_endpoint("GET", "/invitation"), [pages](Call<shapes::LinkPage> call, Answer<Http> answer) {
    pages->invitation(std::move(call), std::move(answer));
  });
  registry.add(api::page_endpoint("POST", "/invitation"),
               [pages](Call<None, shapes::AccountForm> call, Answer<Http> answer) {
                 pages->accept(std::move(call), std::move(answer));
               });
  registry.add(api::page_endpoint("GET", "/password"), [pages](Call<shapes::LinkPage> call, Answer<Http> answer) {
    pages->password(std::move(call), std::move(answer));
  });
  registry.add(api::page_endpoint("POST", "/password"),
               [pages](Call<None, shapes::AccountForm> call, Answer<Http> answer) {
                 pages->set_password(std::move(call), std::move(answer));
               });
}

}  // namespace sealhall::identity
